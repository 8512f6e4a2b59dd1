import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../core/event/event.ts';
import type { CompiledExperiment } from '../../../core/experiment/compiled-experiment.ts';
import { loadExperiments } from '../../../core/experiment/loaded-experiments.ts';
import { packAssignments } from '../../../core/experiment/packed-assignments.ts';
import { choicesOf, joinChoices } from '../../../core/interaction/choices.ts';
import { noteResults } from '../../../core/interaction/note-results.ts';
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
function note(strands: readonly Strand[], facts: readonly Fact[], past = log()): Results {
  const results: Results = {};
  noteResults({ strands, through: strands[0] as Strand, log: past, experiments }, facts, results);
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
        noteResults({ strands: [strand], through: strand, log: log(), experiments }, [each], results);
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
