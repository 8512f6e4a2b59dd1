import { DEFAULT_BLOCKED } from './default-blocked.ts';
import type { NamespaceRule, NamespaceSet } from './namespace-set.ts';
import { RESERVED_NAMESPACES } from './reserved-namespaces.ts';

const PERSON = { type: 'person', limit: 1, windowMs: null, normalise: 'trim', pattern: null } as const;
const MANY = { unique: false, limit: null, windowMs: null, pattern: null } as const;

const NAMESPACES: readonly NamespaceRule[] = [
  { ...PERSON, code: 'customer', unique: true, priority: 1, linkTrust: 'verified' },
  { ...PERSON, code: 'crm', unique: true, priority: 2, linkTrust: 'verified' },
  { ...PERSON, code: 'loyalty', unique: true, priority: 3, linkTrust: 'verified' },
  { ...MANY, code: 'email', type: 'email', priority: 4, normalise: 'email', linkTrust: 'verified' },
  { ...MANY, code: 'phone', type: 'phone', priority: 5, normalise: 'phone', linkTrust: 'verified' },
  ...RESERVED_NAMESPACES,
];

/**
 * What a new space starts with: the codes and priorities that the edge has had from the first day. E-mail and phone
 * need a proof like the ids of persons: anybody can type anybody's.
 */
export const DEFAULT_NAMESPACES: NamespaceSet = { namespaces: NAMESPACES, blocked: DEFAULT_BLOCKED };
