import type { Identity } from '../event/event.ts';

/** A kind of id. The configurable set comes with the full identity engine; these are its defaults. */
export interface Namespace {
  readonly code: string;
  readonly type: 'person' | 'email' | 'phone' | 'device' | 'cookie';
  /** At most one value per profile. */
  readonly unique: boolean;
  /** 1 is the highest; the primary identity of an event is its highest. */
  readonly priority: number;
}

export const NAMESPACES = {
  customer: { code: 'customer', type: 'person', unique: true, priority: 1 },
  crm: { code: 'crm', type: 'person', unique: true, priority: 2 },
  loyalty: { code: 'loyalty', type: 'person', unique: true, priority: 3 },
  email: { code: 'email', type: 'email', unique: false, priority: 4 },
  phone: { code: 'phone', type: 'phone', unique: false, priority: 5 },
  device: { code: 'device', type: 'device', unique: false, priority: 6 },
  anonymous: { code: 'anonymous', type: 'cookie', unique: false, priority: 7 },
} as const satisfies Record<string, Namespace>;

export function findNamespace(code: string): Namespace | null {
  return Object.hasOwn(NAMESPACES, code) ? NAMESPACES[code as keyof typeof NAMESPACES] : null;
}

/** Values that many systems send when they know nobody; linking on one would melt strangers into one person. */
const BLOCKED = new Set([
  '',
  'null',
  'undefined',
  'nan',
  'none',
  'anonymous',
  'unknown',
  'guest',
  'invalid',
  'test',
  'true',
  'false',
  '0',
  '-1',
  'n/a',
]);

/** The comparable form of an identity's value, or null when the value names nobody. */
export function normaliseIdentity(identity: Identity): Identity | null {
  const namespace = findNamespace(identity.namespace);
  if (!namespace) return null;
  let value = identity.value.trim().normalize('NFC');
  if (namespace.type === 'email') value = value.toLowerCase();
  if (BLOCKED.has(value.toLowerCase()) || /^[0-]+$/.test(value)) return null;
  return { namespace: namespace.code, value };
}

/** The identity an event belongs to: the one of the highest priority. */
export function primaryIdentity(identities: readonly Identity[]): Identity | null {
  let best: Identity | null = null;
  let bestPriority = Number.POSITIVE_INFINITY;
  for (const identity of identities) {
    const priority = findNamespace(identity.namespace)?.priority ?? Number.POSITIVE_INFINITY;
    if (priority < bestPriority) {
      best = identity;
      bestPriority = priority;
    }
  }
  return best;
}
