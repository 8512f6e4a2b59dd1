import type { Caller } from './caller.ts';

const EXPOSED = 'X-Request-Id, Retry-After';

/** Headers that let the page of an allowed origin read the answer. Nothing for servers and unknown callers. */
export function corsHeaders(origin: string | null): Record<string, string> {
  if (!origin) return { vary: 'Origin' };
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': EXPOSED,
  };
}

/** Answer to a preflight: only for the origins of the source whose key is in the query. */
export function preflight(caller: Caller | null): Response {
  if (!caller?.origin) return new Response(null, { status: 403, headers: { vary: 'Origin' } });
  return new Response(null, {
    status: 204,
    headers: {
      ...corsHeaders(caller.origin),
      'access-control-allow-methods': 'POST, GET, OPTIONS',
      'access-control-allow-headers': 'Content-Type, Content-Encoding, Authorization',
      'access-control-max-age': '86400',
    },
  });
}
