import { DEFAULT_ENDPOINT, readLocalInstance } from '../local/local-instance.ts';
import { CliError, EXIT } from './cli-error.ts';
import { credentialsPath, readLogins } from './credentials.ts';
import type { Shell } from './shell.ts';

const STATE_DIR = '.selvedge';
const TOKEN = /^op_([a-z0-9-]{1,32})\.[A-Za-z0-9_-]{8,64}$/;

export interface Login {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: string;
  readonly space: string;
  /** Where the token comes from, for people. */
  readonly from: string;
}

/**
 * Where to ask and as whom: `--url` or SELVEDGE_URL, else the last login, else what the local start wrote. SELVEDGE_TOKEN counts before a
 * stored token, and a stored token goes only to the address that it was stored for.
 */
export async function findLogin(shell: Shell): Promise<Login> {
  const { env } = shell;
  const stored = await readLogins(credentialsPath(env));
  const local = await readLocalInstance(STATE_DIR);
  const demo = local.ok ? local.value : null;
  const named = shell.url ?? env.SELVEDGE_URL;
  const url = readUrl(named ?? stored.current ?? demo?.endpoint ?? DEFAULT_ENDPOINT);
  const candidates: readonly (readonly [token: string | undefined, from: string])[] = [
    [env.SELVEDGE_TOKEN, 'SELVEDGE_TOKEN'],
    [stored.logins[url]?.token, credentialsPath(env)],
    [
      demo?.endpoint !== undefined && readUrl(demo.endpoint) === url ? demo.operatorToken : undefined,
      `${STATE_DIR}/demo.json`,
    ],
  ];
  const [token, from] = candidates.find(([found]) => found) ?? [];
  if (!token || !from)
    throw new CliError(
      `There is no operator token for ${url}.`,
      EXIT.server,
      `Log in with "selvedge login --url ${url}", or set SELVEDGE_URL and SELVEDGE_TOKEN.`,
    );
  return { url, token, space: readSpace(token, from), from };
}

/** The space that a token is for. Tells of a bad token without repeating it. */
export function readSpace(token: string, from: string): string {
  const space = TOKEN.exec(token)?.[1];
  if (space === undefined)
    throw new CliError(
      `What ${from} holds is no operator token.`,
      EXIT.server,
      'An operator token looks like op_<space>.<secret>; write keys (wk_…) and server keys (sk_…) do not open the operator API.',
    );
  return space;
}

/** An address without path; plain http only on this machine, where nobody listens in. */
export function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.username)
    throw new CliError(`"${text}" is no address of a deployment.`, EXIT.usage, 'Write it as https://selvedge.example');
  const isLocal = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && !isLocal)
    throw new CliError(
      `${url.origin} is not encrypted: everybody on the way could read the token.`,
      EXIT.usage,
      `Use https://${url.host}`,
    );
  return url.origin;
}
