import type { Instant } from '../lib/ids.ts';
import { countOf } from './count-node.ts';
import { latestOf } from './did-not-since-node.ts';
import { evaluateNode, evaluateRoot } from './evaluate-node.ts';
import type { Postings } from './posting-list.ts';
import type { RuntimeNode, RuntimeSelector, SegmentRuntime } from './runtime.ts';
import { beginCall, beginInstant, endCall, type Scratch } from './scratch.ts';
import type { SegmentView } from './segment-view.ts';
import { sumOf } from './sum-node.ts';
import { TRUE, UNKNOWN } from './truth.ts';

/** One node of a rule with its value. The tree has the rule's own shape, so that the two can be shown side by side. */
export interface Explanation {
  readonly op: RuntimeNode['op'];
  /** null: unknown. */
  readonly value: boolean | null;
  /**
   * What decided, in numbers: `count`; `sum`; `didAt`, `notSinceAt`, `thenSinceAt` (the latest such events as instants in ms, null: none).
   * Attribute values are personal data and are not repeated here.
   */
  readonly evidence: Readonly<Record<string, number | null>>;
  /** Name of the attribute or id of the segment that the node asks about. */
  readonly name?: string;
  readonly of: readonly Explanation[];
}

/** Why a profile is, or is not, a member at `now`. A named segment is one node: explain it by itself. Throws on an unknown position. */
export function explainSegment(
  runtime: SegmentRuntime,
  postings: Postings,
  view: SegmentView,
  position: number,
  now: Instant,
): Explanation {
  const { scratch } = runtime;
  const segment = runtime.segments[position];
  if (segment === undefined) throw new RangeError(`there is no segment ${position}`);
  beginCall(scratch, postings, view);
  beginInstant(scratch, now);
  evaluateRoot(runtime, position);
  const explanation = explainNode(runtime, segment.root);
  endCall(scratch);
  return explanation;
}

function explainNode(runtime: SegmentRuntime, node: RuntimeNode): Explanation {
  const truth = evaluateNode(runtime.scratch, node);
  const name = node.attribute?.name ?? runtime.segments[node.segment]?.id;
  return {
    op: node.op,
    value: truth === UNKNOWN ? null : truth === TRUE,
    evidence: evidenceOf(runtime.scratch, node),
    ...(name !== undefined && { name }),
    of: node.op === 'inSegment' ? [] : node.of.map((child) => explainNode(runtime, child)),
  };
}

function evidenceOf(scratch: Scratch, node: RuntimeNode): Readonly<Record<string, number | null>> {
  const { events, notSince, thenSince } = node;
  if (events === null) return {};
  if (node.op === 'count') return { count: countOf(scratch, events) };
  if (node.op === 'sum') return { sum: sumOf(scratch, events, node.column), count: countOf(scratch, events) };
  return {
    didAt: latestInstant(scratch, events),
    ...(notSince && { notSinceAt: latestInstant(scratch, notSince) }),
    ...(thenSince && { thenSinceAt: latestInstant(scratch, thenSince) }),
  };
}

function latestInstant(scratch: Scratch, selector: RuntimeSelector): number | null {
  const at = latestOf(scratch, selector, Number.POSITIVE_INFINITY);
  return at === Number.NEGATIVE_INFINITY ? null : at;
}
