import { describe, expect, it } from 'vitest';
import { withContents } from '../../../core/decision/contents.ts';
import { decidePlacements } from '../../../core/decision/decide.ts';
import type { CompiledExperiment } from '../../../core/experiment/compiled-experiment.ts';
import { experiment, offer, placement, type RulesParts, rulesOf, subject } from './build-rules.ts';

type Value = CompiledExperiment['variants'][number]['value'];
const both = (value: Value): CompiledExperiment['variants'] => [
  { id: 'control', weight: 0.5, value: { use: 'default' } },
  { id: 'other', weight: 0.5, value },
];
const parts: RulesParts = {
  placements: [placement('hero')],
  offers: [offer('a', { priority: 1 }), offer('b'), offer('guest', { placements: [] })],
};

/** What people of the two variants see, and the others by coverage or holdout. */
function seen(tested: Partial<CompiledExperiment>, more: RulesParts = {}, members = new Uint8Array(8)) {
  const rules = rulesOf({ ...parts, experiments: [experiment('x', tested)], ...more });
  const byVariant = new Map<string, string>();
  for (let i = 0; i < 300; i++) {
    const done = decidePlacements(rules, subject({ unit: `prf_${i}`, members }), ['hero'], { requestId: 'r' });
    const shown = withContents(done.propositions, rules)[0];
    const made = done.assignments.find((each) => each.experiment === 'x')?.variant ?? 'none';
    byVariant.set(made, `${shown?.offer} ${shown?.content} ${shown?.reason} ${shown?.experiment} ${shown?.variant}`);
  }
  return Object.fromEntries(byVariant);
}

describe('an experiment', () => {
  it('on an offer: hides it', () => {
    expect(seen({ variants: both({ use: 'nothing' }) })).toEqual({
      control: 'a a assigned x control',
      other: 'b b assigned x other',
    });
  });

  it('on an offer: has another one in its place', () => {
    expect(seen({ variants: both({ use: 'offer', id: 'guest' }) })).toEqual({
      control: 'a a assigned x control',
      other: 'guest guest assigned x other',
    });
  });

  it('on an offer: has other content', () => {
    const effects = [{ experiment: 'x', contents: { other: { html: { '': { value: 'new' } } } } }];
    expect(seen({ variants: both({ use: 'content', content: 'new' }) }, { effects })).toEqual({
      control: 'a a assigned x control',
      other: 'a new assigned x other',
    });
  });

  it('on an offer that would not be shown anyway says nothing', () => {
    expect(seen({ on: { kind: 'offer', id: 'b' } })).toEqual({
      control: 'a a eligible undefined undefined',
      other: 'a a eligible undefined undefined',
    });
  });

  it.each<[string, Value, string]>([
    ['one offer', { use: 'offer', id: 'b' }, 'b b assigned x other'],
    ['an offer from elsewhere', { use: 'offer', id: 'guest' }, 'guest guest assigned x other'],
    ['nothing', { use: 'nothing' }, 'null hero fallback assigned x other'],
    ['another order', { use: 'ranker', id: 'hand' }, 'b b assigned x other'],
    ['content of its own', { use: 'content', content: 'own' }, 'null own assigned x other'],
  ])('on a placement: %s', (_, value, expected) => {
    const rankers = [{ id: 'hand', name: '', method: 'manual' as const, order: ['b'] }];
    const contents = { other: { html: { '': { value: 'own' } } } };
    const effects = value.use === 'content' ? [{ experiment: 'x', contents }] : [];
    expect(seen({ on: { kind: 'placement', id: 'hero' }, variants: both(value) }, { rankers, effects })).toEqual({
      control: 'a a assigned x control',
      other: expected,
    });
  });

  it('on a placement where nothing else fits: who sees the fallback is compared with who sees something', () => {
    const on = { kind: 'placement' as const, id: 'hero' };
    const effects = [{ experiment: 'x', contents: { other: { html: { '': { value: 'own' } } } } }];
    for (const offers of [[], [offer('a', { rule: 0 })]])
      expect(seen({ on, variants: both({ use: 'content', content: 'own' }) }, { effects, offers })).toEqual({
        control: 'null hero fallback assigned x control',
        other: 'null own assigned x other',
      });
    const guest = [offer('guest', { placements: [] })];
    expect(seen({ on, variants: both({ use: 'offer', id: 'guest' }) }, { offers: guest })).toEqual({
      control: 'null hero fallback assigned x control',
      other: 'guest guest assigned x other',
    });
    const ranked = { on: { kind: 'ranker' as const, id: 'r' }, variants: both({ use: 'ranker', id: 'r' }) };
    expect(seen(ranked, { offers: [], placements: [placement('hero', { ranker: 'r' })] })).toEqual({
      control: 'null hero fallback noneEligible undefined undefined',
      other: 'null hero fallback noneEligible undefined undefined',
    });
  });

  it('on a placement: content that needs what is not known gives way to the fallback, and is compared all the same', () => {
    const greeting = {
      value: '',
      templates: { '': ['Hello ', { path: 'attribute.name', as: 'text' as const }] },
      needs: ['attribute.name'],
      reads: ['attribute.name'],
    };
    const effects = [{ experiment: 'x', contents: { other: { html: { '': greeting } } } }];
    const on = { kind: 'placement' as const, id: 'hero' };
    const variants = both({ use: 'content', content: 'Hello {{attribute.name}}' });
    expect(seen({ on, variants }, { effects }).other).toBe('null hero fallback assigned x other');
    const rules = rulesOf({ ...parts, experiments: [experiment('x', { on, variants })], effects });
    const known = (i: number) => subject({ unit: `prf_${i}`, publicValue: () => 'Ada' });
    const shown = Array.from({ length: 20 }, (_, i) => {
      const { propositions } = decidePlacements(rules, known(i), ['hero'], { requestId: 'r' });
      return withContents(propositions, rules)[0]?.content;
    });
    expect(new Set(shown)).toEqual(new Set(['a', 'Hello Ada']));
  });

  it('on a segment: who is shut out where nothing else fits is compared with who is let in', () => {
    const effects = [{ experiment: 'x', rules: { other: { a: 1 } } }];
    const tested = { on: { kind: 'segment' as const, id: 's' }, variants: both({ use: 'segment', id: 't' }) };
    expect(seen(tested, { effects, offers: [offer('a', { rule: 0 })] }, Uint8Array.of(1, 0))).toEqual({
      control: 'a a assigned x control',
      other: 'null hero fallback assigned x other',
    });
  });

  it('on a segment: another rule says who is eligible, and those for whom it is the same are not counted', () => {
    const effects = [{ experiment: 'x', rules: { other: { a: 1 } } }];
    const tested = { on: { kind: 'segment' as const, id: 's' }, variants: both({ use: 'segment', id: 't' }) };
    const offers = [offer('a', { priority: 1, rule: 0 }), offer('b')];
    expect(seen(tested, { effects, offers }, Uint8Array.of(1, 0))).toEqual({
      control: 'a a assigned x control',
      other: 'b b assigned x other',
    });
    expect(seen(tested, { effects, offers }, Uint8Array.of(1, 1))).toEqual({
      control: 'a a eligible undefined undefined',
      other: 'a a eligible undefined undefined',
    });
  });

  it('keeps people out of what is tested', () => {
    const kept = seen({ on: { kind: 'placement', id: 'hero' }, holdout: 0.3 });
    expect(kept['~held']).toBe('null hero fallback holdout x undefined');
    expect(seen({ holdout: 0.3 })['~held']).toBe('b b eligible undefined undefined');
  });

  it('that is over gives its winner to everybody and counts nobody', () => {
    expect(seen({ status: 'stopped', winner: 1 })).toEqual({ none: 'b b eligible undefined undefined' });
  });

  it('is measured against what is rolled out on the same thing, whatever their ids', () => {
    const on = { kind: 'placement', id: 'hero' } as const;
    const won = experiment('a-won', {
      status: 'stopped',
      winner: 1,
      on,
      variants: both({ use: 'offer', id: 'guest' }),
    });
    const running = experiment('x', { on, variants: both({ use: 'nothing' }) });
    expect(seen({}, { experiments: [won, running] })).toEqual({
      control: 'guest guest assigned x control',
      other: 'null hero fallback assigned x other',
    });
  });

  it('draws nothing for placements that it does not touch', () => {
    const rules = rulesOf({
      ...parts,
      placements: [placement('hero'), placement('side')],
      experiments: [experiment('x')],
      holdout: { share: 0.1, salt: 'main', version: 1 },
    });
    const done = decidePlacements(rules, subject({ unit: 'prf_1' }), ['side'], { requestId: 'r' });
    expect(done.assignments).toEqual([]);
  });

  it('keeps the variant that a person has, whatever the hash says', () => {
    const rules = rulesOf({ ...parts, experiments: [experiment('x')] });
    for (const variant of ['control', 'other']) {
      const assignments = [{ experiment: 'x', version: 1, variant, at: 0 as never, by: 'profile', seen: [] }];
      const done = decidePlacements(rules, subject({ unit: 'prf_1', assignments }), ['hero'], { requestId: 'r' });
      expect([done.propositions[0]?.variant, done.assignments]).toEqual([variant, []]);
    }
  });

  it('shows a preview the variant that it asks for, and stores nothing', () => {
    const rules = rulesOf({ ...parts, experiments: [experiment('x')] });
    const preview = { offers: {}, variants: { x: 'other' } };
    const done = decidePlacements(rules, subject({ unit: 'prf_1', preview }), ['hero'], { requestId: 'r' });
    expect(done.propositions[0]).toMatchObject({ offer: 'b', reason: 'forced', experiment: 'x', variant: 'other' });
    expect([done.assignments, done.isCounted]).toEqual([[], false]);
  });
});
