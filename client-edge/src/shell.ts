import { originRequest } from './origin-request.ts';
import { PREVIEW_PARAMETER } from './page-request.ts';
import { isForPage, isPage } from './personalize.ts';

/** Where shells are kept: `caches.default`, or one that was opened. */
export type ShellCache = Pick<Cache, 'match' | 'put'>;

export interface ShellOptions {
  /** Default: `caches.default`. */
  readonly cache?: ShellCache;
  /** Keeps the Worker alive while a shell is being put: `ctx.waitUntil`. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/**
 * The page as it is for everybody, from the cache or from the origin. The origin is asked without anything of the visitor, so that nothing of one can reach another; what
 * it allows shared caches to keep is kept for as long as it says. What it does not is asked for again with the visitor's own request, because it may be about them.
 */
export async function shellFor(
  request: Request,
  origin: (request: Request) => Promise<Response>,
  { cache = caches.default, waitUntil }: ShellOptions,
): Promise<Response> {
  if (!isForPage(request)) return origin(request);
  const bare = shellRequest(request);
  const kept = await cache.match(bare).catch(() => undefined);
  if (kept) return kept;
  const fresh = await origin(bare);
  if (!mayBeKept(fresh)) {
    waitUntil(Promise.resolve(fresh.body?.cancel()));
    return origin(originRequest(request));
  }
  // A cache that fails costs the next visitor's time, nothing else.
  waitUntil(cache.put(bare, fresh.clone()).catch(() => undefined));
  return fresh;
}

/** Nobody's request: the address without what is one visitor's, and no header but what kind of page is wanted. */
function shellRequest(request: Request): Request {
  const url = new URL(request.url);
  url.searchParams.delete(PREVIEW_PARAMETER);
  return new Request(url, { headers: { accept: 'text/html' } });
}

/** A whole page that the origin lets shared caches keep, the same for everybody. */
function mayBeKept(response: Response): boolean {
  const { headers } = response;
  const said = (headers.get('cache-control') ?? '').toLowerCase();
  const age = /\bs-maxage\s*=\s*"?(\d+)/.exec(said)?.[1] ?? /\bmax-age\s*=\s*"?(\d+)/.exec(said)?.[1] ?? '0';
  const varies = (headers.get('vary') ?? '').toLowerCase().split(',');
  return (
    isPage(response) &&
    Number(age) > 0 &&
    !/\b(?:private|no-store|no-cache)\b/.test(said) &&
    !headers.has('set-cookie') &&
    varies.every((name) => ['', 'accept', 'accept-encoding'].includes(name.trim()))
  );
}
