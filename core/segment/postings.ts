import type { Fact } from '../event/event.ts';
import { type JsonValue, readPath } from '../lib/json.ts';
import { compareValues } from './comparing.ts';
import { createPostingList, insertPosting, type Postings, removeStrand } from './posting-list.ts';
import type { FieldPath, RuntimeQuery, SegmentRuntime } from './runtime.ts';
import { TRUE } from './truth.ts';

export type { Postings } from './posting-list.ts';
export { decodePostings, encodePostings } from './postings-codec.ts';

/** The part of a fact that rules can see. Order of facts: `at`, then `id`, then `source`. */
export type SegmentFact = Pick<Fact, 'type' | 'at' | 'id' | 'source' | 'strand' | 'purposes' | 'data' | 'context'>;

const NONE: readonly number[] = [];

export function createPostings(runtime: SegmentRuntime): Postings {
  return { lists: runtime.queries.map(() => null), strands: [] };
}

/**
 * Adds a fact, in any order of arrival, to the lists of the queries that it matches. Returns their positions. Only queries of the
 * fact's type are tested. Adding the same fact twice counts it twice: duplicates are settled at the door.
 */
export function addFact(runtime: SegmentRuntime, postings: Postings, fact: SegmentFact): readonly number[] {
  const candidates = runtime.queriesOfType.get(fact.type);
  if (candidates === undefined) return NONE;
  let touched: number[] | null = null;
  for (const position of candidates) {
    const query = runtime.queries[position] as RuntimeQuery;
    if (!matches(query, fact)) continue;
    let list = postings.lists[position];
    if (!list) postings.lists[position] = list = createPostingList(query.kept.length);
    const id = query.kept.length === 0 ? '' : `${fact.id}\n${fact.source}`;
    insertPosting(list, {
      at: fact.at,
      strand: fact.strand,
      purposes: fact.purposes,
      id,
      values: keptValues(query, fact),
    });
    if (touched === null) touched = [position];
    else touched.push(position);
  }
  if (touched === null) return NONE;
  if (!postings.strands.includes(fact.strand)) postings.strands.push(fact.strand);
  return touched;
}

/** Forgets everything that came through one strand. Returns the positions of the queries that lost postings. */
export function dropStrand(_runtime: SegmentRuntime, postings: Postings, strand: number): readonly number[] {
  const place = postings.strands.indexOf(strand);
  if (place < 0) return NONE;
  postings.strands.splice(place, 1);
  const touched: number[] = [];
  for (const [position, list] of postings.lists.entries()) {
    if (list === null) continue;
    const before = list.at.length;
    removeStrand(list, strand);
    if (list.at.length < before) touched.push(position);
    if (list.at.length === 0) postings.lists[position] = null;
  }
  return touched;
}

/** An unknown condition does not match. */
function matches(query: RuntimeQuery, fact: SegmentFact): boolean {
  for (const { field, is, value } of query.where) {
    if (compareValues(readField(fact, field), is, value) !== TRUE) return false;
  }
  return true;
}

function keptValues(query: RuntimeQuery, fact: SegmentFact): readonly JsonValue[] {
  if (query.kept.length === 0) return query.kept as readonly [];
  return query.kept.map((field) => keptValue(readField(fact, field)));
}

/** Objects compare with nothing, so they are not kept. */
function keptValue(value: JsonValue | undefined): JsonValue {
  if (value === undefined) return null;
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).filter((item) => item !== null && typeof item !== 'object');
  return typeof value === 'object' ? null : value;
}

function readField(fact: SegmentFact, field: FieldPath): JsonValue | undefined {
  return readPath(field.ofContext ? fact.context : fact.data, field.steps);
}
