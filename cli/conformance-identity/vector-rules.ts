import { compileNamespaces } from '../../core/identity/compiled-namespaces.ts';
import type { NamespaceType } from '../../core/identity/namespace-set.ts';
import { NORMALISER_NAMES, type Normaliser } from '../../core/identity/normalise-value.ts';
import { DEFAULT_STITCH, type StitchRules } from '../../core/identity/replay/stitch-rules.ts';
import type { VectorConfig } from './vector.schema.ts';

/** Other names that vectors use for our normalisers. */
const SYNONYMS: Readonly<Record<string, Normaliser>> = {
  lowercase: 'lower',
  e164: 'phone',
  'e.164': 'phone',
  nfc: 'trim',
};

/**
 * The rules that a vector's configuration stands for. In vectors a missing `displace` means any and a missing history policy means
 * `follow-device`, while the product's defaults are stricter; missing limits are the product's.
 */
export function rulesOfVector({ namespaces, blocked = [], limits = {}, policy = {} }: VectorConfig): StitchRules {
  return {
    namespaces: compileNamespaces({
      namespaces: namespaces.map((namespace) => ({
        code: namespace.code,
        type: namespace.type.toLowerCase() as NamespaceType,
        unique: namespace.unique,
        priority: namespace.priority,
        limit: namespace.limit ?? null,
        windowMs: namespace.windowMs ?? null,
        normalise: normaliserOf(namespace.normalize ?? 'none'),
        pattern: namespace.pattern ?? null,
        linkTrust: namespace.linkTrust ?? 'claimed',
      })),
      blocked: blocked.map(({ ns, match, value = null }) => ({ namespace: ns, match, value })),
    }),
    maxIdentities: limits.maxIdentities ?? DEFAULT_STITCH.maxIdentities,
    maxIdentitiesPerEvent: limits.maxIdentitiesPerEvent ?? DEFAULT_STITCH.maxIdentitiesPerEvent,
    maxMerges: limits.maxMerges ?? DEFAULT_STITCH.maxMerges,
    policy: {
      anonymousHistory: policy.anonymousHistory ?? 'follow-device',
      displace: policy.displace ?? 'any',
      maxClockSkewMs: policy.maxClockSkewMs ?? DEFAULT_STITCH.policy.maxClockSkewMs,
      anonymousTtlMs: policy.anonymousTtlMs ?? null,
      anonymousNamespaces: policy.anonymousNamespaces ?? null,
      identityTtlMs: policy.identityTtlMs ?? null,
    },
  };
}

/** Names that apply together are one of ours: every normaliser but `none` trims, and e-mail folds case. */
function normaliserOf(names: string | readonly string[]): Normaliser {
  const found = (typeof names === 'string' ? [names] : names).map((name) => {
    const lower = name.toLowerCase();
    const known = SYNONYMS[lower] ?? NORMALISER_NAMES.find((one) => one === lower);
    if (!known) throw new Error(`normalize "${name}" is not understood`);
    return known;
  });
  return (['phone', 'email', 'lower', 'trim'] as const).find((name) => found.includes(name)) ?? 'none';
}
