import { type Chain, type ChainStep, type Expression, isExclusion, type Moment } from '../language/expression.ts';
import type { ChainStepCode, Code, MomentCode } from '../runtime/code.ts';
import type { LowerContext, Lowered } from './lower-context.ts';
import { filterCode } from './narrow-rows.ts';
import { type Scope, withElement } from './scope.ts';
import { bothTypes, splitCondition } from './split-condition.ts';

interface Lowering {
  readonly lower: (node: Expression, scope: Scope, context: LowerContext) => Lowered;
  readonly lowerMoment: (when: Moment, scope: Scope, context: LowerContext) => MomentCode;
  readonly fieldOf: (of: Lowered, steps: readonly string[], context: LowerContext) => Lowered;
}

/**
 * The candidate of all steps stands in one slot, the chosen events in one slot for each entry after it. `WHEN` stands
 * outside of the candidate; only labels are new there.
 */
export function lowerChain(chain: Chain, scope: Scope, context: LowerContext, lowering: Lowering): Code {
  const of = lowering.lower(chain.of, scope, context);
  const slot = scope.depth;
  const element: Lowered = { code: { op: 'slot', slot }, events: of.events };
  let labelled: Scope = { ...scope, depth: slot + 1 + chain.steps.length };
  const steps: (ChainStepCode | { readonly exclude: Code })[] = [];
  for (const [i, step] of chain.steps.entries()) {
    const candidate: Scope = { ...withElement(scope, of.events), variables: labelled.variables, depth: labelled.depth };
    if (isExclusion(step)) {
      steps.push({ exclude: lowering.lower(step.exclude, candidate, context).code });
      continue;
    }
    const label = slot + 1 + i;
    steps.push({
      label,
      what: lowering.lower(step.what, candidate, context).code,
      when: step.when ? lowering.lowerMoment(step.when, labelled, context) : null,
      after: lowerGap(step, chain),
      count: step.count ? { is: step.count.is, n: step.count.n } : null,
    });
    const variables = new Map([...labelled.variables, [step.label, { slot: label, events: of.events }]]);
    labelled = { ...labelled, variables };
  }
  const by = lowering.fieldOf(element, chain.by, context).code;
  return { op: 'chain', of: onlyUsed(of.code, slot, steps, context), by, slot, steps };
}

function lowerGap({ after }: ChainStep, chain: Chain): ChainStepCode['after'] {
  if (!after) return null;
  const step = chain.steps.findIndex(({ label }) => label === after.label);
  return { step, is: after.is, amount: after.amount, unit: after.unit };
}

/** Events of types that no step asks for take no part: the log need not keep them. */
function onlyUsed(
  of: Code,
  slot: number,
  steps: readonly (ChainStepCode | { readonly exclude: Code })[],
  { tables }: LowerContext,
): Code {
  if (of.op !== 'rows') return of;
  const types = new Set<string>();
  for (const step of steps) {
    const split = splitCondition('exclude' in step ? step.exclude : step.what, slot);
    const asked = bothTypes(split.types, tables.queryAt(of.query).types);
    if (asked === null) return of;
    for (const type of asked) types.add(type);
  }
  const field: Code = { op: 'field', of: { op: 'slot', slot }, steps: ['type'], column: tables.column(['type']) };
  const items = [...types].map((value): Code => ({ op: 'literal', value }));
  const isUsed: Code = { op: 'call', function: 'in', args: [field, { op: 'list', items }], slot: -1 };
  return filterCode(tables, of, slot, isUsed);
}
