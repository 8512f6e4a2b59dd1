import type { Identity } from '../event/event.ts';

declare const brand: unique symbol;
/** An identity as one text, `namespace:value` of the normalised value: what maps and links are keyed by. */
export type IdentityKey = string & { readonly [brand]: 'IdentityKey' };

export function identityKey({ namespace, value }: Identity): IdentityKey {
  return `${namespace}:${value}` as IdentityKey;
}

/** Codes of namespaces hold no colon, so the first one ends the code. */
export function namespaceOf(key: IdentityKey): string {
  return key.slice(0, key.indexOf(':'));
}
