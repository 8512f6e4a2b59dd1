import { describe, expect, it } from 'vitest';
import {
  type DecisionRules,
  type DecisionSubject,
  decideFallbacks,
  decidePlacements,
} from '../../../core/decision/decide.ts';
import type { CompiledOffer, Placement } from '../../../core/decision/offer.ts';
import { REJECTIONS } from '../../../core/decision/proposition.ts';
import { AUTH_STATES } from '../../../core/event/event.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { ALL_PURPOSES_MASK, NECESSARY_MASK } from '../../../core/policy/purposes.ts';

const NOW = Date.UTC(2026, 10, 22) as Instant;
const at = (ms: number) => (NOW + ms) as Instant;
const HERO: Placement = { id: 'hero', name: 'Hero', kind: 'html', fallback: 'fallback' };
const offer = (id: string, more: Partial<CompiledOffer> = {}): CompiledOffer => ({
  id,
  name: id,
  placements: ['hero'],
  priority: 0,
  purpose: 'personalization',
  requires: 'anonymous',
  content: id,
  rule: null,
  from: null,
  until: null,
  ...more,
});
const rules = (...offers: readonly CompiledOffer[]): DecisionRules => ({
  placements: new Map([['hero', HERO]]),
  offersByPlacement: new Map([['hero', offers]]),
});
const subject = (more: Partial<DecisionSubject> = {}): DecisionSubject => ({
  now: NOW,
  state: 'anonymous',
  consented: ALL_PURPOSES_MASK,
  members: new Uint8Array(2),
  ...more,
});
const decide = (by: DecisionRules, who = subject(), placements = ['hero']) =>
  decidePlacements(by, who, placements, 'r', true);
const why = (...given: Parameters<typeof decide>) => decide(...given).trace?.map(({ rejection }) => rejection);

describe('a schedule', () => {
  it.each([
    ['one millisecond before it begins', { from: at(1) }, 'notYet'],
    ['at its first instant', { from: NOW }, null],
    ['in its last millisecond', { until: at(1) }, null],
    ['at its end', { until: NOW }, 'over'],
    ['without an end', { from: at(-1) }, null],
  ])('%s', (_, schedule, rejection) => {
    expect(why(rules(offer('x', schedule)))).toEqual([rejection]);
  });
});

describe('the authentication state', () => {
  it.each(AUTH_STATES.flatMap((has) => AUTH_STATES.map((needs) => [has, needs] as const)))(
    '%s for an offer that needs %s',
    (state, requires) => {
      const enough = AUTH_STATES.indexOf(state) <= AUTH_STATES.indexOf(requires);
      expect(why(rules(offer('x', { requires })), subject({ state }))).toEqual([enough ? null : 'authState']);
    },
  );
});

describe('choosing', () => {
  it('takes the first that fits and gives every other its reason', () => {
    const by = rules(
      offer('a', { until: NOW }),
      offer('b', { rule: 1 }),
      offer('c', { purpose: 'advertising' }),
      offer('d', { rule: 0 }),
      offer('e'),
    );
    const done = decide(by, subject({ members: Uint8Array.of(1, 0), consented: ALL_PURPOSES_MASK & ~8 }));
    expect(done.propositions).toEqual([
      { id: 'prp_r_0', placement: 'hero', kind: 'html', offer: 'd', content: 'd', reason: 'eligible' },
    ]);
    expect(done.trace?.map(({ offer: id, rejection }) => [id, rejection])).toEqual([
      ['a', 'over'],
      ['b', 'notInAudience'],
      ['c', 'consent'],
      ['d', null],
      ['e', 'lowerPriority'],
    ]);
  });

  it('falls back with a reason', () => {
    expect(decide(rules(offer('x', { rule: 0 }))).propositions[0]).toMatchObject({
      offer: null,
      content: 'fallback',
      reason: 'noneEligible',
    });
    expect(decide(rules()).propositions[0]).toMatchObject({ offer: null, content: 'fallback', reason: 'noOffers' });
    expect(decide(rules(), subject(), ['nope']).propositions[0]).toMatchObject({
      kind: null,
      content: null,
      reason: 'unknownPlacement',
    });
  });

  it('needs no consent for what is necessary, and consent for all else', () => {
    expect(why(rules(offer('x', { purpose: 'necessary' })), subject({ consented: NECESSARY_MASK }))).toEqual([null]);
    expect(why(rules(offer('x')), subject({ consented: NECESSARY_MASK }))).toEqual(['consent']);
  });

  it('gives each placement of a request an id of its own, also the same one twice', () => {
    expect(decide(rules(offer('x')), subject(), ['hero', 'hero', 'nope']).propositions.map(({ id }) => id)).toEqual([
      'prp_r_0',
      'prp_r_1',
      'prp_r_2',
    ]);
  });

  it('traces nothing unless asked, and chooses the same', () => {
    const by = rules(offer('a', { rule: 0 }), offer('b'));
    const quiet = decidePlacements(by, subject(), ['hero'], 'r', false);
    expect([quiet.trace, quiet.propositions]).toEqual([null, decide(by).propositions]);
  });

  it('has no rejection that cannot happen', () => {
    expect(Object.keys(REJECTIONS).sort()).toEqual([
      'authState',
      'consent',
      'lowerPriority',
      'notInAudience',
      'notYet',
      'over',
    ]);
  });
});

it('fallbacks carry the reason of their caller, and nothing for a placement that is none', () => {
  expect(
    decideFallbacks(rules(offer('x')), ['hero', 'nope'], 'r', 'degraded').map(({ offer: id, content, reason }) => [
      id,
      content,
      reason,
    ]),
  ).toEqual([
    [null, 'fallback', 'degraded'],
    [null, null, 'unknownPlacement'],
  ]);
});
