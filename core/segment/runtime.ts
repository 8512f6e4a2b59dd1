import type { JsonValue } from '../lib/json.ts';
import { type PurposeMask, purposeBit } from '../policy/purposes.ts';
import type { AttributeType } from './attribute-type.ts';
import type { CompiledNode, EventSelector, Literal, SegmentProgram } from './program.ts';
import type { Comparison, NumberComparison } from './rule.ts';
import { createScratch, type Scratch } from './scratch.ts';

/** A program made ready to run: built once per isolate and shared by all profiles. Nothing in it belongs to a profile. */
export interface SegmentRuntime {
  readonly program: SegmentProgram;
  readonly segments: readonly RuntimeSegment[];
  readonly nodes: readonly RuntimeNode[];
  readonly queries: readonly RuntimeQuery[];
  readonly queriesOfType: ReadonlyMap<string, readonly number[]>;
  /** Working memory of the one evaluation that runs; means nothing between calls. */
  readonly scratch: Scratch;
}

export interface RuntimeSegment {
  readonly id: string;
  readonly root: RuntimeNode;
  /** Names others in so long a chain that evaluating it alone could exhaust the stack. */
  readonly deep: boolean;
}

export interface RuntimeQuery {
  readonly where: readonly {
    readonly field: FieldPath;
    readonly is: Comparison;
    readonly value: JsonValue | undefined;
  }[];
  readonly kept: readonly FieldPath[];
}

export interface FieldPath {
  readonly ofContext: boolean;
  readonly steps: readonly string[];
}

/** All nodes have one shape, so that the evaluator's property reads stay monomorphic. */
export interface RuntimeNode {
  readonly index: number;
  readonly op: CompiledNode['op'];
  /** Whether time alone may change its value. */
  readonly timed: boolean;
  /** Children in the rule's order. */
  readonly of: readonly RuntimeNode[];
  /** Children with the cheap and timeless ones first: they decide most, and for good. */
  readonly order: readonly RuntimeNode[];
  readonly attribute: AttributeTest | null;
  /** The counted, summed, or `did` events. */
  readonly events: RuntimeSelector | null;
  readonly notSince: RuntimeSelector | null;
  readonly thenSince: RuntimeSelector | null;
  readonly column: number;
  readonly is: NumberComparison;
  readonly value: number;
  /** Position of the named segment, else -1. */
  readonly segment: number;
}

export interface AttributeTest {
  readonly name: string;
  readonly type: AttributeType;
  readonly is: Comparison;
  readonly value: Literal | undefined;
}

export interface RuntimeSelector {
  readonly query: number;
  /** Infinity: no window. */
  readonly withinMs: number;
  readonly bit: PurposeMask;
  readonly where: EventSelector['where'];
}

/** A chain of segments longer than this is evaluated from its far end. */
const DEEP_CHAIN = 100;

export function createSegmentRuntime(program: SegmentProgram): SegmentRuntime {
  const nodes: RuntimeNode[] = [];
  for (const [index, compiled] of program.nodes.entries()) nodes.push(createNode(index, compiled, nodes, program));
  const chains: number[] = [];
  const segments = program.segments.map(({ id, root, uses }): RuntimeSegment => {
    const chain = uses.reduce((longest, used) => Math.max(longest, (chains[used] ?? 0) + 1), 0);
    chains.push(chain);
    return { id, root: nodeAt(nodes, root), deep: chain > DEEP_CHAIN };
  });
  const queriesOfType = new Map<string, number[]>();
  for (const [position, { types }] of program.queries.entries()) {
    for (const type of types) {
      const positions = queriesOfType.get(type);
      if (positions === undefined) queriesOfType.set(type, [position]);
      else positions.push(position);
    }
  }
  const queries = program.queries.map(
    ({ where, kept }): RuntimeQuery => ({
      where: where.map(({ field, is, value }) => ({
        field: fieldPath(field),
        is,
        value: value as JsonValue | undefined,
      })),
      kept: kept.map(fieldPath),
    }),
  );
  return { program, segments, nodes, queries, queriesOfType, scratch: createScratch(nodes.length, segments.length) };
}

function createNode(
  index: number,
  compiled: CompiledNode,
  nodes: readonly RuntimeNode[],
  program: SegmentProgram,
): RuntimeNode {
  const of = childrenOf(compiled, program).map((position) => nodeAt(nodes, position));
  const events =
    compiled.op === 'count' || compiled.op === 'sum'
      ? compiled.of
      : compiled.op === 'didNotSince'
        ? compiled.did
        : undefined;
  return {
    index,
    op: compiled.op,
    timed: events !== undefined || of.some((child) => child.timed),
    of,
    order: [...of].sort((a, b) => cost(a) - cost(b)),
    attribute:
      compiled.op === 'attribute'
        ? { name: compiled.name, type: compiled.type, is: compiled.is, value: compiled.value }
        : null,
    events: selector(events),
    notSince: selector(compiled.op === 'didNotSince' ? compiled.notSince : undefined),
    thenSince: selector(compiled.op === 'didNotSince' ? compiled.thenSince : undefined),
    column: compiled.op === 'sum' ? compiled.column : -1,
    is: compiled.op === 'count' || compiled.op === 'sum' ? compiled.is : '=',
    value: compiled.op === 'count' || compiled.op === 'sum' ? compiled.value : 0,
    segment: compiled.op === 'inSegment' ? compiled.segment : -1,
  };
}

/** A segment's top node is the one child of a node that names the segment. */
function childrenOf(compiled: CompiledNode, program: SegmentProgram): readonly number[] {
  if (compiled.op === 'and' || compiled.op === 'or') return compiled.of;
  if (compiled.op === 'not') return [compiled.of];
  return compiled.op === 'inSegment' ? [program.segments[compiled.segment]?.root ?? -1] : [];
}

function cost(node: RuntimeNode): number {
  return node.op === 'attribute' ? 0 : node.timed ? (node.events === null ? 3 : 2) : 1;
}

function selector(compiled: EventSelector | undefined): RuntimeSelector | null {
  if (compiled === undefined) return null;
  const { query, withinMs, purpose, where } = compiled;
  return { query, withinMs: withinMs ?? Number.POSITIVE_INFINITY, bit: purposeBit(purpose), where };
}

function nodeAt(nodes: readonly RuntimeNode[], position: number): RuntimeNode {
  const node = nodes[position];
  if (node === undefined) throw new Error('the program is not in topological order');
  return node;
}

function fieldPath(field: string): FieldPath {
  const steps = field.split('.');
  return steps[0] === 'context' ? { ofContext: true, steps: steps.slice(1) } : { ofContext: false, steps };
}
