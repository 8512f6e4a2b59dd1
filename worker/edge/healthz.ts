import type { Context } from 'hono';
import type { AppEnv } from '../app-env.ts';

/** `GET /healthz`: the Worker runs and its secrets parse. Touches no storage, so that watching it costs nothing. */
export function healthzRoute(c: Context<AppEnv>): Response {
  return c.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' });
}
