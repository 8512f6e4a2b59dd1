/** Only a script of our own origin can set it: from elsewhere it takes a preflight, which nobody answers. */
export const CSRF_HEADER = 'x-selvedge-csrf';

/**
 * Whether a request that a browser sends cookies with was made by a page of ours, for what changes something. The browser says where it comes from (`Origin`,
 * `Sec-Fetch-Site`); one of them must be there, and neither may say anything else.
 */
export function isFromOwnPage({ headers, url }: Request): boolean {
  const origin = headers.get('origin');
  const site = headers.get('sec-fetch-site');
  if (origin === null && site === null) return false;
  if (origin !== null && origin !== new URL(url).origin) return false;
  if (site !== null && site !== 'same-origin') return false;
  return headers.has(CSRF_HEADER);
}
