import { limit } from '../../../core/lib/limits.ts';
import { err, ok, type Result } from '../../../core/lib/result.ts';

/** Why there is no answer to work with. For the log and for operators: it names no value. */
export type FetchProblem = 'badAddress' | 'unreachable' | 'redirected' | 'refused' | 'tooLarge' | 'notJson';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const ADDRESS_LITERAL = /^(?:[\d.]+|\[.*\])$/;
/** Names that mean something else at every place. */
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|localdomain)\.?$|\.$/;

/** Whether a Worker that answers at this host runs on somebody's own machine. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/**
 * Where we may send a request on behalf of a configuration: https and a name. On a developer's own machine also whatever listens on it. A Worker reaches no
 * private network, but what is refused here is not left to that.
 */
export function isSafeAddress(address: string, isLocal: boolean): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password } = new URL(address);
  if (username !== '' || password !== '') return false;
  if (isLoopback(hostname)) return isLocal && (protocol === 'http:' || protocol === 'https:');
  return protocol === 'https:' && !ADDRESS_LITERAL.test(hostname) && !PRIVATE_NAME.test(hostname);
}

/** One request to an identity provider: bounded in time and size, and never led elsewhere. */
export async function fetchJson(
  address: string,
  isLocal: boolean,
  init: RequestInit = {},
): Promise<Result<unknown, FetchProblem>> {
  if (!isSafeAddress(address, isLocal)) return err('badAddress');
  try {
    const response = await fetch(address, {
      ...init,
      headers: { accept: 'application/json', ...(init.headers as Record<string, string> | undefined) },
      redirect: 'manual',
      signal: AbortSignal.timeout(limit('identityProviderMs')),
    });
    if (response.status >= 300 && response.status < 400) return err('redirected');
    const text = await readCapped(response, limit('identityProviderBytes'));
    if (text === null) return err('tooLarge');
    if (!response.ok) return err('refused');
    return parse(text);
  } catch {
    return err('unreachable');
  }
}

/** null: more than we want to hold. */
async function readCapped(response: Response, most: number): Promise<string | null> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > most) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(value, { stream: true });
  }
}

function parse(text: string): Result<unknown, FetchProblem> {
  try {
    return ok(JSON.parse(text) as unknown);
  } catch {
    return err('notJson');
  }
}
