import { findEventType } from '../event/registry.ts';
import { isSlug } from '../lib/ids.ts';
import { OWN_TYPES } from '../profile/retention.ts';

const IDENTIFIER = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const KEY = /^(wk|sk|op)_([a-z0-9-]{1,32})\.[A-Za-z0-9_-]{8,64}$/;
const ORIGIN = /^https?:\/\/(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:]{2,39}\])(?::([0-9]{1,5}))?$/;
/** Members of every object, where an attribute of such a name would be found though nothing was stored; and the profile's events. */
const RESERVED = new Set(['constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf', 'xEvent']);
/** Words of the rule language, in any case: a rule could not name them. A test compares them with the parser. */
const RULE_WORDS = new Set('and or not in where true false now today yesterday tomorrow'.split(' '));

/** The form in which rules name attributes and measures. */
export function isAttributeId(text: string): boolean {
  return IDENTIFIER.test(text) && !RESERVED.has(text) && !RULE_WORDS.has(text.toLowerCase());
}

/** `UTC` or an IANA name that this run-time knows. Bare offsets (`+01:00`) are no zones: they have no calendar rules. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** An event type that may be sent, or all own types together. */
export function isRetainedType(name: string): boolean {
  return name === OWN_TYPES || findEventType(name) !== null;
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
