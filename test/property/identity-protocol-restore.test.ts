import { expect, it } from 'vitest';
import { type IdentityKey, identityKey } from '../../core/identity/identity-key.ts';
import { handleProfile } from '../../core/identity/protocol/handle-profile.ts';
import type { ProfileMessage } from '../../core/identity/protocol/message.ts';
import { NO_CHANGES } from '../../core/interaction/fact-rows.ts';
import { graphOf } from '../../core/interaction/graph-of.ts';
import type { ProfileRpc } from '../../core/interaction/rpc.ts';
import type { ProfileId } from '../../core/lib/ids.ts';
import { createPeople } from '../../worker/services/people.ts';
import { DEVICE, event, loginOf, NOW, RULESET, SARAH, SPACE } from '../core/interaction/visit-fixture.ts';
import { profileAt, StitchWorld } from './stitch-world.ts';

const TOM = { namespace: 'customer', value: 'tom' };

it('an object that was restored lets go of a device that has moved on since, when an operator says so', async () => {
  const world = new StitchWorld(RULESET, NOW);
  const device = world.device(DEVICE, 10);
  const born = new Map<IdentityKey, ProfileId>([
    [identityKey(SARAH), profileAt(0, 1)],
    [identityKey(TOM), profileAt(0, 2)],
  ]);
  const signIn = async (person: typeof SARAH) => {
    const found = world.ask(person, { kind: 'resolve', mint: born.get(identityKey(person)) ?? null });
    const hints = { [identityKey(DEVICE)]: { owner: device.at, epoch: device.epoch, erasedAt: -1 } };
    const at = { at: found.owner as ProfileId, epoch: found.epoch };
    await world.visit(person, at, { events: [], login: loginOf(person, device.at), hints }, device);
    await world.settle();
    return world.node(at.at);
  };
  await world.visit(DEVICE, device, { events: [event('product.viewed', NOW)] }, device);
  const home = await signIn(SARAH);
  const token = { ...device };
  const copy = home.table.store.load();
  const other = await signIn(TOM);
  expect(device.at).toBe(other.id);

  home.table.store.commit(NO_CHANGES, copy as Uint8Array);
  world.wake(home);
  const people = createPeople({
    now: () => world.now,
    directory: {
      find: async (_: unknown, identity: typeof SARAH) => {
        const { owner, epoch, erasedAt } = world.ask(identity, { kind: 'resolve', mint: null });
        return owner === null
          ? null
          : { owner: owner as ProfileId, epoch, erasedAt, quarantine: null, suppressed: false };
      },
    } as never,
    profile: (_, id) => {
      const { keeper } = world.node(id);
      const protocol = async (space: typeof SPACE, profile: ProfileId, message: ProfileMessage) =>
        keeper.handle(RULESET, { space, profile }, (node, context) => handleProfile(node, message, context));
      const view = async () => {
        const state = keeper.state(RULESET);
        return state && graphOf(state);
      };
      return { view, protocol } as unknown as ProfileRpc;
    },
  });
  expect(await people.fence(SPACE, home.id)).toEqual({ gone: [DEVICE], busy: false });
  expect(await people.fence(SPACE, home.id)).toEqual({ gone: [], busy: false });
  expect(await people.fence(SPACE, other.id)).toEqual({ gone: [], busy: false });
  expect(await people.fence(SPACE, profileAt(0, 9))).toBeNull();

  // A token of then leads to where the device lives now, and what it sends is stored there.
  const sent = event('product.viewed', NOW);
  const answer = await world.visit(DEVICE, token, { events: [sent] }, token);
  expect([answer?.accepted, token.at]).toEqual([1, other.id]);
  expect([...other.table.facts.values()].some(({ id }) => id === sent.id)).toBe(true);
});
