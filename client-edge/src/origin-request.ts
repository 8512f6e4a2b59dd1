/** Conditions and pieces are about a page that the origin has; what the visitor gets is another one. */
const CONDITIONAL = ['if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since', 'if-range', 'range'];

/** The request as the origin must see it, so that it answers with the whole page. */
export function originRequest(request: Request): Request {
  const headers = new Headers(request.headers);
  for (const name of CONDITIONAL) headers.delete(name);
  return new Request(request, { headers });
}

/** What speaks about the origin's bytes, or lets somebody keep them. */
const ABOUT_THE_BODY = [
  'etag',
  'last-modified',
  'content-length',
  'accept-ranges',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'age',
  'expires',
  'cdn-cache-control',
  'cloudflare-cdn-cache-control',
  'surrogate-control',
  'surrogate-key',
  'cache-tag',
];

/** Headers of a personalised page: nobody may keep it, and nothing in them is about other bytes. */
export function personalHeaders(origin: Headers, setCookie: string | null): Headers {
  const headers = new Headers(origin);
  for (const name of ABOUT_THE_BODY) headers.delete(name);
  // A page that was not to be stored at all stays so.
  const isNoStore = /\bno-store\b/i.test(origin.get('cache-control') ?? '');
  headers.set('cache-control', isNoStore ? 'private, no-store' : 'private, no-cache');
  if (setCookie) headers.append('set-cookie', setCookie);
  return headers;
}
