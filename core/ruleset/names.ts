import { isSlug } from '../lib/ids.ts';

const IDENTIFIER = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const KEY = /^(wk|sk|op)_([a-z0-9-]{1,32})\.[A-Za-z0-9_-]{8,64}$/;
const ORIGIN = /^https?:\/\/(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:]{2,39}\])(?::([0-9]{1,5}))?$/;
/** Members of every object; an attribute of such a name would be found where nothing was stored. */
const RESERVED = new Set(['constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf']);

/** The form in which rules name attributes. */
export function isAttributeId(text: string): boolean {
  return IDENTIFIER.test(text) && !RESERVED.has(text);
}

/** The space named in a credential (`wk_`, `sk_` or `op_`), or null. It says where to look and proves nothing. */
export function spaceOfKey(key: string, prefix: 'wk' | 'sk' | 'op'): string | null {
  const found = KEY.exec(key);
  return found?.[1] === prefix && found[2] !== undefined && isSlug(found[2]) ? found[2] : null;
}

export function isWriteKey(text: string): boolean {
  return spaceOfKey(text, 'wk') !== null;
}

/** An origin exactly as browsers send it: lower case, no path, no default port. */
export function isOrigin(text: string): boolean {
  const found = ORIGIN.exec(text);
  if (!found) return false;
  const port = found[1];
  if (port === undefined) return true;
  const defaultPort = text.startsWith('https:') ? '443' : '80';
  return port !== defaultPort && !port.startsWith('0') && Number(port) <= 65_535;
}
