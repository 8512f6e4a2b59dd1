import { fingerprint64 } from '../lib/hash.ts';
import type { JsonPrimitive } from '../lib/json.ts';
import type { Purpose } from '../policy/purposes.ts';
import type { AttributeType } from './attribute-type.ts';
import { instantValue } from './comparing.ts';
import { POSTINGS_VERSION } from './posting-list.ts';
import type {
  AttributeCondition,
  CompiledNode,
  CompiledQuery,
  CompiledSegment,
  EventSelector,
  Literal,
  SegmentProgram,
} from './program.ts';
import { queryKey } from './query-key.ts';
import { ruleReads } from './reads.ts';
import type { EventCondition, EventQuery, Rule } from './rule.ts';
import type { SegmentSource } from './segment-source.ts';
import { splitQuery } from './split-query.ts';
import { windowMs } from './window.ts';

interface QueryDraft {
  readonly key: string;
  readonly types: readonly string[];
  readonly where: readonly EventCondition[];
  readonly kept: Set<string>;
}

interface Lowering {
  readonly attributes: ReadonlyMap<string, AttributeType>;
  readonly queries: ReadonlyMap<string, { readonly position: number; readonly query: CompiledQuery }>;
  readonly nodes: CompiledNode[];
  /** Node text → position: equal sub-rules of all segments become one node. */
  readonly known: Map<string, number>;
  readonly positions: Map<string, number>;
}

/** Turns checked, topologically ordered rules into a program. Queries stand in the order of their keys, so that the hash knows only their set. */
export function lowerSegments(
  sources: readonly SegmentSource[],
  attributes: ReadonlyMap<string, AttributeType>,
): SegmentProgram {
  const queries = collectQueries(sources);
  const byKey = new Map(queries.map(({ key, query }, position) => [key, { position, query }] as const));
  const lowering: Lowering = { attributes, queries: byKey, nodes: [], known: new Map(), positions: new Map() };
  const segments: CompiledSegment[] = [];
  for (const source of sources) {
    const uses = new Set<number>();
    const root = lowerRule(lowering, source.rule, source.purpose, uses);
    const reads = ruleReads(
      source,
      [...uses].flatMap((position) => segments[position]?.reads ?? []),
    );
    lowering.positions.set(source.id, segments.length);
    segments.push({ id: source.id, purpose: source.purpose, uses: [...uses].sort((a, b) => a - b), root, reads });
  }
  const compiled = queries.map(({ query }) => query);
  return {
    hash: fingerprint64(JSON.stringify([POSTINGS_VERSION, compiled])),
    segments,
    nodes: lowering.nodes,
    queries: compiled,
  };
}

function collectQueries(
  sources: readonly SegmentSource[],
): readonly { readonly key: string; readonly query: CompiledQuery }[] {
  const drafts = new Map<string, QueryDraft>();
  const pending: Rule[] = sources.map((source) => source.rule);
  for (let rule = pending.pop(); rule !== undefined; rule = pending.pop()) {
    if (rule.op === 'and' || rule.op === 'or') pending.push(...rule.of);
    else if (rule.op === 'not') pending.push(rule.of);
    else if (rule.op === 'count') draft(drafts, rule.of);
    else if (rule.op === 'sum') draft(drafts, rule.of).kept.add(rule.field);
    else if (rule.op === 'didNotSince') {
      for (const query of [rule.did, rule.notSince, rule.thenSince]) if (query) draft(drafts, query);
    }
  }
  const sorted = [...drafts.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return sorted.map(({ key, types, where, kept }) => ({ key, query: { types, where, kept: [...kept].sort() } }));
}

function draft(drafts: Map<string, QueryDraft>, query: EventQuery): QueryDraft {
  const { types, literal, compared } = splitQuery(query);
  const key = queryKey(types, literal);
  let found = drafts.get(key);
  if (found === undefined) {
    found = { key, types, where: literal, kept: new Set() };
    drafts.set(key, found);
  }
  for (const condition of compared) found.kept.add(condition.field);
  return found;
}

function lowerRule(lowering: Lowering, rule: Rule, purpose: Purpose, uses: Set<number>): number {
  switch (rule.op) {
    case 'and':
    case 'or':
      return intern(lowering, { op: rule.op, of: rule.of.map((child) => lowerRule(lowering, child, purpose, uses)) });
    case 'not':
      return intern(lowering, { op: 'not', of: lowerRule(lowering, rule.of, purpose, uses) });
    case 'attribute': {
      const type = typeOf(lowering, rule.name);
      const node = { op: 'attribute', name: rule.name, type, is: rule.is } as const;
      if (rule.value === undefined) return intern(lowering, node);
      return intern(lowering, { ...node, value: literalOf(rule.value as Literal, type === 'instant') });
    }
    case 'count':
      return intern(lowering, { op: 'count', of: select(lowering, rule.of, purpose), is: rule.is, value: rule.value });
    case 'sum': {
      const of = select(lowering, rule.of, purpose);
      return intern(lowering, {
        op: 'sum',
        column: columnOf(lowering, rule.of, rule.field),
        of,
        is: rule.is,
        value: rule.value,
      });
    }
    case 'didNotSince':
      return intern(lowering, {
        op: 'didNotSince',
        did: select(lowering, rule.did, purpose),
        ...(rule.notSince && { notSince: select(lowering, rule.notSince, purpose) }),
        ...(rule.thenSince && { thenSince: select(lowering, rule.thenSince, purpose) }),
      });
    case 'inSegment': {
      const segment = lowering.positions.get(rule.segment);
      if (segment === undefined) throw new Error('segments are not in topological order');
      uses.add(segment);
      return intern(lowering, { op: 'inSegment', segment });
    }
  }
}

function select(lowering: Lowering, query: EventQuery, purpose: Purpose): EventSelector {
  const { position } = queryOf(lowering, query);
  const where = splitQuery(query).compared.map(
    ({ field, is, attribute }): AttributeCondition => ({
      column: columnOf(lowering, query, field),
      is,
      attribute,
      type: typeOf(lowering, attribute),
    }),
  );
  return { query: position, withinMs: query.within ? windowMs(query.within) : null, purpose, where };
}

function queryOf(lowering: Lowering, query: EventQuery): { readonly position: number; readonly query: CompiledQuery } {
  const { types, literal } = splitQuery(query);
  const found = lowering.queries.get(queryKey(types, literal));
  if (found === undefined) throw new Error('a query was not collected');
  return found;
}

function columnOf(lowering: Lowering, query: EventQuery, field: string): number {
  return queryOf(lowering, query).query.kept.indexOf(field);
}

function typeOf(lowering: Lowering, attribute: string): AttributeCondition['type'] {
  const type = lowering.attributes.get(attribute);
  if (type === undefined) throw new Error('an unknown attribute passed the check');
  return type;
}

function literalOf(value: Literal, instant: boolean): Literal {
  if (!instant) return value;
  if (Array.isArray(value)) return (value as readonly JsonPrimitive[]).map((item) => instantValue(item));
  return instantValue(value as JsonPrimitive);
}

function intern(lowering: Lowering, node: CompiledNode): number {
  const key = JSON.stringify(node);
  const found = lowering.known.get(key);
  if (found !== undefined) return found;
  lowering.known.set(key, lowering.nodes.length);
  return lowering.nodes.push(node) - 1;
}
