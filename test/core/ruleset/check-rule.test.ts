import { describe, expect, it } from 'vitest';
import { checkRule } from '../../../core/ruleset/check-rule.ts';
import { eventLabels } from '../../../core/ruleset/event-labels.ts';
import type { readRule } from '../../../core/ruleset/rule-form.ts';
import { attribute, measure, NOW, segment, tree } from './ruleset-fixture.ts';

const DRAFT = [
  { kind: 'attribute', id: 'tier', body: attribute({ labels: ['sensitive'] }) },
  { kind: 'measure', id: 'taste', body: measure('taste', 'xEvent[inSegment("gold")].favourite(category)') },
  { kind: 'measure', id: 'notes', body: measure('notes', 'xEvent[eventType = "order.placed"].last(giftNote)') },
  { kind: 'segment', id: 'gold', body: segment('gold', 'tier = "gold"', { purpose: 'advertising' }) },
  { kind: 'segment', id: 'broken', body: segment('broken', 'nothing = 1') },
  { kind: 'segment', id: 'old', body: { id: 'old', rule: { op: 'attribute' } } },
];
const check = (rule: Parameters<typeof readRule>[0], change: object = {}) =>
  checkRule({ rule, as: 'segment', id: null, purpose: 'personalization', ...change }, DRAFT, NOW);

describe('a checked rule', () => {
  it('reads what the measures and segments on its way read', () => {
    expect(check('taste = "men"')).toMatchObject({
      problems: [],
      lineage: {
        attributes: ['tier'],
        labels: ['sensitive'],
        measures: ['taste'],
        segments: ['gold'],
        purposes: ['personalization', 'advertising'],
      },
    });
    expect(check('notes', { as: 'measure' }).lineage).toMatchObject({
      events: [{ type: 'order.placed', fields: ['giftNote'] }],
      labels: ['freeText'],
    });
  });

  it('does not care for what it does not lead to, and names what it does', () => {
    expect(check('tier = "gold"').problems).toEqual([]);
    expect(check('inSegment("broken")').problems).toMatchObject([
      { kind: 'segment', id: 'broken', pointer: '/rule', code: 'unknownName' },
    ]);
    expect(check('inSegment("old")').problems).toMatchObject([{ id: '', pointer: '/rule', code: 'unknownSegment' }]);
    expect(check('inSegment("gould")').problems[0]?.detail).toContain('"gold"');
  });

  it('stands in for the resource of its id', () => {
    expect(check('inSegment("gold") and taste = "x"', { id: 'gold' }).problems).toMatchObject([
      { id: 'gold', code: 'cycle' },
    ]);
    expect(check('taste', { id: 'taste', as: 'measure' }).problems).toMatchObject([
      { kind: 'measure', id: 'taste', code: 'cycle' },
    ]);
    expect(check('tier != "gold"', { id: 'gold' }).problems).toEqual([]);
  });

  it('keeps the positions of the text that came', () => {
    expect(check('  tier =\n "gold" and teir = 1').problems).toMatchObject([{ line: 2, column: 13 }]);
    expect(check({ op: 'and', of: [tree('tier = "gold"'), tree('teir = 1')] })).toMatchObject({
      views: { text: 'tier = "gold" and teir = 1' },
      problems: [{ line: 1, column: 19 }],
    });
    expect(check('tier = ')).toMatchObject({ tree: null, views: null, problems: [{ code: 'syntax' }] });
  });
});

it.each([
  ['order.placed', 'total', ['money']],
  ['order.placed', 'items', []],
  ['order.placed', 'totals', []],
  ['profile.updated', 'attributes.email', ['contact', 'name', 'address']],
  ['custom.thing', 'total', []],
  ['*', 'giftNote', ['freeText']],
])('the labels of %s %s', (type, path, labels) => {
  expect(eventLabels(type, path)).toEqual(labels);
});
