import { TIME_UNITS } from '../language/time-unit.ts';
import type { ChainStepCode, Code } from '../runtime/code.ts';
import { EVENT_FIELD, type SequenceStep } from '../runtime/program.ts';
import type { Window } from '../runtime/window.ts';
import { bothWindows, windowOf } from './event-window.ts';
import { type Formula, literal } from './formula.ts';
import { narrowQuery } from './narrow-rows.ts';
import { countFormula, type PlainRows } from './recognise-threshold.ts';
import { splitCondition } from './split-condition.ts';
import type { Tables } from './tables.ts';

type Chain = Extract<Code, { op: 'chain' }>;

/** A chain whose parts are all static; null for any other. A chain of one step is a count. */
export function sequenceOf(code: Code, tables: Tables): Formula | null {
  if (code.op !== 'chain' || code.of.op !== 'rows' || !isByTime(code)) return null;
  const base: PlainRows = code.of;
  const [only] = code.steps;
  if (code.steps.length === 1 && only && !('exclude' in only)) {
    const rows = stepRows(only, base, code.slot, tables);
    return rows && countFormula(rows, only.count?.is ?? '>=', only.count?.n ?? 1, tables);
  }
  const steps: SequenceStep[] = [];
  let exclude = -1;
  let before = -1;
  for (const [i, step] of code.steps.entries()) {
    if ('exclude' in step) {
      const split = splitCondition(step.exclude, code.slot);
      if (split.dynamic.length > 0 || split.window !== null) return null;
      // The list's window needs no say: it ends later for later events, and these come after a chosen one.
      exclude = tables.query(narrowQuery(tables.queryAt(base.query), split, code.slot));
      continue;
    }
    const rows = stepRows(step, base, code.slot, tables);
    const withinMs = gapOf(step, before);
    if (!rows || withinMs === undefined || !isOne(step)) return null;
    steps.push({ query: rows.query, window: rows.window, withinMs, exclude });
    exclude = -1;
    before = i;
  }
  return literal({ kind: 'cell', cell: tables.cell({ kind: 'sequence', steps, exclude }) });
}

function isByTime({ by, slot }: Chain): boolean {
  return by.op === 'field' && by.column === EVENT_FIELD.at && by.of.op === 'slot' && by.of.slot === slot;
}

function isOne({ count }: ChainStepCode): boolean {
  return count === null || (count.is === '>=' && count.n === 1);
}

/** The events that a step may choose. */
function stepRows(step: ChainStepCode, base: PlainRows, slot: number, tables: Tables): PlainRows | null {
  const split = splitCondition(step.what, slot);
  if (split.dynamic.length > 0) return null;
  const when = step.when ? windowOf(step.when) : null;
  if (step.when && !when) return null;
  let window: Window | null = base.window;
  for (const other of [split.window, when]) {
    const both = bothWindows(window, other);
    if (both === null && (window !== null || other !== null)) return null;
    window = both;
  }
  return { query: tables.query(narrowQuery(tables.queryAt(base.query), split, slot)), window };
}

/** Milliseconds that the gap to the step before stays below; null: any; undefined: something else. */
function gapOf({ after }: ChainStepCode, before: number): number | null | undefined {
  if (after === null) return null;
  const { ms } = TIME_UNITS[after.unit];
  if (after.step !== before || ms === 0 || (after.is !== '<' && after.is !== '<=')) return undefined;
  return after.amount * ms + (after.is === '<=' ? 1 : 0);
}
