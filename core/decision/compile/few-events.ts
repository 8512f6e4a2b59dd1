import type { Expression, Moment } from '../../segment/language/expression.ts';
import type { TimeUnit } from '../../segment/language/time-unit.ts';
import type { CapWindow } from '../cap.ts';
import { parseDuration } from '../duration.ts';

/** What is counted, and how many of it are too many. */
export interface FewEvents {
  readonly type: string;
  /** Further conditions on the event. */
  readonly where: readonly Expression[];
  readonly within: CapWindow | undefined;
  /** 1 or more. */
  readonly fewerThan: number;
}

/** The rule "fewer than so many such events", as `xEvent[eventType = "…" and timestamp occurs <= 7 days before now].count() < 3`. Never unknown. */
export function fewEvents({ type, where, within, fewerThan }: FewEvents): Expression {
  const conditions: readonly Expression[] = [
    equals(['eventType'], type),
    ...where,
    ...(within ? [{ op: 'occurs', of: path('timestamp'), when: momentOf(within) } as const] : []),
  ];
  const [first] = conditions;
  const condition: Expression = conditions.length === 1 && first ? first : { op: 'and', of: conditions };
  const events: Expression = { op: 'filter', of: path('xEvent'), where: condition };
  return {
    op: 'compare',
    is: '<',
    left: { op: 'call', function: 'count', args: [events] },
    right: { op: 'literal', value: fewerThan },
  };
}

/** A field of the event is this text. */
export function equals(steps: readonly string[], value: string): Expression {
  return { op: 'compare', is: '=', left: path(...steps), right: { op: 'literal', value } };
}

/** A field of any member of a list in the event is this text. */
export function anyEquals(steps: readonly string[], value: string): Expression {
  return { op: 'call', function: 'includes', args: [path(...steps), { op: 'literal', value }] };
}

/** The field is there and not null. */
export function isThere(...steps: readonly string[]): Expression {
  return { op: 'call', function: 'isNotNull', args: [path(...steps)] };
}

function path(...steps: readonly string[]): Expression {
  return { op: 'path', climb: 0, steps };
}

const EXACT: readonly (readonly [TimeUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

function momentOf(within: CapWindow): Moment {
  if ('this' in within) return { is: 'at', time: { op: 'calendar', unit: within.this, shift: 0 } };
  const ms = parseDuration(within.last);
  const exact = EXACT.find(([, each]) => ms !== null && ms % each === 0);
  if (ms === null || !exact) throw new Error(`no duration: ${within.last}`);
  return { is: '<=', amount: ms / exact[1], unit: exact[0], side: 'before', time: { op: 'now' } };
}
