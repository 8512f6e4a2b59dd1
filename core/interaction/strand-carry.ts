import type { UsedProof } from '../identity/used-proofs.ts';
import type { EventId, Instant, ProfileId, SourceId } from '../lib/ids.ts';
import { joinCarried, type StrandCarry } from '../profile/join-strands.ts';
import { noteLeft } from '../profile/note-left.ts';
import { rememberClaims, type Strand } from '../profile/strand.ts';
import { archivedUnder } from './archived-under.ts';
import { joinChoices } from './choices.ts';
import type { SeenEvent } from './fact-rows.ts';

/** What travels with a strand beside its facts; comes with the last page of them. */
export interface Carry {
  readonly strand: StrandCarry & Pick<Strand, 'trust' | 'claims' | 'archived' | 'choices' | 'leftAt' | 'unsent'>;
  /** Events of the last 24 hours that came over it and are stored elsewhere: when they are sent again, they are known. */
  readonly seen: readonly (readonly [source: SourceId, id: EventId, receivedAt: Instant])[];
  /** Proofs that have signed somebody in there: they are no good at the new place either. Absent: none. */
  readonly proofs?: readonly UsedProof[];
}

export function carryOf(
  strand: Strand,
  profile: ProfileId,
  seen: readonly SeenEvent[],
  proofs: readonly UsedProof[],
): Carry {
  const { firstSeen, lastSeen, consent, consentAt, grantedBy, carried } = strand;
  const { assigned, trust, claims, choices, leftAt, unsent } = strand;
  return {
    strand: {
      firstSeen,
      lastSeen,
      consent,
      consentAt,
      ...(grantedBy && { grantedBy }),
      ...(carried && { carried }),
      assigned,
      trust,
      claims,
      archived: archivedUnder(strand, profile),
      ...(leftAt !== undefined && { leftAt }),
      ...(choices && { choices }),
      ...(unsent && { unsent }),
    },
    seen: seen.map(({ source, id, at }) => [source, id, at] as const),
    ...(proofs.length > 0 && { proofs }),
  };
}

export function takeCarry(strand: Strand, { strand: carried }: Carry): void {
  joinCarried(strand, carried);
  rememberClaims(strand, carried.claims);
  joinChoices(strand, carried);
  strand.archived = [...new Set([...strand.archived, ...carried.archived])];
  noteLeft(strand, carried.leftAt);
  if (carried.unsent) strand.unsent = [...(strand.unsent ?? []), ...carried.unsent];
  if (carried.trust === 'verified') strand.trust = 'verified';
}
