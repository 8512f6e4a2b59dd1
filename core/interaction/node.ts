import type { Identity } from '../event/event.ts';
import { type IdentityKey, identityKey, namespaceOf } from '../identity/identity-key.ts';
import type { ProfileNode } from '../identity/protocol/node-state.ts';
import {
  type KeptName,
  type KeptRow,
  keptName,
  type StrandName,
  type StrandRow,
} from '../identity/protocol/strand-row.ts';
import type { Strand } from '../profile/strand.ts';
import type { ProfileState } from './state.ts';

/** The profile as the link protocol sees it: without facts and values. */
export function nodeOf(state: ProfileState): ProfileNode {
  const strands: Record<IdentityKey, StrandRow> = {};
  const kept: Record<KeptName, KeptRow> = {};
  for (const strand of state.strands) {
    if (strand.leaving) continue;
    const key = identityKey(strand.identity);
    if (strand.keptBy === null) {
      strands[key] = {
        epoch: strand.epoch,
        state: strand.state === 'closed' ? 'gone' : strand.state,
        to: strand.movedTo,
        erasedAt: strand.erasedAt,
        claimant: strand.claimant && identityKey(strand.claimant),
        ...(strand.leftAt !== undefined && { leftAt: strand.leftAt }),
      };
      continue;
    }
    const by = identityKey(strand.keptBy);
    const { state: is, epoch } = strand;
    kept[keptName(key, by)] = { key, by, epoch, state: is === 'closed' || is === 'owned' ? 'kept' : is };
  }
  return { ...state.stitch, pid: state.profile, strands, kept };
}

/** The name of a strand's facts in the protocol. */
export function strandName({ identity, keptBy }: Pick<Strand, 'identity' | 'keptBy'>): StrandName {
  return keptBy ? keptName(identityKey(identity), identityKey(keptBy)) : identityKey(identity);
}

export function identityOf(key: IdentityKey): Identity {
  const namespace = namespaceOf(key);
  return { namespace, value: key.slice(namespace.length + 1) };
}

/** Number of the strand with this name, or -1. */
export function numberOf(strands: readonly Strand[], name: StrandName): number {
  return strands.findIndex((strand) => !strand.leaving && strandName(strand) === name);
}
