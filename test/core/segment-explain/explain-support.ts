import type { Instant } from '../../../core/lib/ids.ts';
import type { JsonObject } from '../../../core/lib/json.ts';
import { ALL_PURPOSES_MASK, type Purpose, type PurposeMask } from '../../../core/policy/purposes.ts';
import { compileExplanation, type ExplanationInput } from '../../../core/segment/explain/compile-explanation.ts';
import { type ExplainedNode, explainedTree } from '../../../core/segment/explain/explained-tree.ts';
import { type ExplainOutcome, runExplanation } from '../../../core/segment/explain/run-explanation.ts';
import type { NamedRule, RuleBook } from '../../../core/segment/explain/split-rule.ts';
import type { OwnedProblem } from '../../../core/segment/language/check-rules.ts';
import { parseExpression } from '../../../core/segment/language/parse-expression.ts';
import type { LogEvent } from '../../../core/segment/runtime/log/log.ts';

export const NOW = Date.parse('2026-11-22T12:00:00Z') as Instant;
export const DAY = 86_400_000;

export function rule(text: string, purpose: Purpose = 'personalization'): NamedRule {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(parsed.error.detail);
  return { tree: parsed.value.tree, purpose };
}

export interface Case {
  readonly rule: string | NamedRule;
  readonly segments?: Readonly<Record<string, string | NamedRule>>;
  readonly measures?: Readonly<Record<string, string | NamedRule>>;
  readonly timeZone?: string;
  readonly attributes?: ExplanationInput['attributes'];
  readonly profile?: JsonObject;
  readonly events?: readonly Given[];
  readonly withdrawn?: PurposeMask;
  readonly now?: number;
  readonly from?: number;
  readonly horizonMs?: number;
}

export interface Given {
  readonly id: string;
  readonly type: string;
  /** Milliseconds before NOW. */
  readonly ago: number;
  readonly data?: JsonObject;
  readonly purposes?: PurposeMask;
}

export interface Explained {
  readonly tree: ExplainedNode;
  readonly outcome: ExplainOutcome;
}

const named = (value: string | NamedRule) => (typeof value === 'string' ? rule(value) : value);
const book = ({ segments = {}, measures = {} }: Case): RuleBook => ({
  segments: new Map(Object.entries(segments).map(([id, value]) => [id, named(value)])),
  measures: new Map(Object.entries(measures).map(([id, value]) => [id, named(value)])),
});

export function problemsOf(given: Case): readonly OwnedProblem[] {
  const compiled = compile(given);
  return compiled.ok ? [] : compiled.error;
}

function compile(given: Case) {
  return compileExplanation({
    rule: named(given.rule),
    book: book(given),
    attributes: given.attributes ?? null,
    models: null,
    timeZone: given.timeZone ?? 'UTC',
    now: NOW,
  });
}

export function explain(given: Case): Explained {
  const compiled = compile(given);
  if (!compiled.ok) throw new Error(compiled.error.map(({ detail }) => detail).join(' '));
  const { profile = {}, events = [], withdrawn = 0, now = NOW, horizonMs = 366 * DAY } = given;
  // As it crosses the call to the object.
  const plan = JSON.parse(JSON.stringify(compiled.value.plan)) as typeof compiled.value.plan;
  const subject = {
    attribute: (name: string) => (Object.hasOwn(profile, name) ? profile[name] : undefined),
    withdrawn: () => withdrawn,
    score: () => undefined,
  };
  const log: readonly LogEvent[] = events.map(({ id, type, ago, data = {}, purposes = ALL_PURPOSES_MASK }) => ({
    id,
    type,
    at: NOW - ago,
    source: 'web',
    strand: 0,
    purposes,
    data,
    context: {},
  }));
  const outcome = runExplanation(plan, log, subject, {
    from: (given.from ?? now) as Instant,
    now: now as Instant,
    horizonMs,
  });
  return { tree: explainedTree(compiled.value.nodes, JSON.parse(JSON.stringify(outcome)) as ExplainOutcome), outcome };
}

/** A line per node, indented: truth or value, then the text. */
export function outline(node: ExplainedNode, depth = 0): readonly string[] {
  const shown =
    node.kind === 'condition' ? String(node.truth === null ? 'unknown' : node.truth) : JSON.stringify(node.value);
  return [
    `${'  '.repeat(depth)}${shown}: ${node.label === undefined ? '' : `${node.label}: `}${node.text.replace(/\s+/g, ' ')}`,
    ...node.children.flatMap((child) => outline(child, depth + 1)),
  ];
}
