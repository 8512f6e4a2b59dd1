import type { Identity } from '../event/event.ts';
import type { RefusalCode } from '../event/refusal.ts';
import { byteLength } from '../lib/byte-length.ts';
import { limit } from '../lib/limits.ts';
import type { CompiledNamespaces } from './compiled-namespaces.ts';
import type { IgnoredReason } from './ignored-identity.ts';
import { readIdentity } from './normalise-identity.ts';
import type { StitchRules } from './replay/stitch-rules.ts';
import type { RecordProblem } from './screen-identities.ts';

/** What stands behind the ids that a request names. */
export interface IdentityTrust {
  /** A server key or a proof: then every namespace may link. */
  readonly verified: boolean;
  /** The request proved a device beside them, so that an event whose named ids all fall away still belongs to somebody. */
  readonly device?: boolean;
}

/** Why an event is refused whole because of the ids that it names. `nothingLeft`: it names ids, and none of them somebody. */
export type IdentityProblem = RecordProblem | 'nothingLeft';

/** What one event says about who it is from. */
export interface EventIdentities {
  /** By falling priority, normalised, each once: trusted enough to link. The first is the primary identity. */
  readonly links: readonly Identity[];
  /** By falling priority, normalised, each once: said without proof. Stored as such; they link nothing and reveal nothing. */
  readonly claims: readonly Identity[];
  /** As they came. */
  readonly dropped: readonly { readonly identity: Identity; readonly reason: IgnoredReason }[];
  /** With it, both lists are empty. */
  readonly problem: IdentityProblem | null;
}

const NONE: EventIdentities = { links: [], claims: [], dropped: [], problem: null };

/**
 * Sorts the ids that an event names into those that link, those that are kept as claims, and those that name nobody. A device
 * is never linked by its name: only its signed visitor token proves it. An event that names two people is refused whole, also when it only claims
 * them; so is one without anybody left.
 */
export function identitiesOf(
  identities: readonly Identity[],
  trust: IdentityTrust,
  stitch: StitchRules,
): EventIdentities {
  if (identities.length === 0) return NONE;
  if (identities.length > stitch.maxIdentitiesPerEvent) return { ...NONE, problem: 'tooManyIdentities' };
  const { namespaces } = stitch;
  const links = new Map<string, Identity>();
  const claims = new Map<string, Identity>();
  const dropped: { readonly identity: Identity; readonly reason: IgnoredReason }[] = [];
  for (const identity of identities) {
    const read = isTooLong(identity.value) ? 'tooLong' : readIdentity(identity, namespaces);
    if (typeof read === 'string') dropped.push({ identity, reason: read });
    else (mayLink(read, trust, namespaces) ? links : claims).set(`${read.namespace}:${read.value}`, read);
  }
  const sorted = byPriority(links.values(), namespaces);
  const claimed = byPriority(claims.values(), namespaces);
  const problem = problemOf(sorted, claimed, trust, namespaces);
  return problem ? { ...NONE, dropped, problem } : { links: sorted, claims: claimed, dropped, problem };
}

/** How each problem is told in `refused[]`. */
export function refusalOf(problem: IdentityProblem): { readonly code: RefusalCode; readonly detail: string } {
  return REFUSAL_OF[problem];
}

const REFUSAL_OF: Readonly<Record<IdentityProblem, { readonly code: RefusalCode; readonly detail: string }>> = {
  tooManyIdentities: { code: 'tooManyIdentities', detail: 'more identities than one event may name in this space' },
  twoOfUnique: { code: 'ambiguousIdentity', detail: 'two values of a namespace of which a person has one' },
  twoOfTop: { code: 'ambiguousIdentity', detail: 'two values of the highest namespace it names: whose event is it?' },
  emptyTop: { code: 'blockedIdentity', detail: 'the highest namespace it names has no value' },
  nothingLeft: {
    code: 'blockedIdentity',
    detail: 'every identity is of an unknown namespace, is no value of its kind, or names nobody',
  },
};

function isTooLong(value: string): boolean {
  const most = limit('identityValue');
  // A UTF-16 unit takes at most three bytes.
  return value.length * 3 > most && byteLength(value) > most;
}

/** The reserved namespace of devices that we mint ourselves. */
const DEVICE = 'device';

function mayLink({ namespace }: Identity, { verified }: IdentityTrust, namespaces: CompiledNamespaces): boolean {
  return namespace !== DEVICE && (verified || namespaces.byCode.get(namespace)?.linkTrust === 'claimed');
}

function byPriority(identities: Iterable<Identity>, namespaces: CompiledNamespaces): readonly Identity[] {
  const rank = ({ namespace }: Identity) => namespaces.byCode.get(namespace)?.priority ?? Number.POSITIVE_INFINITY;
  return [...identities].sort((a, b) => rank(a) - rank(b));
}

function problemOf(
  links: readonly Identity[],
  claims: readonly Identity[],
  trust: IdentityTrust,
  { byCode }: CompiledNamespaces,
): IdentityProblem | null {
  const seen = new Set<string>();
  for (const { namespace } of [...links, ...claims]) {
    if (byCode.get(namespace)?.unique && seen.has(namespace)) return 'twoOfUnique';
    seen.add(namespace);
  }
  const [first, second] = links;
  if (!first) return trust.device ? null : 'nothingLeft';
  const deviceIsTop =
    trust.device && (byCode.get(DEVICE)?.priority ?? 0) < (byCode.get(first.namespace)?.priority ?? 0);
  return first.namespace === second?.namespace && !deviceIsTop ? 'twoOfTop' : null;
}
