import { z } from 'zod';
import { DEFAULT_BLOCKED } from './default-blocked.ts';
import { DEFAULT_IDENTITY, type IdentityConfig } from './identity-config.ts';
import {
  blockedShape,
  completeSet,
  LOWEST_PRIORITY,
  namespaceSetProblems,
  namespacesShape,
} from './namespace-set.schema.ts';
import { RESERVED_NAMESPACES, withReserved } from './reserved-namespaces.ts';

const { policy: POLICY, limits: LIMITS } = DEFAULT_IDENTITY;
const YEAR_MS = 366 * 86_400_000;

const policySchema = z.strictObject({
  anonymousHistory: z.enum(['stay', 'follow-device']).default(POLICY.anonymousHistory),
  displace: z.enum(['authenticated', 'any']).default(POLICY.displace),
  maxClockSkewMs: z.int().min(0).max(3_600_000).default(POLICY.maxClockSkewMs),
  anonymousTtlMs: z
    .int()
    .min(60_000)
    .max(10 * YEAR_MS)
    .nullable()
    .default(POLICY.anonymousTtlMs),
  anonymousNamespaces: z.array(z.string().max(32)).max(50).nullable().default(null),
  // The engine knows it, and the objects do not: taken in, it would promise what nobody does.
  identityTtlMs: z.null({ error: 'not supported yet: leave it out, or null' }).default(null),
});
const limitsSchema = z.strictObject({
  maxIdentities: z.int().min(2).max(50).default(LIMITS.maxIdentities),
  maxIdentitiesPerEvent: z.int().min(1).max(20).default(LIMITS.maxIdentitiesPerEvent),
  maxMerges: z.int().min(0).max(10_000).default(LIMITS.maxMerges),
});

/** The members of the configuration; what is left out is the default. */
export const identityConfigShape = {
  namespaces: namespacesShape.optional(),
  blocked: blockedShape.optional(),
  policy: policySchema.prefault({}),
  limits: limitsSchema.prefault({}),
};

type Written = z.output<z.ZodObject<typeof identityConfigShape>>;

/** Everything that is wrong between the members, told by `problem` with its place. */
export function identityConfigProblems(
  written: Written,
  problem: (path: readonly (string | number)[], message: string) => void,
): void {
  const { namespaces, blocked, policy } = withDefaults(written);
  namespaces.forEach(({ code, type, normalise, pattern, linkTrust }, index) => {
    const reserved = RESERVED_NAMESPACES.find((each) => each.code === code);
    if (!reserved) return;
    if (type !== reserved.type)
      problem(['namespaces', index, 'type'], `the namespace ${code} is reserved: its type is ${reserved.type}`);
    if (code !== 'device') return;
    // We mint these ourselves: nothing about their values is a matter of taste.
    if (normalise !== undefined && normalise !== reserved.normalise)
      problem(['namespaces', index, 'normalise'], `device ids are ours: their normaliser is ${reserved.normalise}`);
    if (pattern !== null) problem(['namespaces', index, 'pattern'], 'device ids are ours: they take no pattern');
    if (linkTrust === 'verified')
      problem(['namespaces', index, 'linkTrust'], 'a device is proven by its signed token: claimed is its trust');
  });
  if (namespaces.some(({ priority }) => priority > LOWEST_PRIORITY))
    problem(['namespaces'], `device and anonymous rank last: leave them priorities up to ${LOWEST_PRIORITY}`);
  namespaceSetProblems({ namespaces, blocked }, problem);
  const codes = new Set(namespaces.map(({ code }) => code));
  policy.anonymousNamespaces?.forEach((code, index) => {
    if (!codes.has(code)) problem(['policy', 'anonymousNamespaces', index], 'no such namespace');
  });
}

/** What is stored: every member written out, the reserved namespaces among them. */
export function completeIdentityConfig(written: Written): IdentityConfig {
  const { namespaces, blocked, policy, limits } = withDefaults(written);
  const device = RESERVED_NAMESPACES[0];
  const set = completeSet({
    namespaces: namespaces.map((each) => (each.code === device.code ? { ...each, normalise: device.normalise } : each)),
    blocked,
  });
  return { ...set, policy, limits };
}

/** The default values that are blocked name namespaces that an operator may not have: those are left out. */
function withDefaults({ namespaces: written, blocked, policy, limits }: Written) {
  const namespaces = withReserved(written ?? DEFAULT_IDENTITY.namespaces);
  const codes = new Set(['*', ...namespaces.map(({ code }) => code)]);
  return {
    namespaces: [...namespaces],
    blocked:
      blocked ?? (DEFAULT_BLOCKED.filter(({ namespace }) => codes.has(namespace)) as NonNullable<Written['blocked']>),
    policy,
    limits,
  };
}
