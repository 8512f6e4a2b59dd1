import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import { z } from 'zod';
import { createAdminApi } from '../admin-api.ts';
import { myself, sequencePage } from '../answers.schema.ts';
import { loginByBrowser } from '../browser-login.ts';
import { CliError, EXIT } from '../cli-error.ts';
import { credentialsPath, readLogins, writeLogins } from '../credentials.ts';
import { findLogin, readSpace, readUrl } from '../find-login.ts';
import { answer, type Shell } from '../shell.ts';

export interface LoginFlags {
  readonly token?: string;
  /** Sign in with a browser instead of a token. */
  readonly browser?: boolean;
  /** Where to, with a browser; a token says so itself. */
  readonly space?: string;
}

/** Of a sign-in, not of a token that somebody made. */
const SESSION = /\.s-([0-9a-f]{16})-/;

/** Tries the token, then keeps it where only the user may read it. */
export async function login(shell: Shell, flags: LoginFlags): Promise<number> {
  const named = shell.url ?? shell.env.SELVEDGE_URL;
  if (named === undefined)
    throw new CliError('Which deployment?', EXIT.usage, 'selvedge login --url https://selvedge.example');
  const url = readUrl(named);
  if (flags.browser && flags.token !== undefined)
    throw new CliError('--browser and --token are two ways to log in.', EXIT.usage, 'Leave one out.');
  const { token, from } = flags.browser
    ? { ...(await loginByBrowser(shell, url, flags.space ?? 'main')), from: 'the sign-in' }
    : await readToken(flags.token);
  const space = readSpace(token, from);
  const api = createAdminApi({ url, token, space, from: 'the input' });
  const { name, role } = await api.ask(myself, { method: 'GET', path: '/me' });
  const path = credentialsPath(shell.env);
  const stored = await readLogins(path);
  await writeLogins(path, { current: url, logins: { ...stored.logins, [url]: { token } } });
  answer(shell, { url, space, name, role }, () => [
    `Logged in to ${url}, space ${space}, as ${name} (${role}).`,
    `The token is in ${path}; "selvedge logout" forgets it.`,
  ]);
  return EXIT.ok;
}

/** Forgets the token of one deployment. What a sign-in gave ends with it; a token stays good: revoking it is `DELETE /v1/admin/operators/{name}`. */
export async function logout(shell: Shell): Promise<number> {
  const path = credentialsPath(shell.env);
  const stored = await readLogins(path);
  const named = shell.url ?? shell.env.SELVEDGE_URL ?? stored.current;
  const url = named === null ? null : readUrl(named);
  const known = url !== null && stored.logins[url] !== undefined;
  if (known) {
    const { [url]: held, ...logins } = stored.logins;
    if (held) await endSession(shell, url, held.token);
    await writeLogins(path, { current: stored.current === url ? null : stored.current, logins });
  }
  answer(shell, { url, forgotten: known }, () => [known ? `Forgot the token for ${url}.` : 'Nobody was logged in.']);
  return EXIT.ok;
}

/** Which deployment and space commands go to, and as whom. */
export async function whoami(shell: Shell): Promise<number> {
  const { url, token, space, from } = await findLogin(shell);
  const api = createAdminApi({ url, token, space, from });
  const { name, role, expiresAt } = await api.ask(myself, { method: 'GET', path: '/me' });
  const { items } = await api.ask(sequencePage, { method: 'GET', path: '/sequences', query: { limit: 1 } });
  const live = items[0] ?? null;
  answer(shell, { url, space, name, role, expiresAt, from, live: live?.sequence ?? null }, () => [
    `deployment  ${url}`,
    `space       ${space}`,
    `operator    ${name} (${role})${expiresAt === null ? '' : `, until ${expiresAt}`}`,
    `token from  ${from}`,
    `live        ${live === null ? 'nothing is published yet' : `sequence ${live.sequence}, published ${live.publishedAt} by ${live.actor}`}`,
  ]);
  return EXIT.ok;
}

/** Best effort: what cannot be reached now ends by itself. */
async function endSession(shell: Shell, url: string, token: string): Promise<void> {
  const session = SESSION.exec(token)?.[1];
  if (session === undefined) return;
  const api = createAdminApi({ url, token, space: readSpace(token, 'the sign-in'), from: 'the sign-in' });
  try {
    await api.ask(z.null(), { method: 'DELETE', path: `/sessions/${session}` });
  } catch {
    shell.note(`${url} could not be told: the sign-in ends there when its time is over.`);
  }
}

async function readToken(given: string | undefined): Promise<{ readonly token: string; readonly from: string }> {
  const isAsked = given === undefined || given === '-';
  const token = (isAsked ? await askToken(given === '-') : given).trim();
  return { token, from: isAsked ? 'the input' : '--token' };
}

/** From a pipe, or typed without being shown. */
async function askToken(fromPipe: boolean): Promise<string> {
  if (fromPipe || !process.stdin.isTTY) return readAll(process.stdin);
  process.stderr.write('Operator token (op_…): ');
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const line = createInterface({ input: process.stdin, output: silent, terminal: true });
  const token = await line.question('');
  line.close();
  process.stderr.write('\n');
  return token;
}
