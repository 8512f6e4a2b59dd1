import type { EventId, Instant, SourceId } from '../../../core/lib/ids.ts';
import type { JsonObject, JsonValue } from '../../../core/lib/json.ts';
import { ALL_PURPOSES_MASK, type Purpose, type PurposeMask } from '../../../core/policy/purposes.ts';
import type { AttributeType } from '../../../core/segment/attribute-type.ts';
import { compileSegments } from '../../../core/segment/compile.ts';
import { evaluateSegments, type SegmentView } from '../../../core/segment/evaluate.ts';
import { type Explanation, explainSegment } from '../../../core/segment/explain.ts';
import { addFact, createPostings, type SegmentFact } from '../../../core/segment/postings.ts';
import type { Rule } from '../../../core/segment/rule.ts';
import { createSegmentRuntime, type SegmentRuntime } from '../../../core/segment/runtime.ts';
import type { SegmentSource } from '../../../core/segment/segment-source.ts';

export const NOW = Date.UTC(2026, 10, 22, 10);

export const ATTRIBUTES: ReadonlyMap<string, AttributeType> = new Map([
  ['tier', 'string'],
  ['age', 'number'],
  ['vip', 'boolean'],
  ['since', 'instant'],
  ['favourites', 'list'],
] as const);

export function runtimeOf(sources: readonly SegmentSource[]): SegmentRuntime {
  const compiled = compileSegments(sources, { attributes: ATTRIBUTES });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return createSegmentRuntime(compiled.value);
}

let serial = 0;

/** A fact of strand 0, collected for everything, unless said otherwise. */
export function fact(
  type: string,
  at: number,
  more: { data?: JsonObject; context?: JsonObject; strand?: number; purposes?: PurposeMask } = {},
): SegmentFact {
  return {
    id: `e${++serial}` as EventId,
    source: 'shop' as SourceId,
    type,
    at: at as Instant,
    strand: more.strand ?? 0,
    purposes: more.purposes ?? ALL_PURPOSES_MASK,
    data: more.data ?? {},
    context: more.context ?? {},
  };
}

export interface Given {
  readonly facts?: readonly SegmentFact[];
  readonly attributes?: Readonly<Record<string, JsonValue>>;
  readonly withdrawn?: Readonly<Record<number, PurposeMask>>;
  readonly now?: number;
  readonly purpose?: Purpose;
}

export function viewOf({ attributes = {}, withdrawn = {} }: Given): SegmentView {
  return { attribute: (name) => attributes[name], withdrawn: (strand) => withdrawn[strand] ?? 0 };
}

/** One rule over one profile: membership, next change and explanation. */
export function evaluate(
  rule: Rule,
  given: Given = {},
): { readonly member: boolean; readonly next: number | null; readonly why: Explanation } {
  const runtime = runtimeOf([{ id: 'it', rule, purpose: given.purpose ?? 'personalization' }]);
  const postings = createPostings(runtime);
  for (const each of given.facts ?? []) addFact(runtime, postings, each);
  const members = new Uint8Array(1);
  const now = (given.now ?? NOW) as Instant;
  const next = evaluateSegments(runtime, postings, viewOf(given), now, members);
  return { member: members[0] === 1, next, why: explainSegment(runtime, postings, viewOf(given), 0, now) };
}
