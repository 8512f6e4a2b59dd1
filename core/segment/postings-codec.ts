import type { JsonValue } from '../lib/json.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { createPostingList, POSTINGS_VERSION, type PostingList, type Postings } from './posting-list.ts';
import type { RuntimeQuery, SegmentRuntime } from './runtime.ts';

const MISSING = 0;
const NO = 1;
const YES = 2;
const INTEGER = 3;
const DOUBLE = 4;
const TEXT = 5;
const LIST = 6;
/** Integers up to here fit a zigzag varint. */
const MAX_INTEGER = 2 ** 52 - 1;

/**
 * Layout: version byte; number of non-empty lists; for each the gap to its query's position, its length, then columns: times (the first
 * signed, then gaps), strands, purposes, ids, kept values. Equal postings give equal bytes, whatever the order of arrival was.
 */
export function encodePostings(postings: Postings): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(POSTINGS_VERSION);
  writer.varint(postings.lists.reduce((sum, list) => (list === null ? sum : sum + 1), 0));
  let last = -1;
  for (const [position, list] of postings.lists.entries()) {
    if (list === null) continue;
    writer.varint(position - last - 1);
    last = position;
    writeList(writer, list);
  }
  return writer.bytes();
}

/**
 * The postings that `encodePostings` wrote for a program with this program's hash. The caller compares hashes; bytes of another
 * version or of another program throw.
 */
export function decodePostings(runtime: SegmentRuntime, bytes: Uint8Array): Postings {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== POSTINGS_VERSION) throw new RangeError('postings of another version');
  const lists: (PostingList | null)[] = runtime.queries.map(() => null);
  const strands = new Set<number>();
  let position = -1;
  for (let left = reader.varint(); left > 0; left--) {
    position += reader.varint() + 1;
    const query: RuntimeQuery | undefined = runtime.queries[position];
    if (query === undefined) throw new RangeError('postings of another program');
    const list = readList(reader, query.kept.length);
    for (const strand of list.strand) strands.add(strand);
    lists[position] = list;
  }
  if (!reader.atEnd) throw new RangeError('postings of another program');
  return { lists, strands: [...strands] };
}

function writeList(writer: ByteWriter, list: PostingList): void {
  writer.varint(list.at.length);
  let last = 0;
  for (let i = 0; i < list.at.length; i++) {
    const at = list.at[i] as number;
    if (i === 0) writer.signed(at);
    else writer.varint(at - last);
    last = at;
  }
  writeColumn(writer, list.strand);
  writeColumn(writer, list.purposes);
  for (const id of list.ids) writer.text(id);
  for (const column of list.columns) for (const value of column) writeValue(writer, value);
}

function readList(reader: ByteReader, columns: number): PostingList {
  const list = createPostingList(columns);
  const length = reader.varint();
  let at = 0;
  for (let i = 0; i < length; i++) {
    at = i === 0 ? reader.signed() : at + reader.varint();
    list.at.push(at);
  }
  readColumn(reader, list.strand, length);
  readColumn(reader, list.purposes, length);
  for (const purposes of list.purposes) list.common &= purposes;
  if (columns > 0) for (let i = 0; i < length; i++) list.ids.push(reader.text());
  for (const column of list.columns) for (let i = 0; i < length; i++) column.push(readValue(reader));
  return list;
}

/** Most lists come through one strand under one mask: a column of equal values costs two numbers. */
function writeColumn(writer: ByteWriter, column: readonly number[]): void {
  const [first = 0] = column;
  const constant = column.every((value) => value === first);
  writer.byte(constant ? 1 : 0);
  if (constant) writer.varint(first);
  else for (const value of column) writer.varint(value);
}

function readColumn(reader: ByteReader, column: number[], length: number): void {
  const constant = reader.byte() === 1;
  const first = constant ? reader.varint() : 0;
  for (let i = 0; i < length; i++) column.push(constant ? first : reader.varint());
}

function writeValue(writer: ByteWriter, value: JsonValue): void {
  if (typeof value === 'boolean') writer.byte(value ? YES : NO);
  else if (typeof value === 'string') {
    writer.byte(TEXT);
    writer.text(value);
  } else if (typeof value === 'number') {
    const integer = Number.isInteger(value) && Math.abs(value) <= MAX_INTEGER && !Object.is(value, -0);
    writer.byte(integer ? INTEGER : DOUBLE);
    if (integer) writer.signed(value);
    else writer.double(value);
  } else if (Array.isArray(value)) {
    writer.byte(LIST);
    writer.varint(value.length);
    for (const item of value as readonly JsonValue[]) writeValue(writer, item);
  } else writer.byte(MISSING);
}

function readValue(reader: ByteReader): JsonValue {
  const tag = reader.byte();
  switch (tag) {
    case MISSING:
      return null;
    case NO:
      return false;
    case YES:
      return true;
    case INTEGER:
      return reader.signed();
    case DOUBLE:
      return reader.double();
    case TEXT:
      return reader.text();
    case LIST:
      return Array.from({ length: reader.varint() }, () => readValue(reader));
    default:
      throw new RangeError(`postings hold an unknown kind of value: ${tag}`);
  }
}
