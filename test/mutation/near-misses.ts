import type { JsonObject } from '../../core/lib/json.ts';
import type { AttributeType } from '../../core/segment/attribute-type.ts';
import type { OracleEvent } from '../oracle/value.ts';
import type { Profile, World } from '../property/segment-engine-harness.ts';
import { COUNTS, PAIRS, PREDICATES, WINDOWS } from './near-miss-conditions.ts';
import { CHAINS, FILTERS, NESTED } from './near-miss-events.ts';

/**
 * Rules that the compiler recognises, beside rules that look like them and are not: the same in all but one part. Asked of profiles with
 * events at both ends of every window, with fields of every type and with none.
 */
export const NEAR_MISS_NOW = Date.UTC(2026, 2, 31, 12);
const DAY = 86_400_000;

export const NEAR_MISS_RULES: readonly string[] = [
  ...new Set([...PREDICATES, ...COUNTS, ...WINDOWS, ...PAIRS, ...FILTERS, ...NESTED, ...CHAINS]),
];

const MEASURES = {
  m: 'if(b, 2, n)',
  taste: 'xEvent.favourite(c)',
  often: 'xEvent[type = "a"].count()',
  spent: 'xEvent[type = "a"].sum(p)',
  double: 'spent * 2',
  events: 'xEvent[p > 0]',
  recent: 'exists E from xEvent where E.timestamp occurs < 3 days before now and E.p > 1',
  nobody: 'xEvent.first(never)',
};

export const DECLARED: ReadonlyMap<string, AttributeType> = new Map([
  ...([
    ['s', 'string'],
    ['n', 'number'],
    ['b', 'boolean'],
    ['due', 'instant'],
    ['tags', 'list'],
    ['nums', 'list'],
    ['list', 'list'],
  ] as const),
]);

/** The harness names the opposite of a segment `not …`. */
export const idOf = (rule: string) => `is ${rule}`;

export function nearMissWorld(attributes: ReadonlyMap<string, AttributeType> | null): World {
  const segments = {
    ...Object.fromEntries(NEAR_MISS_RULES.map((rule) => [idOf(rule), rule])),
    gold: 's = "a" or xEvent[type = "b"].count() > 1',
    unknown: 'never = 1',
  };
  return { segments, measures: MEASURES, attributes, timeZone: 'Europe/Berlin', scores: { m: 0.75 } };
}

let next = 0;
const event = (type: string, ago: number, data: JsonObject, more: Partial<OracleEvent> = {}): OracleEvent => ({
  id: String(++next),
  type,
  at: NEAR_MISS_NOW - ago,
  source: 'web',
  data: data as OracleEvent['data'],
  context: { geo: 'de' },
  ...more,
});

const MONTH = NEAR_MISS_NOW - Date.UTC(2026, 1, 28, 12);

/** Attributes and history. */
export const NEAR_MISS_PROFILES: readonly Profile[] = [
  { attributes: {}, events: [] },
  {
    attributes: {
      s: 'a',
      n: 2,
      b: true,
      due: '2026-03-31',
      tags: ['a', 'b'],
      nums: [1, 2, 3],
      x: 'a',
      list: [
        { k: 1, at: '2026-03-01' },
        { k: 2, at: '2026-03-02' },
      ],
    },
    events: [
      event('a', 8 * DAY, { p: 1, c: 'x' }),
      event('b', 7 * DAY, { p: 5, c: 'x', q: true }),
      event('a', DAY, { p: 5, c: 'y', list: ['x', 'y'] }),
    ],
  },
  {
    attributes: { s: 'A', n: 1, b: false, due: '2026-03-31T12:00:00Z', tags: ['a'], x: { y: 1 }, nums: ['a', 1] },
    events: [
      event('a', 7 * DAY, { p: 1, c: 'x' }),
      event('x', 6 * DAY, { c: 'x' }),
      event('b', 5 * DAY, { p: 2, c: 'y', d: { c: 'x', p: 2, at: '2026-03-30' } }),
    ],
  },
  {
    attributes: { s: 'c', n: 3, b: true, tags: [], m: 5, x: ['a'] },
    events: [
      event('a', 7 * DAY + 1, { p: '1', c: 1 }),
      event('a', 2 * DAY, { p: 2, c: 'x' }, { source: 'app' }),
      event('b', 0, { p: 1, c: 'x' }, { context: {} }),
    ],
  },
  {
    attributes: { s: 2, n: 'a', b: 'true', due: 'never', tags: 'a', x: 2 },
    events: [
      event('a', MONTH, { p: 6 }),
      event('a', 30 * DAY, { q: 'x', list: [] }),
      event('b', 30 * DAY + 1, { p: 1, q: false }),
      event('a', MONTH - 1, {}),
    ],
  },
  {
    attributes: { s: 'ab', n: -1, b: false, m: 'x', due: '2025-03-31', tags: ['b', 'a'] },
    events: [
      event('a', 2 * DAY, { p: 5, c: 'x' }),
      event('b', 2 * DAY, { p: 5, c: 'x' }),
      event('b', 0, { p: 3, c: 'x', list: [{ p: 3 }] }),
      event('c', -1, { p: 9, c: 'x' }),
    ],
  },
  {
    attributes: { s: '', n: 0, b: null, due: 5, tags: [null, 'a'] },
    events: [
      event('a', 3 * DAY, { p: 3, c: 'x' }),
      event('b', DAY, { p: 3, c: 'x' }),
      event('x', DAY - 1, { p: 0 }),
      event('a', 1, { p: 3, c: 'y' }),
      event('b', 0, { p: 8, c: 'y' }),
    ],
  },
  {
    attributes: { s: 'a', n: 2.5, b: true, m: null, x: true },
    events: [
      event('b', 31 * DAY, { p: 1, c: 'w' }),
      event('b', 31 * DAY + 1, { p: 1, c: 'z' }),
      event('a', 9 * DAY, { p: 6, c: 'X' }),
      event('b', 7 * DAY, { p: 6, c: 'X' }, { type: 'b', context: { geo: { x: 1 } } }),
    ],
  },
];

/** Truths in one letter each. */
export const lettersOf = (truths: readonly (boolean | null)[]) =>
  truths.map((truth) => (truth === null ? 'u' : truth ? 'T' : 'f')).join('');
