import { spawn } from 'node:child_process';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { CliError, EXIT } from './cli-error.ts';
import type { Shell } from './shell.ts';
import { oneLine } from './table.ts';

const WAIT_MS = 5 * 60_000;
const EXCHANGE_MS = 30_000;
const given = z.looseObject({ token: z.string(), expiresAt: z.string() });
const refusal = z.looseObject({ title: z.string(), detail: z.string().optional() });

/** A token that a browser got for us, and until when it is good. */
export interface BrowserToken {
  readonly token: string;
  readonly expiresAt: string;
}

/**
 * Has a person sign in with their browser. The browser comes back to a port of this machine with a code, which is good once, for a minute, and only together with a
 * secret that never left this process: whoever sees the address cannot use it.
 */
export async function loginByBrowser(shell: Shell, url: string, space: string): Promise<BrowserToken> {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const server = createServer();
  try {
    const port = await listen(server);
    const address = new URL('/v1/admin/sign-in', url);
    address.searchParams.set('space', space);
    address.searchParams.set('cliPort', String(port));
    address.searchParams.set('cliChallenge', createHash('sha256').update(verifier).digest('base64url'));
    address.searchParams.set('cliState', state);
    const code = waitForCode(server, port, state);
    shell.note(`Sign in with your browser, on this machine:\n\n  ${address.href}\n`);
    if (shell.isTerminal) openBrowser(address.href);
    return await exchange(url, await code, verifier);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // Nobody else on the network reaches it.
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function waitForCode(server: Server, port: number, state: string): Promise<string> {
  const late = new AbortController();
  const found = new Promise<string>((resolve) => {
    server.on('request', ({ url = '/', headers, method }, response) => {
      const asked = new URL(url, `http://127.0.0.1:${port}`);
      const code = asked.searchParams.get('code');
      // A page of another site, under a name that leads here, is somebody else.
      const isOurs = method === 'GET' && headers.host === `127.0.0.1:${port}` && asked.pathname === '/';
      const isAnswer = isOurs && code !== null && sameText(asked.searchParams.get('state') ?? '', state);
      const text = isAnswer ? 'You are signed in. You may close this window.' : 'There is nothing here.';
      response
        .writeHead(isAnswer ? 200 : 404, {
          'content-type': 'text/plain; charset=utf-8',
          'content-security-policy': "default-src 'none'",
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          connection: 'close',
        })
        .end(text, () => isAnswer && resolve(code));
    });
  });
  const timeout = sleep(WAIT_MS, null, { signal: late.signal }).catch(() => null);
  const code = await Promise.race([found, timeout]);
  late.abort();
  if (code === null)
    throw new CliError('Nobody signed in within five minutes.', EXIT.server, 'Begin again: selvedge login --browser');
  return code;
}

async function exchange(url: string, code: string, verifier: string): Promise<BrowserToken> {
  const response = await fetch(new URL('/v1/admin/sign-in/token', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, verifier }),
    redirect: 'manual',
    signal: AbortSignal.timeout(EXCHANGE_MS),
  }).catch(() => null);
  const json: unknown = await response?.json().catch(() => null);
  const parsed = given.safeParse(json);
  if (response?.ok && parsed.success) return parsed.data;
  const why = refusal.safeParse(json);
  throw new CliError(
    `${url} gave no token${why.success ? `: ${oneLine(why.data.detail ?? why.data.title)}` : '.'}`,
    EXIT.server,
    'Begin again: selvedge login --browser',
  );
}

/** Where it cannot be opened, the address stands there to be copied. */
function openBrowser(address: string): void {
  const [command, ...before] =
    process.platform === 'darwin'
      ? ['open']
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler']
        : ['xdg-open'];
  const child = spawn(command ?? '', [...before, address], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
