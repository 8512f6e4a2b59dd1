import type { Normaliser } from './normalise-value.ts';

export const NAMESPACE_TYPES = ['person', 'email', 'phone', 'device', 'cookie', 'any'] as const;
export type NamespaceType = (typeof NAMESPACE_TYPES)[number];

/** How sure a request must be of an id before the id may link: `verified` needs a proof or a server key. */
export const LINK_TRUSTS = ['verified', 'claimed'] as const;
export type LinkTrust = (typeof LINK_TRUSTS)[number];

/** A kind of id, as an operator configures it. */
export interface NamespaceRule {
  readonly code: string;
  readonly type: NamespaceType;
  /** At most one value per profile, ever. Never for devices and cookies. */
  readonly unique: boolean;
  /** 1 is the highest. The primary identity of an event is its highest; conflicts are replayed by the sum of a link's two. */
  readonly priority: number;
  /** Most values per profile; null for no limit. */
  readonly limit: number | null;
  /** With it, the limit counts only values linked within this time before the newest link. */
  readonly windowMs: number | null;
  readonly normalise: Normaliser;
  /** Regular expression that a normalised value must match whole; null accepts any. */
  readonly pattern: string | null;
  readonly linkTrust: LinkTrust;
}

export type BlockedMatch = 'exact' | 'iexact' | 'regex' | 'notregex' | 'blank' | 'maxlen' | 'namespace';

/** Values that name nobody: linking on one would melt strangers into one person. */
export interface BlockedRule {
  /** Code of a namespace, or `*` for all. */
  readonly namespace: string;
  readonly match: BlockedMatch;
  /** Text or expression; for `maxlen` the longest length allowed in characters; unused for `blank` and `namespace`. */
  readonly value: string | number | null;
}

/** All namespaces of a space with its blocked values. */
export interface NamespaceSet {
  readonly namespaces: readonly NamespaceRule[];
  readonly blocked: readonly BlockedRule[];
}

/** Whether a value of this namespace names a person, so that it may claim the history of a device. */
export function namesPerson(namespace: NamespaceRule): boolean {
  return namespace.unique || namespace.type === 'person' || namespace.type === 'email' || namespace.type === 'phone';
}
