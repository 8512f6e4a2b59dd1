/** Browsers drop these from an address before they read its scheme. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about.
const IGNORED = /[\u0000-\u0020\u007f]/g;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/** Whether an address is http(s) or relative. What a browser would read as another scheme is not. */
export function isWebUrl(url: string): boolean {
  const plain = url.replace(IGNORED, '');
  return /^https?:\/\/[^/?#]/i.test(plain) || !SCHEME.test(plain);
}

/** Host with port of an absolute or protocol-relative address; null for one within the site. A backslash is a slash to browsers. */
export function hostOf(url: string): string | null {
  const plain = url.replace(IGNORED, '').replaceAll('\\', '/');
  const match = /^(?:https?:)?\/\/(?:[^/?#]*@)?([^/?#]*)/i.exec(plain);
  return match ? (match[1] ?? '').toLowerCase() : null;
}
