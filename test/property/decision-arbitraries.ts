import fc from 'fast-check';
import type { CompiledCap, CompiledOffer, CompiledPlacement, CompiledRanker } from '../../core/decision/compiled.ts';
import type { DecisionSubject } from '../../core/decision/decision-subject.ts';
import type { CompiledEffect } from '../../core/decision/experiment-effect.ts';
import { AUTH_STATES } from '../../core/event/event.ts';
import type { CompiledExperiment } from '../../core/experiment/compiled-experiment.ts';
import { ALL_PURPOSES_MASK } from '../../core/policy/purposes.ts';
import { at, experiment, NOW, offer, placement, type RulesParts } from '../core/decision/build-rules.ts';

/** Small rulesets in which everything is near everything else, and visitors for them. */
const RULES = 6;
const OFFER_IDS = ['a', 'b', 'c', 'd', 'e', 'constructor'];
const PLACEMENT_IDS = ['hero', 'side', 'foot'];
const RANKER_IDS = ['manual', 'formula', 'affinity', 'recommended', 'plain'];
const DAY_MS = 86_400_000;

const few = <T>(from: readonly T[], maxLength = from.length) => fc.uniqueArray(fc.constantFrom(...from), { maxLength });
const rule = fc.nat(RULES - 1);
const seldom = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 });
/** Members that are left out are not there at all. */
const present = <T extends object>(parts: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as never;

const cap = (own: string | null) =>
  fc.oneof(
    fc.record({ rule, placement: fc.constantFrom(own, ...PLACEMENT_IDS) }),
    fc
      .record({
        decisions: fc.integer({ min: 1, max: 3 }),
        placement: fc.constantFrom(own, ...PLACEMENT_IDS),
      })
      .chain(({ decisions, placement: where }) =>
        fc
          .constantFrom(
            { windowMs: null, calendar: null },
            { windowMs: 2 * DAY_MS, calendar: null },
            { windowMs: null, calendar: 'day' as const },
          )
          .map((window): CompiledCap => ({ decisions, placement: where, ...window })),
      ),
  );

const contents = (id: string) =>
  fc.constantFrom<CompiledOffer['contents']>(
    { html: { '': { value: id } } },
    { html: { '': { value: id }, ko: { value: `${id} ko` } } },
    {
      html: {
        '': {
          value: '',
          templates: { '': ['for ', { path: 'attribute.name', as: 'text' }] },
          needs: ['attribute.name'],
          reads: ['attribute.name', 'measure.tier'],
        },
        'pt-BR': { value: 'oi' },
      },
    },
    { html: { '': { value: id } } },
    { json: { '': { value: 1 } } },
  );

const offers = fc
  .tuple(
    ...OFFER_IDS.map((id) =>
      fc
        .record({
          placements: few(PLACEMENT_IDS),
          priority: fc.constantFrom(0, 0, 1),
          purpose: fc.constantFrom('personalization' as const, 'personalization' as const, 'advertising' as const),
          requires: fc.constantFrom(...AUTH_STATES, 'anonymous' as const, 'anonymous' as const),
          rule: fc.option(rule, { freq: 2 }),
          from: fc.constantFrom(null, null, null, at(1), NOW),
          until: fc.constantFrom(null, null, null, at(1), NOW),
          caps: fc.array(cap(null), { maxLength: 2 }),
          suppression: seldom(fc.array(rule, { minLength: 1, maxLength: 2 })).map((list) => list ?? []),
          contents: contents(id),
          tags: few(['red', 'blue']),
          item: seldom(fc.constantFrom('i1', 'i2', 'i3')),
          exclusionGroup: seldom(fc.constantFrom('g1', 'g2')),
          budget: seldom(fc.constant({ total: 10 })),
        })
        .map((more) => offer(id, present(more))),
    ),
  )
  .chain((all) => fc.shuffledSubarray(all, { minLength: 1 }));

const placements = fc.tuple(
  ...PLACEMENT_IDS.map((id) =>
    fc
      .record({
        count: fc.constantFrom(undefined, undefined, 2),
        priority: fc.constantFrom(undefined, 1, 2),
        dedupeGroup: fc.constantFrom(undefined, 'page'),
        ranker: fc.constantFrom(undefined, undefined, ...RANKER_IDS),
        caps: fc.array(
          cap(id).map((each) => ({ ...each, placement: id })),
          { maxLength: 1 },
        ),
      })
      .map((more): CompiledPlacement => placement(id, present(more))),
  ),
);

const rankers = fc
  .record({ order: few(OFFER_IDS), cells: fc.array(fc.nat(3), { minLength: 6, maxLength: 6 }) })
  .map(({ order, cells }): readonly CompiledRanker[] => [
    { id: 'manual', name: 'manual', method: 'manual', order },
    {
      id: 'formula',
      name: 'formula',
      method: 'formula',
      cells: Object.fromEntries(OFFER_IDS.slice(0, 5).map((id, i) => [id, cells[i] as number])),
    },
    { id: 'affinity', name: 'affinity', method: 'affinity', cell: 9 },
    { id: 'recommended', name: 'recommended', method: 'recommendation', strategy: 's' },
    { id: 'plain', name: 'plain', method: 'priority' },
  ]);

type Tested = { readonly experiment: CompiledExperiment; readonly effect: CompiledEffect };

const tested = (id: string): fc.Arbitrary<Tested> =>
  fc
    .record({
      on: fc.oneof(
        fc.constantFrom(...OFFER_IDS).map((of) => ({ kind: 'offer' as const, id: of })),
        fc.constantFrom(...PLACEMENT_IDS).map((of) => ({ kind: 'placement' as const, id: of })),
        fc.constantFrom(...RANKER_IDS).map((of) => ({ kind: 'ranker' as const, id: of })),
        fc.constant({ kind: 'segment' as const, id: 'fans' }),
      ),
      use: fc.constantFrom('nothing' as const, 'offer' as const, 'content' as const),
      other: fc.constantFrom(...OFFER_IDS),
      ranker: fc.constantFrom(...RANKER_IDS),
      holdout: fc.constantFrom(0, 0, 0.4),
      coverage: fc.constantFrom(1, 0.8),
      rules: fc.dictionary(fc.constantFrom(...OFFER_IDS), rule),
      status: fc.constantFrom('running' as const, 'running' as const, 'stopped' as const),
    })
    .map(({ on, use, other, ranker, holdout, coverage, rules, status }): Tested => {
      const value = (() => {
        if (on.kind === 'ranker') return { use: 'ranker' as const, id: ranker };
        if (on.kind === 'segment') return { use: 'segment' as const, id: 'others' };
        if (use === 'offer') return { use, id: other };
        return use === 'content' ? { use, content: 'own' } : { use };
      })();
      return {
        experiment: experiment(id, {
          on,
          status,
          holdout,
          coverage,
          winner: status === 'stopped' ? 1 : null,
          variants: [
            { id: 'control', weight: 0.5, value: { use: 'default' } },
            { id: 'other', weight: 0.5, value },
          ],
        }),
        effect: {
          experiment: id,
          ...(value.use === 'content' && { contents: { other: { html: { '': { value: `${id} own` } } } } }),
          ...(on.kind === 'segment' && { rules: { other: rules } }),
        },
      };
    });

export const rulesArbitrary: fc.Arbitrary<RulesParts> = fc
  .record({
    offers,
    placements,
    rankers,
    tested: fc.tuple(tested('x1'), tested('x2'), tested('x3')).chain((all) => fc.subarray(all)),
    holdout: fc.constantFrom(null, null, { share: 0.3, salt: 'main', version: 1 }),
  })
  .map(({ tested: all, ...rest }) => ({
    ...rest,
    experiments: all.map((each) => each.experiment),
    effects: all.map((each) => each.effect),
  }));

const instants = fc
  .array(fc.integer({ min: 0, max: 4 * DAY_MS }), { maxLength: 3 })
  .map((ages) => ages.sort((a, b) => a - b).map((age) => NOW - age));
const ledgerKeys = [...OFFER_IDS, ...PLACEMENT_IDS.flatMap((place) => [`|${place}`, `a|${place}`, `b|${place}`])];

export const subjectArbitrary: fc.Arbitrary<DecisionSubject> = fc
  .record({
    state: fc.constantFrom(...AUTH_STATES),
    consented: fc.constantFrom(ALL_PURPOSES_MASK, ALL_PURPOSES_MASK, ALL_PURPOSES_MASK & ~8, 1),
    bits: fc.array(fc.constantFrom(0, 1, 1), { minLength: RULES, maxLength: RULES }),
    unit: fc.option(
      fc.integer({ min: 0, max: 50 }).map((n) => `prf_${n}`),
      { nil: undefined },
    ),
    languages: fc.constantFrom(undefined, ['ko-KR', 'en'], ['pt-BR'], ['pt']),
    name: fc.constantFrom(undefined, null, 'Sarah'),
    numbers: fc.array(fc.option(fc.integer({ min: 0, max: 2 })), { minLength: 4, maxLength: 4 }),
    interests: fc.option(fc.constantFrom({ red: 1 }, { blue: 2, red: 0.5 })),
    items: few(['i1', 'i2', 'i3']),
    ledger: fc.dictionary(fc.constantFrom(...ledgerKeys), instants, { maxKeys: 5 }),
    leases: fc.dictionary(fc.constantFrom(...OFFER_IDS), fc.nat(2)),
  })
  .map(
    ({ bits, name, numbers, interests, items, ...rest }): DecisionSubject => ({
      ...present(rest),
      now: NOW,
      members: Uint8Array.from(bits),
      value: (cell) => (cell === 9 ? interests : (numbers[cell] ?? null)),
      publicValue: (path) => (path === 'attribute.name' ? name : undefined),
      recommend: () => items,
    }),
  );

export const askedArbitrary = fc.array(fc.constantFrom(...PLACEMENT_IDS, ...PLACEMENT_IDS, 'nope'), {
  minLength: 1,
  maxLength: 4,
});
