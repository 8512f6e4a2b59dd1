import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../core/event/event.ts';
import type { CompiledExperiment } from '../../../core/experiment/compiled-experiment.ts';
import { loadExperiments } from '../../../core/experiment/loaded-experiments.ts';
import { packAssignments } from '../../../core/experiment/packed-assignments.ts';
import { choicesOf, joinChoices } from '../../../core/interaction/choices.ts';
import { noteHoldouts } from '../../../core/interaction/note-holdouts.ts';
import { noteResults } from '../../../core/interaction/note-results.ts';
import { countVariants, variantsDecided } from '../../../core/interaction/note-variants.ts';
import type { OutboxChunk } from '../../../core/interaction/outbox.ts';
import type { Results } from '../../../core/interaction/results.ts';
import type { EventId, Instant, SourceId } from '../../../core/lib/ids.ts';
import type { JsonObject } from '../../../core/lib/json.ts';
import { createStrand, type Strand } from '../../../core/profile/strand.ts';
import { createLog, insertEvent } from '../../../core/segment/runtime/log/log.ts';

const NOW = Date.UTC(2026, 10, 22) as Instant;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const at = (ms: number) => (NOW + ms) as Instant;
let serial = 0;
const fact = (type: string, when: Instant, data: JsonObject = {}, sentBy: Fact['sentBy'] = 'server'): Fact => ({
  id: `e${++serial}` as EventId,
  source: 'web' as SourceId,
  type,
  at: when,
  receivedAt: when,
  purposes: 1,
  sentBy,
  data,
  context: {},
  strand: 0,
  auth: 'recognised',
});
const strandOf = (value: string): Strand => createStrand({ namespace: 'device', value }, 'anonymous', 1, NOW);
const EXPERIMENT: CompiledExperiment = {
  id: 'test',
  version: 1,
  status: 'running',
  on: { kind: 'placement', id: 'hero' },
  coverage: 1,
  layer: null,
  holdout: 0,
  exemptFromGlobalHoldout: false,
  purpose: 'necessary',
  variants: [
    { id: 'a', weight: 0.5, value: { use: 'default' } },
    { id: 'b', weight: 0.5, value: { use: 'nothing' } },
  ],
  metrics: [
    { id: 'orders', kind: 'conversion', event: 'order.placed', better: 'higher' },
    { id: 'visits', kind: 'count', event: 'page.viewed', better: 'higher' },
    { id: 'revenue', kind: 'revenue', event: 'order.placed', better: 'higher' },
  ],
  primaryMetric: 'orders',
  rule: null,
  hash: { key: 'test', version: 2, attribute: 'profile' },
  startedAt: null,
  stoppedAt: null,
  winner: null,
};
const experiments = loadExperiments({ format: 1, holdout: null, experiments: [EXPERIMENT] });
const log = () => createLog({ types: null, columns: [] });
const exposed = (when: Instant) => fact('experiment.exposed', when, { experiment: 'test', version: 1, variant: 'b' });
const assigned = (strand: Strand, variant: string, when: Instant) => {
  const one = { experiment: 'test', version: 1, variant, at: when, by: 'profile', seen: [] };
  strand.choices = { ...strand.choices, assigned: packAssignments([one]) };
};
const testsOf = ({ data }: Fact) => experiments.all.filter(({ id }) => id === data.experiment);
function note(strands: readonly Strand[], facts: readonly Fact[], past = log(), tested = experiments): Results {
  const results: Results = {};
  noteResults({ strands, through: strands[0] as Strand, log: past, experiments: tested, testsOf }, facts, results);
  return results;
}

describe('an order', () => {
  const touch = (type: string, when: Instant, offer: string) =>
    fact(type, when, { placement: 'hero', offer }, 'browser');
  const dueTo = (facts: readonly Fact[]) => note([strandOf('d')], facts);
  const placed = (when: Instant, more: JsonObject = {}) => fact('order.placed', when, { total: 30, ...more });

  it('is due to the last click within seven days', () => {
    const facts = [
      touch('proposition.clicked', at(0), 'old'),
      touch('proposition.clicked', at(HOUR), 'clicked'),
      touch('proposition.displayed', at(2 * HOUR), 'seen'),
      placed(at(7 * DAY + HOUR)),
    ];
    expect(dueTo(facts)).toEqual({ 'offer\nhero\nclicked': [1, 30] });
    expect(dueTo([...facts.slice(0, 3), placed(at(7 * DAY + HOUR + 1))])).toEqual({});
  });

  it('else to the last impression within a day, and never to what came after it', () => {
    expect(dueTo([touch('proposition.displayed', at(0), 'seen'), placed(at(DAY))])).toEqual({
      'offer\nhero\nseen': [1, 30],
    });
    expect(dueTo([touch('proposition.displayed', at(0), 'seen'), placed(at(DAY + 1))])).toEqual({});
    expect(dueTo([touch('proposition.clicked', at(2), 'later'), placed(at(1))])).toEqual({});
  });

  it('is due to nothing that is no id', () => {
    const strand = strandOf('d');
    const strange = ['x\nexperiment', 'X', '', 'a'.repeat(500)];
    const facts = strange.map((name, i) => touch('proposition.clicked', at(i), name));
    expect(note([strand], [...facts, placed(at(HOUR))])).toEqual({});
    expect(strand.choices).toBeUndefined();
  });

  it('counts only when a server tells it', () => {
    const claimed = fact('order.placed', at(1), { total: 30 }, 'browser');
    expect(dueTo([touch('proposition.clicked', at(0), 'x'), claimed])).toEqual({});
  });

  it('finds what was clicked on another device', () => {
    const [phone, desk] = [strandOf('phone'), strandOf('desk')];
    note([phone, desk], [touch('proposition.clicked', at(0), 'x')]);
    expect(note([desk, phone], [placed(at(1))])).toEqual({ 'offer\nhero\nx': [1, 30] });
  });
});

describe('an experiment', () => {
  it('counts people from their exposure on, conversions once, and money with what was given back', () => {
    const strand = strandOf('d');
    assigned(strand, 'b', at(0));
    const past = log();
    for (const when of [-40 * DAY, -20 * DAY, -DAY]) insertEvent(past, fact('page.viewed', at(when)));
    expect(note([strand], [fact('order.placed', at(1), { total: 5 })], past)).toEqual({});
    expect(note([strand], [exposed(at(2)), exposed(at(3))], past)).toEqual({
      'exposure\ntest\n1\nb': [1],
      'experiment\ntest\n1\nb\norders': [1, 0, 0, 0, 0, 0, 0],
      'experiment\ntest\n1\nb\nvisits': [1, 0, 0, 0, 2, 4, 0],
      'experiment\ntest\n1\nb\nrevenue': [1, 0, 0, 0, 0, 0, 0],
    });
    const facts = [
      fact('page.viewed', at(4)),
      fact('page.viewed', at(5)),
      fact('order.placed', at(6), { total: 10 }),
      fact('order.placed', at(7), { total: 20 }),
      fact('order.refunded', at(8), { total: 4 }),
    ];
    expect(note([strand], facts, past)).toEqual({
      // Twice, of somebody who came twice before: sum 2, squares 4, cross 2 · 2.
      'experiment\ntest\n1\nb\nvisits': [0, 1, 2, 4, 0, 0, 4],
      'experiment\ntest\n1\nb\norders': [0, 1, 1, 1, 0, 0, 0],
      'experiment\ntest\n1\nb\nrevenue': [0, 1, 26, 676, 0, 0, 0],
    });
  });

  it('adds up to the sums of people, whatever the order', () => {
    const totals = [3, 0, 5, 1];
    const results: Results = {};
    for (const [i, count] of totals.entries()) {
      const strand = strandOf(`d${i}`);
      assigned(strand, 'b', at(0));
      const facts = [exposed(at(1)), ...Array.from({ length: count }, (_, n) => fact('page.viewed', at(2 + n)))];
      for (const each of facts)
        noteResults({ strands: [strand], through: strand, log: log(), experiments, testsOf }, [each], results);
    }
    expect(results['experiment\ntest\n1\nb\nvisits']?.slice(0, 4)).toEqual([4, 3, 9, 35]);
  });

  it('does not count whom nobody assigned, or who was kept out', () => {
    const strand = strandOf('d');
    expect(note([strand], [exposed(at(2))])).toEqual({});
    assigned(strand, '~held', at(0));
    expect(note([strand], [exposed(at(2)), fact('page.viewed', at(3))])).toEqual({});
  });
});

describe('what a variant decided', () => {
  const shown = (type: string, variant: string, when = at(1)) =>
    fact(type, when, { placement: 'hero', experiment: 'test', variant }, 'browser');

  it('was shown and clicked by whom it was assigned to, whatever the page says', () => {
    const strand = strandOf('d');
    assigned(strand, 'b', at(0));
    const facts = [shown('proposition.displayed', 'a'), shown('proposition.displayed', 'b')];
    expect(note([strand], [...facts, shown('proposition.clicked', 'b')])).toEqual({ 'variant\ntest\n1\nb': [0, 2, 1] });
    assigned(strand, '~held', at(0));
    expect(note([strand], facts)).toEqual({});
    expect(note([strandOf('nobody')], facts)).toEqual({});
  });

  it('is counted as often as it is proposed, and taken back whole', () => {
    const told = { id: 'prp', placement: 'hero', kind: 'html', offer: null, content: null } as const;
    const names = variantsDecided(
      [
        { ...told, reason: 'assigned', experiment: 'test', variant: 'b' },
        { ...told, reason: 'eligible', experiment: 'test', variant: 'a' },
        { ...told, reason: 'holdout', experiment: 'test' },
        { ...told, reason: 'assigned', experiment: 'gone', variant: 'b' },
      ],
      { experiments },
    );
    expect(names).toEqual(['variant\ntest\n1\nb']);
    const chunk: OutboxChunk = { id: 1, deadline: NOW, facts: [], changes: [], decisions: {} };
    countVariants(chunk, [], 1);
    expect(chunk).not.toHaveProperty('results');
    countVariants(chunk, names, 1);
    countVariants(chunk, names, 1);
    expect(chunk.results).toEqual({ 'variant\ntest\n1\nb': [2, 0, 0] });
    countVariants(chunk, names, -1);
    expect(chunk.results).toEqual({ 'variant\ntest\n1\nb': [1, 0, 0] });
    countVariants(chunk, names, -1);
    expect(chunk).not.toHaveProperty('results');
  });
});

describe('a holdout', () => {
  const holding = loadExperiments({
    format: 1,
    holdout: { share: 0.1, salt: 'main', version: 3 },
    experiments: [{ ...EXPERIMENT, holdout: 0.2 }],
  });
  const one = (experiment: string, version: number, variant: string) =>
    ({ experiment, version, variant, at: at(0), by: 'profile', seen: [] }) as const;
  function tell(made: readonly ReturnType<typeof one>[], past = log()) {
    const strand = strandOf('d');
    strand.choices = { assigned: packAssignments(made) };
    const results: Results = {};
    noteHoldouts(holding, strand, past, made, at(0), results);
    return { strand, results };
  }

  it('counts who is kept out and who is not from when they are told, with what they did before', () => {
    const past = log();
    insertEvent(past, fact('page.viewed', at(-DAY)));
    for (const [variant, side] of [
      ['~held', '~held'],
      ['a', '~open'],
      ['b', '~open'],
    ] as const) {
      expect(tell([one('test', 1, variant)], past).results).toEqual({
        [`exposure\ntest\n1\n${side}`]: [1],
        [`experiment\ntest\n1\n${side}\norders`]: [1, 0, 0, 0, 0, 0, 0],
        [`experiment\ntest\n1\n${side}\nvisits`]: [1, 0, 0, 0, 1, 1, 0],
        [`experiment\ntest\n1\n${side}\nrevenue`]: [1, 0, 0, 0, 0, 0, 0],
      });
    }
    for (const side of ['~held', '~open']) {
      expect(tell([one('~holdout', 3, side)]).results).toEqual({
        [`exposure\n~holdout\n3\n${side}`]: [1],
        [`experiment\n~holdout\n3\n${side}\norders`]: [1, 0, 0, 0, 0, 0, 0],
        [`experiment\n~holdout\n3\n${side}\nrevenue`]: [1, 0, 0, 0, 0, 0, 0],
      });
    }
    // Of another version, and of nothing that is live.
    expect(tell([one('~holdout', 2, '~held'), one('test', 2, '~held'), one('gone', 1, '~held')]).results).toEqual({});
  });

  it('counts what both sides do then, beside what counts for a variant that was seen', () => {
    const { strand } = tell([one('test', 1, 'b'), one('~holdout', 3, '~open')]);
    const order = (when: Instant) => fact('order.placed', when, { total: 7 });
    expect(note([strand], [order(at(0))], log(), holding)).toEqual({});
    const sides = {
      'experiment\ntest\n1\n~open\norders': [0, 1, 1, 1, 0, 0, 0],
      'experiment\ntest\n1\n~open\nrevenue': [0, 1, 7, 49, 0, 0, 0],
      'experiment\n~holdout\n3\n~open\norders': [0, 1, 1, 1, 0, 0, 0],
      'experiment\n~holdout\n3\n~open\nrevenue': [0, 1, 7, 49, 0, 0, 0],
    };
    expect(note([strand], [order(at(1))], log(), holding)).toEqual(sides);
    note([strand], [exposed(at(2))], log(), holding);
    expect(note([strand], [order(at(3))], log(), holding)).toEqual({
      'experiment\ntest\n1\nb\norders': [0, 1, 1, 1, 0, 0, 0],
      'experiment\ntest\n1\nb\nrevenue': [0, 1, 7, 49, 0, 0, 0],
      // The second of the same person: 14 squared is 196, 49 were counted.
      'experiment\ntest\n1\n~open\nrevenue': [0, 0, 7, 147, 0, 0, 0],
      'experiment\n~holdout\n3\n~open\nrevenue': [0, 0, 7, 147, 0, 0, 0],
    });
    const { strand: out } = tell([one('test', 1, '~held')]);
    expect(note([out], [exposed(at(1)), order(at(2))], log(), holding)).toEqual({
      'experiment\ntest\n1\n~held\norders': [0, 1, 1, 1, 0, 0, 0],
      'experiment\ntest\n1\n~held\nrevenue': [0, 1, 7, 49, 0, 0, 0],
    });
  });
});

describe('choices', () => {
  it('of a device that comes later do not move the person', () => {
    const [own, device] = [strandOf('own'), strandOf('device')];
    assigned(own, 'a', at(DAY));
    assigned(device, 'b', at(0));
    expect(choicesOf([own, device]).assignments).toMatchObject([{ variant: 'b' }]);
    device.choices = { ...device.choices, since: at(2 * DAY) };
    expect(choicesOf([own, device]).assignments).toMatchObject([{ variant: 'a' }]);
    // Alone, it is as it was.
    expect(choicesOf([device]).assignments).toMatchObject([{ variant: 'b' }]);
  });

  it('of two strands that become one all count, in any order', () => {
    const make = () => {
      const [one, other] = [strandOf('1'), strandOf('2')];
      one.choices = { decided: { x: [5, 1] }, touches: [['p', 'o', 1, 1]], totals: { k: [1, 2] } };
      other.choices = { decided: { x: [3], y: [2] }, touches: [['p', 'o', 9, 0]], totals: { k: [4, 0], l: [1, 1] } };
      return [one, other] as const;
    };
    const [one, other] = make();
    joinChoices(one, other);
    const [first, second] = make();
    joinChoices(second, first);
    expect(one.choices).toEqual(second.choices);
    expect(one.choices).toEqual({
      decided: { x: [5, 3, 1], y: [2] },
      touches: [
        ['p', 'o', 9, 0],
        ['p', 'o', 1, 1],
      ],
      totals: { k: [5, 2], l: [1, 1] },
    });
  });
});
