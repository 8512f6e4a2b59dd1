import { describe, expect, test } from 'vitest';
import { lineageOf } from '../../../core/segment/compile/lineage.ts';
import { compileRules, inputOf } from './compile-support.ts';

const { segments } = inputOf({
  base: 'country = "de" and xEvent[type = "order.placed" and price > 5 and shipTo.city like "U%"]',
  top: 'not inSegment("base") and spent > 10 and score("churn") > 0.5',
  through: 'inSegment("far")',
});
const compiled = compileRules(
  {},
  {
    segments: [...segments, { id: 'far', rule: 'born occurs today or xEvent[type = "far"]', purpose: 'advertising' }],
    measures: [
      { id: 'spent', expression: 'xEvent[type in ["order.placed", "b"]].sum(price)', purpose: 'analytics' },
      { id: 'double', expression: 'spent * 2 + xEvent.average(any)', purpose: 'sharing' },
    ],
    eventLabels: (type, path) => [
      ...(path === 'price' && type === 'order.placed' ? (['money'] as const) : []),
      ...(path === 'shipTo.city' ? (['address'] as const) : []),
      ...(path === 'any' && type === '*' ? (['freeText'] as const) : []),
    ],
  },
);
const of = (kind: 'segment' | 'measure', id: string) => lineageOf(compiled.lineage, kind, id);

describe('lineage', () => {
  test('of a rule that reads for itself', () => {
    expect(of('segment', 'base')).toEqual({
      attributes: ['country'],
      labels: ['address', 'location', 'money'],
      events: [{ type: 'order.placed', fields: ['price', 'shipTo.city'] }],
      measures: [],
      segments: [],
      models: [],
      purposes: ['personalization'],
    });
  });

  test('of a rule built on others, though the measure became a part of a threshold', () => {
    expect(of('segment', 'top')).toEqual({
      attributes: ['country'],
      labels: ['address', 'location', 'money'],
      events: [
        { type: 'b', fields: ['price'] },
        { type: 'order.placed', fields: ['price', 'shipTo.city'] },
      ],
      measures: ['spent'],
      segments: ['base'],
      models: ['churn'],
      purposes: ['analytics', 'personalization'],
    });
  });

  test('of a membership under more purposes', () => {
    expect(of('segment', 'through')).toMatchObject({
      attributes: ['born'],
      labels: ['sensitive'],
      events: [{ type: 'far', fields: [] }],
      segments: ['far'],
      purposes: ['personalization', 'advertising'],
    });
  });

  test('of a measure, of any type of event', () => {
    expect(of('measure', 'double')).toMatchObject({
      labels: ['freeText', 'money'],
      events: [{ type: null, fields: ['any'] }, { type: 'b' }, { type: 'order.placed' }],
      measures: ['spent'],
      purposes: ['analytics', 'sharing'],
    });
  });

  test('of a cell', () => {
    const cell = compiled.measures.spent ?? -1;
    expect(lineageOf(compiled.lineage, 'cell', cell)).toEqual({ ...of('measure', 'spent'), measures: ['spent'] });
  });

  test('of nothing', () => {
    expect(of('segment', 'nobody')).toBeNull();
    expect(of('measure', 'toString')).toBeNull();
    expect(lineageOf(compiled.lineage, 'cell', 99)).toBeNull();
  });
});
