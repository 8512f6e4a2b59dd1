import type { Context } from 'hono';
import type { AppEnv } from '../app-env.ts';
import { identifyCaller, keyOf } from '../http/caller.ts';
import { preflight } from '../http/cors.ts';

/** `OPTIONS /v1/…`: the key must be in the query, because a preflight carries neither body nor credentials. */
export async function preflightRoute(c: Context<AppEnv>): Promise<Response> {
  const key = keyOf(c.req.raw, new URL(c.req.url), null);
  const caller = await identifyCaller(c.req.raw, key, c.get('services').rulesets);
  return preflight(caller.ok ? caller.value : null);
}
