import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { CliError, EXIT } from './cli-error.ts';

const storedLogins = z.object({
  /** Address of the deployment that is meant where none is named. */
  current: z.string().nullable(),
  /** By address. A token goes to no other one. */
  logins: z.record(z.string(), z.object({ token: z.string() })),
});
export type Logins = z.output<typeof storedLogins>;

export function credentialsPath(env: Readonly<Record<string, string | undefined>>): string {
  const config = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config');
  return join(config, 'selvedge', 'credentials.json');
}

/** Nobody is logged in where there is no file. */
export async function readLogins(path: string): Promise<Logins> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return { current: null, logins: {} };
  try {
    return storedLogins.parse(JSON.parse(text));
  } catch {
    throw new CliError(`${path} is damaged.`, EXIT.server, 'Delete it and log in again: selvedge login --url …');
  }
}

/** Only the user may read it, from its first byte on, and it is never half written. */
export async function writeLogins(path: string, logins: Logins): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(logins, null, 2)}\n`, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, path);
}
