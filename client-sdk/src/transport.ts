import type { InteractResponse } from '../../core/interaction/wire.ts';
import { KEEPALIVE_BYTES, TIMEOUT_MS } from './budgets.ts';
import { byteLength } from './queue.ts';

export interface Reply<Answer = InteractResponse> {
  /** HTTP status; 0 when nothing readable came back. */
  readonly status: number;
  /** Retry-After in ms, 0 without one; negative when that is past. */
  readonly waitMs: number;
  readonly answer: Answer | null;
  /** The visitor's, in token mode: a refused sign-in brings one too when it stored what was before it. */
  readonly token?: string | undefined;
  /** Of the first error of a readable problem, such as `expired` for a proof. */
  readonly code?: string | undefined;
}

/** Nothing readable came back. */
const LOST = { status: 0, waitMs: 0, answer: null };

export interface Transport {
  /**
   * A string body goes out as text/plain: no preflight. Requests that fit the keepalive budget survive the page.
   * Never rejects.
   */
  post<Answer = InteractResponse>(
    path: 'interact' | 'collect' | 'visitor/link',
    message: object,
  ): Promise<Reply<Answer>>;
  /** Bytes that a request may have now and still survive the page. */
  room(): number;
}

export function createTransport(endpoint: string, key: string): Transport {
  let kept = 0;
  const post: Transport['post'] = async (path, message) => {
    const url = `${endpoint}/v1/${path}?key=${key}`;
    const body = JSON.stringify(message);
    const bytes = byteLength(body);
    const keepalive = kept + bytes <= KEEPALIVE_BYTES;
    const held = keepalive ? bytes : 0;
    kept += held;
    try {
      if (path === 'collect' && !('keepalive' in Request.prototype)) {
        // A beacon tells nothing about its fate, so its events stay stored and go again; their ids undo the repeat.
        navigator.sendBeacon(url, body);
        return LOST;
      }
      const response = await fetch(url, {
        method: 'POST',
        body,
        credentials: 'include',
        keepalive,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const after = response.headers.get('retry-after') ?? '';
      const said = await response.json().catch((): null => null);
      return {
        status: response.status,
        waitMs: +after * 1000 || Date.parse(after) - Date.now() || 0,
        answer: response.ok ? said : null,
        token: said?.visitor?.token,
        code: said?.errors?.[0]?.code,
      };
    } catch {
      return LOST;
    } finally {
      kept -= held;
    }
  };
  return { post, room: () => KEEPALIVE_BYTES - kept };
}
