import type { IdentityKey } from '../identity-key.ts';

/** Ordered id of a profile: birth tier, anchor identity, and what made it other than birth. Compared as text. */
export type Pid = string;

/** The identity that a profile was born for: it is host of the component that holds it. */
export function anchorOf(pid: Pid): IdentityKey {
  return pid.slice(2).replace(/~.*$/, '') as IdentityKey;
}

export function birthPid(key: IdentityKey, unique: boolean): Pid {
  return `${unique ? 0 : 1}:${key}`;
}

/** A profile that an operation makes; the same operation always makes the same one. */
export function madePid(key: IdentityKey, maker: string): Pid {
  return `1:${key}~${maker}`;
}
