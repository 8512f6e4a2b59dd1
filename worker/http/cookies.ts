import type { Source } from '../../core/ruleset/resources.ts';

/** `__Host-`: only this host may set it, only over TLS (browsers count localhost as such), for all paths. */
export const VISITOR_COOKIE = '__Host-sv';
/** Browsers cap at 400 days. */
const MAX_AGE_SECONDS = 400 * 86_400;

/** Set by a page that was opened by a preview link, so that the preview goes on from page to page. */
export const PREVIEW_COOKIE = 'selvedge_preview';

/** In place of a token: whoever refused everything has no id, and is remembered by that alone. */
const REFUSED = 'out';

/** The visitor token; null for none, and for whoever refused everything. */
export function readVisitorCookie(request: Request): string | null {
  const value = readCookie(request, VISITOR_COOKIE);
  return value === REFUSED ? null : value;
}

/** Whether this browser has refused everything before. */
export function remembersRefusal(request: Request): boolean {
  return readCookie(request, VISITOR_COOKIE) === REFUSED;
}

/** Takes the id away, and keeps the refusal. */
export function refusalCookie(source: Pick<Source, 'crossSite'>): string {
  return visitorCookie(REFUSED, source);
}

/** '' is none. */
export function readPreviewCookie(request: Request): string | undefined {
  return readCookie(request, PREVIEW_COOKIE) || undefined;
}

function readCookie(request: Request, name: string): string | null {
  const header = request.headers.get('cookie');
  if (!header) return null;
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return null;
}

/** Lax unless the source is used from another site; then None and Partitioned, so that it cannot follow anybody across sites. */
export function visitorCookie(token: string, source: Pick<Source, 'crossSite'>): string {
  const site = source.crossSite ? 'SameSite=None; Partitioned' : 'SameSite=Lax';
  return `${VISITOR_COOKIE}=${token}; Path=/; Max-Age=${MAX_AGE_SECONDS}; Secure; HttpOnly; ${site}`;
}
