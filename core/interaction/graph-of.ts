import type { ProfileId } from '../lib/ids.ts';
import { PURPOSES } from '../policy/purposes.ts';
import type { Strand } from '../profile/strand.ts';
import { archiveKeysOf } from './archived-under.ts';
import { identityOf, nodeOf } from './node.ts';
import type { GraphIdentity, OpenWork, ProfileGraph } from './profile-graph.ts';
import type { ProfileState } from './state.ts';

/** Who a profile is, for operators. Null: nobody ever was here. */
export function graphOf(state: ProfileState): ProfileGraph | null {
  const node = nodeOf(state);
  if (node.state === 'none') return null;
  return {
    space: state.space,
    profile: state.profile,
    state: node.state,
    forward: node.forward as ProfileId | null,
    anchor: node.anchor && identityOf(node.anchor),
    createdAt: state.createdAt,
    identities: state.strands.filter(({ leaving }) => !leaving).map(identityOfStrand),
    links: node.links.map(({ a, b, ...times }) => ({ a: identityOf(a), b: identityOf(b), ...times })),
    merges: node.merges,
    lock: node.lock && {
      operation: node.lock.operation,
      coordinator: node.lock.coordinator as ProfileId,
      since: node.lock.since,
    },
    openWork: openWorkOf(state),
    attributes: Object.fromEntries(state.attributes),
    archiveKeys: archiveKeysOf(state),
  };
}

function identityOfStrand(strand: Strand): GraphIdentity {
  const { identity, trust, epoch, state, keptBy, movedTo, claimant, firstSeen, lastSeen, facts, claims } = strand;
  const consent = PURPOSES.flatMap((purpose) => {
    const choice = strand.consent[purpose];
    return choice === undefined
      ? []
      : [{ purpose, choice, at: strand.consentAt[purpose] ?? null, by: strand.grantedBy?.[purpose] ?? null }];
  });
  return {
    ...identity,
    trust,
    epoch,
    state: state === 'closed' ? 'kept' : state,
    keptBy,
    movedTo,
    claimant,
    firstSeen,
    lastSeen,
    events: facts,
    claims,
    consent,
  };
}

function openWorkOf({ stitch: { intents, operations, erasure, expiry } }: ProfileState): readonly OpenWork[] {
  const ending = erasure ? [{ kind: 'erasure' as const, id: erasure.request, at: 'erasing' }] : [];
  const expiring = expiry ? [{ kind: 'erasure' as const, id: 'expiry', at: 'asking' }] : [];
  return [
    ...Object.values(intents).map(({ wish, attempt, operation }) => ({
      kind: 'intent' as const,
      id: wish.event,
      identities: wish.keys.map(identityOf),
      attempt,
      at: operation ? operation.id : 'resolving',
    })),
    ...Object.values(operations).map(({ id, wish, attempt, phase, step }) => ({
      kind: 'operation' as const,
      id,
      identities: wish.keys.map(identityOf),
      attempt,
      at: `${phase}/${step}`,
    })),
    ...[...ending, ...expiring].map((work) => ({ ...work, identities: [], attempt: 0 })),
  ];
}
