import type { JsonValue } from '../lib/json.ts';
import { compareValues, instantValue } from './comparing.ts';
import { countHolds } from './count-node.ts';
import { didNotSinceHolds } from './did-not-since-node.ts';
import type { AttributeTest, RuntimeNode, SegmentRuntime } from './runtime.ts';
import type { Scratch } from './scratch.ts';
import { sumHolds } from './sum-node.ts';
import { FALSE, not, TRUE, type Truth, UNKNOWN } from './truth.ts';

/** The value of one segment's rule at the scratch's instant; `scratch.until` of its root says how long it surely holds. */
export function evaluateRoot(runtime: SegmentRuntime, position: number): Truth {
  const { scratch, segments } = runtime;
  const segment = segments[position];
  if (segment === undefined) return FALSE;
  if (segment.deep) {
    for (let earlier = 0; earlier < position; earlier++)
      evaluateNode(scratch, (segments[earlier] as { root: RuntimeNode }).root);
  }
  return evaluateNode(scratch, segment.root);
}

export function evaluateNode(scratch: Scratch, node: RuntimeNode): Truth {
  const stamp = node.timed ? scratch.instantStamp : scratch.callStamp;
  if (scratch.stamp[node.index] === stamp) return scratch.truth[node.index] as Truth;
  scratch.leafUntil = Number.POSITIVE_INFINITY;
  const truth = compute(scratch, node);
  scratch.stamp[node.index] = stamp;
  scratch.truth[node.index] = truth;
  scratch.until[node.index] = scratch.leafUntil;
  return truth;
}

/** Leaves its own `until` in `scratch.leafUntil`. */
function compute(scratch: Scratch, node: RuntimeNode): Truth {
  switch (node.op) {
    case 'and':
      return combine(scratch, node, FALSE, TRUE);
    case 'or':
      return combine(scratch, node, TRUE, FALSE);
    case 'not': {
      const child = node.of[0] as RuntimeNode;
      const truth = not(evaluateNode(scratch, child));
      scratch.leafUntil = scratch.until[child.index] as number;
      return truth;
    }
    case 'inSegment': {
      const root = node.of[0] as RuntimeNode;
      const truth = evaluateNode(scratch, root) === TRUE ? TRUE : FALSE;
      scratch.leafUntil = scratch.until[root.index] as number;
      return truth;
    }
    case 'attribute':
      return attributeTruth(scratch, node.attribute as AttributeTest);
    case 'count':
      return countHolds(scratch, node) ? TRUE : FALSE;
    case 'sum':
      return sumHolds(scratch, node) ? TRUE : FALSE;
    case 'didNotSince':
      return didNotSinceHolds(scratch, node) ? TRUE : FALSE;
  }
}

/** Kleene's `and` and `or`: one child with the deciding value decides, for at least as long as that child holds. */
function combine(scratch: Scratch, node: RuntimeNode, deciding: Truth, neutral: Truth): Truth {
  let truth = neutral;
  let until = Number.POSITIVE_INFINITY;
  const { order } = node;
  for (let i = 0; i < order.length; i++) {
    const child = order[i] as RuntimeNode;
    const value = evaluateNode(scratch, child);
    const childUntil = scratch.until[child.index] as number;
    if (value === deciding) {
      scratch.leafUntil = childUntil;
      return deciding;
    }
    if (value === UNKNOWN) truth = UNKNOWN;
    if (childUntil < until) until = childUntil;
  }
  scratch.leafUntil = until;
  return truth;
}

function attributeTruth(scratch: Scratch, test: AttributeTest): Truth {
  let value = scratch.view.attribute(test.name);
  // Text that is no instant compares like a missing value, but it is there.
  if (test.type === 'instant' && test.is !== 'isNull' && test.is !== 'isNotNull') value = instantValue(value);
  return compareValues(value, test.is, test.value as JsonValue | undefined);
}
