import { findLogin } from '../find-login.ts';
import type { Shell } from '../shell.ts';

/** Commands that are older than this one, with options of their own. */
type Delegate = 'import' | 'replay' | 'reconcile';

/** Hands the process over. Who is logged in need not say the address and the token again. */
export async function delegate(shell: Shell, name: Delegate): Promise<void> {
  const [node = '', script = '', , ...args] = process.argv;
  process.argv = [node, script, ...args, ...(await defaults(shell, name, args))];
  if (name === 'import') await import('../../import/main.ts');
  else if (name === 'replay') await import('../../replay/main.ts');
  else await import('../../reconcile/main.ts');
}

async function defaults(shell: Shell, name: Delegate, args: readonly string[]): Promise<readonly string[]> {
  const says = (flag: string) => args.some((arg) => arg === flag || arg.startsWith(`${flag}=`));
  if (name !== 'reconcile' || says('--endpoint') || says('--token') || says('--help') || says('-h')) return [];
  const login = await findLogin(shell).catch(() => null);
  if (!login) return [];
  // In the environment, where no list of processes shows it.
  process.env.SELVEDGE_OPERATOR_TOKEN = login.token;
  return ['--endpoint', login.url];
}
