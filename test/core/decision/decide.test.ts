import { describe, expect, it } from 'vitest';
import { decideFallbacks, decidePlacements } from '../../../core/decision/decide.ts';
import type { DecisionRules } from '../../../core/decision/decision-rules.ts';
import { AUTH_STATES } from '../../../core/event/event.ts';
import { ALL_PURPOSES_MASK, NECESSARY_MASK } from '../../../core/policy/purposes.ts';
import { at, NOW, offer, placement, rulesOf, subject } from './build-rules.ts';

const rules = (...offers: Parameters<typeof offer>[]): DecisionRules =>
  rulesOf({ offers: offers.map((each) => offer(...each)) });
const decide = (by: DecisionRules, who = subject(), placements = ['hero']) =>
  decidePlacements(by, who, placements, { requestId: 'r', trace: true });
const why = (...given: Parameters<typeof decide>) => decide(...given).trace?.map(({ rejection }) => rejection);

describe('a schedule', () => {
  it.each([
    ['one millisecond before it begins', { from: at(1) }, 'notYet'],
    ['at its first instant', { from: NOW }, null],
    ['in its last millisecond', { until: at(1) }, null],
    ['at its end', { until: NOW }, 'over'],
    ['without an end', { from: at(-1) }, null],
  ])('%s', (_, schedule, rejection) => {
    expect(why(rules(['x', schedule]))).toEqual([rejection]);
  });
});

describe('the authentication state', () => {
  it.each(AUTH_STATES.flatMap((has) => AUTH_STATES.map((needs) => [has, needs] as const)))(
    '%s for an offer that needs %s',
    (state, requires) => {
      const enough = AUTH_STATES.indexOf(state) <= AUTH_STATES.indexOf(requires);
      expect(why(rules(['x', { requires }]), subject({ state }))).toEqual([enough ? null : 'authState']);
    },
  );
});

describe('choosing', () => {
  it('takes the first that fits and gives every other its reason', () => {
    const by = rules(
      ['a', { until: NOW }],
      ['b', { rule: 1 }],
      ['c', { purpose: 'advertising' }],
      ['d', { rule: 0 }],
      ['e'],
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
    expect(decide(rules(['x', { rule: 0 }])).propositions[0]).toMatchObject({
      offer: null,
      content: 'hero fallback',
      reason: 'noneEligible',
    });
    expect(decide(rules()).propositions[0]).toMatchObject({
      offer: null,
      content: 'hero fallback',
      reason: 'noOffers',
    });
    expect(decide(rules(), subject(), ['nope']).propositions[0]).toMatchObject({
      kind: null,
      content: null,
      reason: 'unknownPlacement',
    });
  });

  it('needs no consent for what is necessary, and consent for all else', () => {
    expect(why(rules(['x', { purpose: 'necessary' }]), subject({ consented: NECESSARY_MASK }))).toEqual([null]);
    expect(why(rules(['x']), subject({ consented: NECESSARY_MASK }))).toEqual(['consent']);
  });

  it('gives each placement of a request an id of its own, also the same one twice, and no offer twice', () => {
    const { propositions } = decide(rules(['x'], ['y']), subject(), ['hero', 'hero', 'hero', 'nope']);
    expect(propositions.map(({ id, offer: chosen, reason }) => [id, chosen, reason])).toEqual([
      ['prp_r_0', 'x', 'eligible'],
      ['prp_r_1', 'y', 'eligible'],
      ['prp_r_2', null, 'outranked'],
      ['prp_r_3', null, 'unknownPlacement'],
    ]);
  });

  it('gives a placement several offers, the best first, as far as there are', () => {
    const by = rulesOf({
      placements: [placement('hero', { count: 3 })],
      offers: [offer('a'), offer('b', { priority: 1 }), offer('c', { rule: 0 })],
    });
    const { propositions } = decide(by);
    expect(propositions.map(({ id, offer: chosen }) => [id, chosen])).toEqual([
      ['prp_r_0', 'b'],
      ['prp_r_0_1', 'a'],
    ]);
  });

  it('traces nothing unless asked, and chooses the same', () => {
    const by = rules(['a', { rule: 0 }], ['b']);
    const quiet = decidePlacements(by, subject(), ['hero'], { requestId: 'r' });
    expect([quiet.trace, quiet.propositions]).toEqual([null, decide(by).propositions]);
  });

  it('passes over what has no content for the kind of the placement', () => {
    expect(why(rules(['x', { contents: { json: { '': { value: 1 } } } }]))).toEqual(['noContent']);
  });

  it('divides ties by visitor, the same each time', () => {
    const by = rules(['a'], ['b'], ['c'], ['d']);
    const of = (unit: string) => decide(by, subject({ unit })).propositions[0]?.offer;
    const chosen = Array.from({ length: 400 }, (_, i) => of(`prf_${i}`));
    for (const id of ['a', 'b', 'c', 'd']) {
      const share = chosen.filter((each) => each === id).length / chosen.length;
      expect(share).toBeGreaterThan(0.15);
    }
    expect(chosen).toEqual(Array.from({ length: 400 }, (_, i) => of(`prf_${i}`)));
  });
});

describe('suppression and caps by rules', () => {
  it('lets an offer through while all its rules are true', () => {
    const by = rules(['x', { suppression: [0, 1], caps: [{ rule: 2, placement: null }] }]);
    const has = (...members: number[]) => why(by, subject({ members: Uint8Array.from(members) }));
    expect(has(1, 1, 1)).toEqual([null]);
    expect(has(1, 0, 1)).toEqual(['suppressed']);
    expect(has(1, 1, 0)).toEqual(['capped']);
  });

  it('looks at a cap of one placement in that placement alone', () => {
    const by = rulesOf({
      placements: [placement('hero'), placement('side')],
      offers: [offer('x', { placements: ['hero', 'side'], caps: [{ rule: 0, placement: 'side' }] })],
    });
    expect(decide(by, subject(), ['hero', 'side']).propositions.map((each) => each.offer)).toEqual(['x', null]);
  });

  it('uses what a rule caps once in an answer: nobody knows whether two more are allowed', () => {
    const by = rulesOf({
      placements: [placement('hero'), placement('side')],
      offers: [offer('x', { placements: ['hero', 'side'], caps: [{ rule: 0, placement: null }] })],
    });
    const { propositions, trace } = decide(by, subject({ members: Uint8Array.of(1) }), ['hero', 'side']);
    expect(propositions.map(({ offer: id, reason }) => [id, reason])).toEqual([
      ['x', 'eligible'],
      [null, 'outranked'],
    ]);
    expect(trace?.at(-1)?.rejection).toBe('capped');
  });

  it('tells a placement that is used up', () => {
    const by = rulesOf({
      placements: [placement('hero', { caps: [{ rule: 0, placement: 'hero' }] })],
      offers: [offer('x'), offer('y', { rule: 1 })],
    });
    const { propositions, trace } = decide(by);
    expect(propositions[0]?.reason).toBe('capped');
    expect(trace?.map(({ rejection }) => rejection)).toEqual(['placementCapped', 'notInAudience']);
  });
});

describe('arbitration', () => {
  const both = [placement('hero'), placement('side', { priority: 1 })];
  const shown = (by: DecisionRules, asked = ['hero', 'side']) =>
    decide(by, subject(), asked).propositions.map((each) => each.offer);

  it('lets the placement of the higher priority choose first', () => {
    const by = rulesOf({
      placements: both.map((each) => ({ ...each, dedupeGroup: 'page' })),
      offers: [offer('x', { placements: ['hero', 'side'] })],
    });
    expect(shown(by)).toEqual([null, 'x']);
  });

  it('keeps one offer of an exclusion group, which may stand in several places', () => {
    const group = { placements: ['hero', 'side'], exclusionGroup: 'g' };
    const by = rulesOf({ placements: both, offers: [offer('x', group), offer('y', { ...group, priority: 1 })] });
    expect(shown(by)).toEqual(['y', 'y']);
    const apart = rulesOf({
      placements: both,
      offers: [offer('x', { ...group, placements: ['hero'] }), offer('y', { ...group, placements: ['side'] })],
    });
    const { propositions, trace } = decide(apart, subject(), ['hero', 'side']);
    expect(propositions.map(({ offer: id, reason }) => [id, reason])).toEqual([
      [null, 'outranked'],
      ['y', 'eligible'],
    ]);
    expect(trace?.find((each) => each.offer === 'x')?.rejection).toBe('excluded');
  });

  it('spends of a budget what is at hand, and tells how much', () => {
    const by = rulesOf({
      placements: [...both, placement('foot')],
      offers: [offer('x', { placements: ['hero', 'side', 'foot'], budget: { total: 100 } })],
    });
    const asked = ['hero', 'side', 'foot'];
    expect(shown(by, asked)).toEqual([null, null, null]);
    const done = decidePlacements(by, subject({ leases: { x: 2 } }), asked, { requestId: 'r', trace: true });
    expect(done.propositions.map((each) => each.offer)).toEqual(['x', 'x', null]);
    expect([...done.leases]).toEqual([['x', 2]]);
    expect(done.trace?.at(-1)?.rejection).toBe('budgetSpent');
  });
});

describe('a preview', () => {
  const by = rulesOf({
    placements: [placement('hero')],
    offers: [
      offer('x', { rule: 0, caps: [{ decisions: 1, windowMs: null, calendar: null, placement: null }] }),
      offer('y'),
      offer('z', { placements: [], contents: {} }),
    ],
  });
  const previewed = (chosen: string) => decide(by, subject({ preview: { offers: { hero: chosen }, variants: {} } }));

  it('shows the offer whoever may have it, and counts nothing', () => {
    const done = previewed('x');
    expect(done.propositions[0]).toMatchObject({ offer: 'x', content: 'x', reason: 'forced' });
    expect([done.isCounted, done.noted.size, done.leases.size]).toEqual([false, 0, 0]);
  });

  it.each(['z', 'nobody', 'constructor'])('goes on as usual where it cannot: %s', (chosen) => {
    expect(previewed(chosen).propositions[0]).toMatchObject({ offer: 'y', reason: 'eligible' });
  });
});

it('fallbacks carry the reason of their caller, and nothing for a placement that is none', () => {
  expect(
    decideFallbacks(rules(['x']), ['hero', 'nope'], 'r', 'degraded').map(({ offer: id, content, reason }) => [
      id,
      content,
      reason,
    ]),
  ).toEqual([
    [null, 'hero fallback', 'degraded'],
    [null, null, 'unknownPlacement'],
  ]);
});
