import { describe, expect, it } from 'vitest';
import { identityKey } from '../../../core/identity/identity-key.ts';
import { EMPTY_DIRECTORY } from '../../../core/identity/protocol/directory-node.ts';
import { handleProfile } from '../../../core/identity/protocol/handle-profile.ts';
import type { Handled } from '../../../core/identity/protocol/handled.ts';
import type { ProfileMessage } from '../../../core/identity/protocol/message.ts';
import { noteAnswer } from '../../../core/identity/protocol/note-answer.ts';
import { openCalls } from '../../../core/identity/protocol/open-calls.ts';
import { applyHandled } from '../../../core/interaction/apply-handled.ts';
import { archiveKeysOf } from '../../../core/interaction/archived-under.ts';
import { nodeOf } from '../../../core/interaction/node.ts';
import { contextOf } from '../../../core/interaction/protocol-context.ts';
import type { ProfileId } from '../../../core/lib/ids.ts';
import { countsHere } from '../../../core/profile/strand.ts';
import {
  DEVICE,
  event,
  later,
  loginOf,
  NOW,
  PROFILE,
  profileOf,
  RULESET,
  ref,
  SARAH,
  type TestProfile,
} from './visit-fixture.ts';

const CONTEXT = contextOf(RULESET.stitch, later(1000));
const PERSON = `prf_0n${'0'.repeat(26)}` as ProfileId;

function apply({ state, table }: TestProfile, handled: Handled): void {
  const { rows } = applyHandled(state, handled, table.store, RULESET, later(1000));
  table.store.commit(rows, new Uint8Array(1));
}

function handle(profile: TestProfile, message: ProfileMessage): Handled {
  const handled = handleProfile(nodeOf(profile.state), message, CONTEXT);
  apply(profile, handled);
  return handled;
}

describe('a device that was taken', () => {
  it('and is given back counts as it did before', () => {
    const profile = profileOf();
    profile.visit({ events: [event('product.viewed', NOW), event('product.viewed', NOW)] });
    const from = { owner: PROFILE, epoch: 1, erasedAt: -1 };
    const operation = `e@${PERSON}#0`;
    const taken = handle(profile, { kind: 'take', operation, key: identityKey(DEVICE), from, to: PERSON });
    expect(taken.reply).toMatchObject({ kind: 'taken' });
    expect(profile.state.log.length).toBe(0);
    handle(profile, { kind: 'unlock', operation });
    const counting = profile.state.strands.filter(countsHere);
    expect(counting.map(({ identity, epoch, facts }) => [identity, epoch, facts])).toEqual([[DEVICE, 1, 2]]);
    const numbers = new Set(profile.facts.map(({ strand }) => profile.state.strands[strand]));
    expect([...numbers]).toEqual(counting);
    expect(profile.state.log.length).toBe(2);
  });
});

describe('a person who is erased', () => {
  it('leaves the names of all keys that seal facts of theirs in the archive', () => {
    const profile = profileOf();
    profile.visit({ events: [event('product.viewed', NOW)] });
    profile.open(SARAH);
    profile.visit({ through: ref(SARAH), login: loginOf(SARAH), events: [event('product.viewed', NOW)] });
    const names = archiveKeysOf(profile.state);
    expect(names).toHaveLength(2);
    handle(profile, { kind: 'erase', request: 'r', at: later(1000), suppress: false });
    // The directories hear of it one after the other.
    for (let i = 0; i < 2; i++) {
      const [open] = openCalls(nodeOf(profile.state), CONTEXT);
      if (!open) throw new Error('nothing is open');
      const node = { ...EMPTY_DIRECTORY, owner: PERSON, epoch: 2 };
      apply(profile, noteAnswer(nodeOf(profile.state), open, { kind: 'directory', node }, CONTEXT));
    }
    expect([profile.state.stitch.state, profile.facts]).toEqual(['erased', []]);
    expect([...archiveKeysOf(profile.state)].sort()).toEqual([...names].sort());
  });
});

describe('a visit that only reads', () => {
  it('gives no token that forgets the fence of somebody who was erased', () => {
    const device = { ...ref(DEVICE, 3), erasedAt: NOW - 1 };
    expect(profileOf().visit({ device, through: device }).device).toBeNull();
    const born = ref(DEVICE);
    expect(profileOf().visit({ device: born, through: born }).device).toEqual({ at: PROFILE, epoch: 1 });
  });
});

describe('a person who leaves a device behind', () => {
  it('leaves the ids of recent events there: the device may send them again', () => {
    const profile = profileOf();
    profile.visit({ events: [event('product.viewed', NOW)] });
    profile.open(SARAH);
    const sent = event('product.viewed', NOW);
    profile.visit({ through: ref(SARAH), login: loginOf(SARAH), events: [sent] });
    const operation = `e@${PERSON}#0`;
    const strand = identityKey(SARAH);
    handle(profile, { kind: 'lock', operation, coordinator: PERSON, expect: {} });
    handle(profile, { kind: 'switch', operation, strand, epoch: 2, to: PERSON, keepFor: null });
    handle(profile, { kind: 'release', operation, strand, epoch: 2 });
    const left = profile.state.strands.findIndex(({ leaving, facts }) => leaving && facts > 0);
    profile.table.store.deleteStrand(left);
    expect(profile.facts.some(({ id }) => id === sent.id)).toBe(false);
    expect([...profile.table.store.known([sent], true)]).toEqual([sent.id]);
    expect(profile.state.seenUntil).toBeGreaterThan(NOW);
  });
});
