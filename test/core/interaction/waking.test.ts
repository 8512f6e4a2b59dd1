import { describe, expect, it } from 'vitest';
import type { EffectMessage } from '../../../core/interaction/effect-message.ts';
import { DAY_MS } from '../../../core/lib/instant.ts';
import { closeOpenChunk, drainChunks } from '../../../worker/objects/profile/drain.ts';
import { createProfileKeeper, type ProfileKeeper } from '../../../worker/objects/profile/profile-keeper.ts';
import { createMemoryTable } from '../../support/memory-table.ts';
import { segment } from '../ruleset/ruleset-fixture.ts';
import { command, event, later, NOW, rulesetOf, SOURCES } from './visit-fixture.ts';

/** A table and an alarm clock in memory; every keeper made on it is an object that has just woken. */
function createObject() {
  const { store } = createMemoryTable();
  const armed: number[] = [];
  const sent: EffectMessage[] = [];
  return {
    armed,
    sent,
    store,
    wake: () =>
      createProfileKeeper(
        store,
        (at) => void armed.push(at),
        () => NOW,
      ),
  };
}

const WEEK = 'xEvent[eventType = "product.viewed" and timestamp occurs <= 7 days before now].count() >= 1';
const DAY = 'xEvent[eventType = "product.viewed" and timestamp occurs <= 1 days before now].count() >= 1';
const RULES = { ...SOURCES, measure: [], offer: [] };
const week = rulesetOf({ ...RULES, segment: [segment('week', WEEK, { observed: true })] }, 1);
const day = rulesetOf({ ...RULES, segment: [segment('week', DAY, { observed: true })] }, 2);
const viewed = () => command({ events: [event('product.viewed', NOW)] });
const drain = async (object: ReturnType<typeof createObject>, keeper: ProfileKeeper, at = later(15_000)) =>
  drainChunks(keeper, object.store, async (message) => void object.sent.push(message), week, at, true);

describe('an object that has not evaluated anything yet', () => {
  it('does not lose its next flip when the alarm has rung', async () => {
    const object = createObject();
    object.wake().interact(viewed(), week);
    const woken = object.wake();
    await drain(object, woken);
    // Nobody knows yet when the flip is: it wakes once more and finds out.
    expect(object.armed.length).toBe(2);
    woken.advance(week, later(16_000));
    await drain(object, woken, later(16_000));
    expect(object.armed.at(-1)).toBe(later(7 * DAY_MS + 1));
  });

  it('and does not look for the flips of one program with the places of another', async () => {
    const object = createObject();
    const keeper = object.wake();
    keeper.interact(viewed(), week);
    keeper.state(day);
    await drain(object, keeper);
    keeper.advance(day, later(16_000));
    await drain(object, keeper, later(16_000));
    expect(object.armed.at(-1)).toBe(later(DAY_MS + 1));
  });
});

it('a chunk does not grow while it is sent, wherever the clock goes', async () => {
  const object = createObject();
  const keeper = object.wake();
  keeper.interact(viewed(), week);
  closeOpenChunk(keeper, week, later(15_000));
  const again = event('product.viewed', NOW);
  let first = true;
  const send = async (message: EffectMessage) => {
    object.sent.push(message);
    if (first) keeper.interact(command({ now: later(14_000), events: [again] }), week);
    first = false;
  };
  await drainChunks(keeper, object.store, send, week, later(15_000), true);
  await drainChunks(keeper, object.store, send, week, later(60_000), true);
  expect(object.sent.flatMap(({ facts }) => facts.map(({ id }) => id))).toContain(again.id);
});

it('what only reading visits saw is not told differently after a sleep', () => {
  const outcome = (sleeps: boolean) => {
    const object = createObject();
    let keeper = object.wake();
    keeper.interact(viewed(), day);
    keeper.interact(command({ now: later(1000) }), day);
    const seen = rulesetOf(
      {
        ...RULES,
        segment: [
          segment('week', DAY, { observed: true }),
          segment(
            'young',
            'xEvent[eventType = "product.viewed" and timestamp occurs <= 100 milliseconds before now].count() = 1',
          ),
        ],
      },
      3,
    );
    if (sleeps) keeper = object.wake();
    keeper.interact(command({ now: later(2000), events: [event('search.performed', later(2000))] }), seen);
    return keeper
      .state(seen)
      ?.outbox.chunks.flatMap(({ changes }) => changes.map(({ segment: id, cause, since }) => [id, cause, since]));
  };
  expect(outcome(false)).toEqual(outcome(true));
});

it('nobody goes back to a lower sequence after a visit that only read', () => {
  const object = createObject();
  object.wake().interact(viewed(), week);
  object.wake().interact(command({ now: later(1000) }), day);
  expect(object.wake().appliedSequence()).toBe(2);
});

it('many instants of one second, at which nothing observed flips, wake the object once', () => {
  const most = 'xEvent[eventType = "product.viewed" and timestamp occurs <= 1 days before now].max(n) >= 2';
  const ruleset = rulesetOf({ ...RULES, segment: [segment('most', most, { observed: true })] }, 1);
  const object = createObject();
  const keeper = object.wake();
  const views = Array.from({ length: 900 }, (_, i) => event('product.viewed', later(i - 900), { n: 1 }));
  keeper.interact(command({ events: views }), ruleset);
  let wakes = 0;
  for (let at = keeper.state(ruleset)?.evaluatedAt; at !== undefined && at <= later(2 * DAY_MS); wakes++) {
    keeper.advance(ruleset, at);
    keeper.change(ruleset, (state) => {
      state.outbox.chunks = [];
      state.armedAt = null;
      return { facts: [], result: null };
    });
    at = (keeper.state(ruleset)?.armedAt ?? undefined) as typeof at;
  }
  expect(wakes).toBeLessThanOrEqual(3);
});

it('exits older than the promise are not shown to one who only reads', () => {
  const object = createObject();
  const keeper = object.wake();
  keeper.interact(viewed(), week);
  keeper.interact(command({ now: later(8 * DAY_MS) }), week);
  const include = { profile: false, recent: false, trace: false, allMemberships: true };
  const seen = (now: number) => keeper.interact(command({ now: later(now), include }), week);
  expect(seen(9 * DAY_MS)).toMatchObject({ answer: { memberships: [{ status: 'exited' }] } });
  expect(seen(38 * DAY_MS)).toMatchObject({ answer: { memberships: [] } });
});
