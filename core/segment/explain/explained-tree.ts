import { formatInstant } from '../../lib/instant.ts';
import type { JsonValue } from '../../lib/json.ts';
import { describeExpression } from '../language/describe-expression.ts';
import { printExpression } from '../language/print-expression.ts';
import type { ExplainOutcome, NodeOutcome } from './run-explanation.ts';
import type { Origin, RuleNode } from './split-rule.ts';

/** One part of a rule, for people: what it says, what it is for this profile, why, and until when. Instants are ISO 8601. */
export interface ExplainedNode {
  readonly kind: 'condition' | 'value';
  readonly sentence: string;
  /** PQL. */
  readonly text: string;
  /** Whose rule it is, where the node above names it. */
  readonly of?: Origin;
  /** Of a chain's step, or the name that `let` gives. */
  readonly label?: string;
  /** Of a condition; null: unknown. */
  readonly truth?: boolean | null;
  /** Null: unknown. Events stand by their ids, the newest first. */
  readonly value?: JsonValue;
  /** Of a list: how many it has; `value` shows a few. */
  readonly count?: number;
  readonly evidence: {
    readonly events: readonly { readonly id: string; readonly type: string; readonly at: string }[];
    readonly attributes: readonly string[];
  };
  /** Of a condition: when it becomes another if nothing happens. */
  readonly nextChange?: string | null;
  readonly children: readonly ExplainedNode[];
  /** Further parts are not shown. */
  readonly cut?: true;
}

/** Puts what a rule says and what it is for one profile together. Depth is bounded by the number of nodes. */
export function explainedTree(nodes: readonly RuleNode[], outcome: ExplainOutcome): ExplainedNode {
  const made: ExplainedNode[] = [];
  // Children come after their parents.
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i] as RuleNode;
    const { children, expression, kind, label, origin, isCut } = node;
    const found = outcome.nodes[i] as NodeOutcome;
    const shown = { value: found.value, ...(found.count === null ? {} : { count: found.count }) };
    made[i] = {
      kind,
      sentence: describeExpression(expression),
      text: printExpression(expression),
      ...(origin ? { of: origin } : {}),
      ...(label === null ? {} : { label }),
      ...(kind === 'condition' ? { truth: found.truth } : shown),
      evidence: {
        events: found.events.map(({ id, type, at }) => ({ id, type, at: formatInstant(at) })),
        attributes: found.attributes,
      },
      ...(kind === 'condition'
        ? { nextChange: found.nextChange === null ? null : formatInstant(found.nextChange) }
        : {}),
      children: children.map((child) => made[child] as ExplainedNode),
      ...(isCut ? { cut: true as const } : {}),
    };
  }
  return made[0] as ExplainedNode;
}
