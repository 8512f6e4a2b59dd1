import { CliError, EXIT } from '../cli-error.ts';
import type { Login } from '../find-login.ts';
import { readSpaceOf } from './read-project.ts';

/** Files of one space are not for another: a slip of the token would replace everything there. */
export async function requireSpace(folder: string, { space, url }: Login): Promise<void> {
  const wanted = await readSpaceOf(folder);
  if (wanted !== space)
    throw new CliError(
      `These files are of space ${wanted}, and the token for ${url} is of space ${space}.`,
      EXIT.usage,
      'Log in with a token of that space, or change selvedge.yaml if you mean it.',
    );
}
