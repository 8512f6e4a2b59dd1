import { describe, expect, it } from 'vitest';
import type { InteractCommand } from '../../../core/interaction/command.ts';
import { DAY_MS } from '../../../core/lib/instant.ts';
import { createProfileKeeper } from '../../../worker/objects/profile/profile-keeper.ts';
import { command, event, later, NOW, rulesetOf, SOURCES } from '../../core/interaction/visit-fixture.ts';
import { segment } from '../../core/ruleset/ruleset-fixture.ts';
import { createMemoryTable } from '../../support/memory-table.ts';

/** A table and an alarm clock in memory; every keeper made on it is an object that has just woken. */
function createObject() {
  const table = createMemoryTable();
  const armed: number[] = [];
  return {
    armed,
    get commits() {
      return table.commits;
    },
    wake: () =>
      createProfileKeeper(
        table.store,
        (at) => void armed.push(at),
        () => NOW,
      ),
  };
}

const week = (observed: boolean) =>
  segment('week', 'xEvent[eventType = "product.viewed" and timestamp occurs <= 7 days before now].count() >= 1', {
    observed,
  });
const RULES = { ...SOURCES, measure: [], offer: [], segment: [week(false)] };
const [first, observed] = [rulesetOf(RULES, 1), rulesetOf({ ...RULES, segment: [week(true)] }, 2)];
const other = rulesetOf({ ...RULES, segment: [segment('cart', 'xEvent[eventType = "cart.added"].count() >= 1')] }, 3);
const viewed = (more: Partial<InteractCommand> = {}) => command({ events: [event('product.viewed', NOW)], ...more });

/** Everything that waits has been sent. */
const drained = (keeper: ReturnType<typeof createProfileKeeper>) =>
  keeper.change(first, (state) => {
    state.outbox.chunks = [];
    state.armedAt = null;
  });

describe('the alarm', () => {
  it('is set by a visit that only reads, when a newer ruleset observes what nobody did; and once', () => {
    const object = createObject();
    object.wake().interact(viewed(), first);
    drained(object.wake());
    expect(object.armed).toEqual([later(15_000)]);
    const before = object.commits;
    const awake = object.wake();
    awake.interact(command({ now: later(1) }), observed);
    awake.interact(command({ now: later(2) }), observed);
    object.wake().interact(command({ now: later(3) }), observed);
    expect(object.armed).toEqual([later(15_000), later(7 * DAY_MS + 1)]);
    expect(object.commits).toBe(before + 1);
  });

  it('brings what time has changed, stored and due at once', () => {
    const object = createObject();
    const keeper = object.wake();
    keeper.interact(viewed(), observed);
    drained(keeper);
    const [flip, rings] = [later(7 * DAY_MS + 1), later(7 * DAY_MS + 40)];
    const woken = object.wake();
    woken.advance(observed, rings);
    expect(woken.state(observed)?.outbox.chunks).toMatchObject([
      { deadline: rings, changes: [{ segment: 'week', status: 'exited', since: flip, cause: 'time' }] },
    ]);
    const after = object.commits;
    woken.advance(observed, rings);
    expect(object.commits).toBe(after);
  });
});

describe('a newer ruleset that came meanwhile', () => {
  it('stays, for a caller that began under the former one', () => {
    const object = createObject();
    const keeper = object.wake();
    keeper.interact(viewed(), observed);
    keeper.interact(command({ now: later(1) }), other);
    keeper.change(observed, (state, ruleset) => {
      expect(ruleset).toBe(other);
      expect([state.sequence, state.logHash]).toEqual([3, other.engine.program.logHash]);
    });
    const answer = keeper.interact(command({ now: later(2) }), observed);
    expect(answer).toMatchObject({ answer: { sequence: 3, memberships: [] } });
    expect([...(keeper.state(other)?.memberships ?? [])]).toEqual([
      ['week', { member: false, since: later(1), sequence: 3, cause: 'publish' }],
    ]);
  });
});
