import type { Code } from '../runtime/code.ts';
import { compactSlots } from './code-walk.ts';
import type { ConditionContext } from './condition-context.ts';
import { constant, type Formula, join, literal, negate } from './formula.ts';
import { predicateOf } from './recognise-predicate.ts';
import { sequenceOf } from './recognise-sequence.ts';
import { countOf, sumOf } from './recognise-threshold.ts';

/** An `if` states its condition twice; one that grows beyond so many leaves stays one condition. */
const MOST_LEAVES = 32;

/** The formula of "the condition is true" (`when`) or "is false". Every condition that is no connective becomes a leaf. */
export function formulaOf(code: Code, when: boolean, context: ConditionContext): Formula {
  const part = (of: Code, side = when) => formulaOf(of, side, context);
  switch (code.op) {
    case 'literal':
      // Text and numbers are neither true nor false.
      return constant(code.value === when);
    case 'and':
    case 'or':
      return join(
        (code.op === 'and') === when ? 'and' : 'or',
        code.of.map((of) => part(of)),
      );
    case 'not':
      return part(code.of, !when);
    case 'if': {
      if (leavesOf(code) > MOST_LEAVES) break;
      const chosen = join('and', [part(code.condition, true), part(code.whenTrue)]);
      return join('or', [chosen, join('and', [part(code.condition, false), part(code.whenFalse)])]);
    }
    case 'member':
      return literal({ kind: 'segment', segment: code.segment }, when);
    case 'cell':
      if (context.tables.cellAt(code.cell).kind !== 'value') return literal({ kind: 'cell', cell: code.cell }, when);
  }
  const found = recognise(code, context);
  if (found) return when ? found : negate(found);
  return literal({ kind: 'cell', cell: context.tables.cell({ kind: 'truth', code: compactSlots(code, null) }) }, when);
}

/** "Is true" of a condition that has a form of its own in programs. */
function recognise(code: Code, context: ConditionContext): Formula | null {
  const { tables } = context;
  const plan = code.op === 'cell' ? tables.cellAt(code.cell) : null;
  // A measure that is such a condition shares that with the rules that state it themselves.
  if (plan?.kind === 'value') return recognise(plan.code, context);
  return predicateOf(code, context) ?? countOf(code, tables) ?? sumOf(code, tables) ?? sequenceOf(code, tables);
}

/** How many leaves the formula has at most. */
function leavesOf(code: Code): number {
  switch (code.op) {
    case 'and':
    case 'or':
      return code.of.reduce((sum, part) => sum + leavesOf(part), 0);
    case 'not':
      return leavesOf(code.of);
    case 'if':
      return 2 * leavesOf(code.condition) + leavesOf(code.whenTrue) + leavesOf(code.whenFalse);
    default:
      return 1;
  }
}
