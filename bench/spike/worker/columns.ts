/**
 * A hand-written columnar snapshot: 8-aligned sections, so that a decoded column is a view on the row's own bytes.
 * One dictionary holds every string; it is decoded by one TextDecoder call and cut by UTF-16 lengths.
 */

import type { Membership, SampleEvent, SampleState, Scalar } from './sample.ts';

export interface PropColumn {
  readonly key: number;
  /** 0: numbers; 1: dictionary codes; 2: 32-bit integers. */
  readonly kind: number;
  readonly rows: Uint16Array;
  readonly values: Uint16Array | Int32Array | Float64Array;
}

export interface Columns {
  readonly words: readonly string[];
  readonly wordBytes: Uint8Array;
  readonly wordLengths: Uint16Array;
  readonly at: Float64Array;
  readonly type: Uint16Array;
  readonly source: Uint8Array;
  readonly purposes: Uint16Array;
  readonly props: readonly PropColumn[];
  readonly attributeKey: Uint16Array;
  /** 0 number, 1 dictionary code, 2 boolean. */
  readonly attributeKind: Uint8Array;
  readonly attributeValue: Float64Array;
  readonly segment: Uint16Array;
  readonly since: Float64Array;
  readonly entered: Uint8Array;
}

const version = 1;
const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();
const aligned = (bytes: number): number => (bytes + 7) & ~7;

function sections(c: Columns): ArrayBufferView[] {
  const delta = new Uint32Array(c.at.length);
  for (let i = 1; i < c.at.length; i++) delta[i] = (c.at[i] ?? 0) - (c.at[i - 1] ?? 0);
  const shape = new Float64Array([
    c.wordLengths.length,
    c.wordBytes.length,
    c.at.length,
    c.props.length,
    c.attributeKey.length,
    c.segment.length,
    c.at[0] ?? 0,
  ]);
  const props = c.props.flatMap((p) => [new Uint32Array([p.key, p.kind, p.rows.length, 0]), p.rows, p.values]);
  return [
    shape,
    c.wordLengths,
    c.wordBytes,
    delta,
    c.type,
    c.source,
    c.purposes,
    ...props,
    c.attributeKey,
    c.attributeKind,
    c.attributeValue,
    c.segment,
    c.since,
    c.entered,
  ];
}

export function encodeColumns(c: Columns): Uint8Array {
  const parts = sections(c);
  const bytes = new Uint8Array(8 + parts.reduce((sum, part) => sum + aligned(part.byteLength), 0));
  bytes[0] = version;
  let offset = 8;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset);
    offset += aligned(part.byteLength);
  }
  return bytes;
}

export function decodeColumns(bytes: Uint8Array): Columns {
  if (bytes[0] !== version) throw new Error(`snapshot version ${bytes[0]}`);
  const buffer = bytes.buffer;
  let offset = bytes.byteOffset + 8;
  const take = (byteLength: number): number => {
    const start = offset;
    offset += aligned(byteLength);
    return start;
  };
  const [wordCount = 0, wordBytesCount = 0, events = 0, propCount = 0, attributes = 0, memberships = 0, first = 0] =
    new Float64Array(buffer, take(56), 7);
  const wordLengths = new Uint16Array(buffer, take(wordCount * 2), wordCount);
  const wordBytes = new Uint8Array(buffer, take(wordBytesCount), wordBytesCount);
  const delta = new Uint32Array(buffer, take(events * 4), events);
  const at = new Float64Array(events);
  let time = first;
  for (let i = 0; i < events; i++) at[i] = time += delta[i] ?? 0;
  const type = new Uint16Array(buffer, take(events * 2), events);
  const source = new Uint8Array(buffer, take(events), events);
  const purposes = new Uint16Array(buffer, take(events * 2), events);
  const props: PropColumn[] = [];
  for (let i = 0; i < propCount; i++) {
    const [key = 0, kind = 0, count = 0] = new Uint32Array(buffer, take(16), 4);
    const rows = new Uint16Array(buffer, take(count * 2), count);
    const values =
      kind === 0
        ? new Float64Array(buffer, take(count * 8), count)
        : kind === 1
          ? new Uint16Array(buffer, take(count * 2), count)
          : new Int32Array(buffer, take(count * 4), count);
    props.push({ key, kind, rows, values });
  }
  return {
    words: cutWords(fromUtf8.decode(wordBytes), wordLengths),
    wordBytes,
    wordLengths,
    at,
    type,
    source,
    purposes,
    props,
    attributeKey: new Uint16Array(buffer, take(attributes * 2), attributes),
    attributeKind: new Uint8Array(buffer, take(attributes), attributes),
    attributeValue: new Float64Array(buffer, take(attributes * 8), attributes),
    segment: new Uint16Array(buffer, take(memberships * 2), memberships),
    since: new Float64Array(buffer, take(memberships * 8), memberships),
    entered: new Uint8Array(buffer, take(memberships), memberships),
  };
}

function cutWords(text: string, lengths: Uint16Array): string[] {
  const words: string[] = [];
  let start = 0;
  for (const length of lengths) {
    words.push(text.slice(start, start + length));
    start += length;
  }
  return words;
}

export function toColumns(state: SampleState): Columns {
  const codes = new Map<string, number>();
  const code = (word: string): number => {
    let known = codes.get(word);
    if (known === undefined) {
      known = codes.size;
      codes.set(word, known);
    }
    return known;
  };
  const found = new Map<string, { kind: number; rows: number[]; values: number[] }>();
  state.events.forEach((event, row) => {
    for (const key in event.props) {
      const value = event.props[key] ?? 0;
      let column = found.get(key);
      if (!column) {
        column = { kind: typeof value === 'string' ? 1 : 2, rows: [], values: [] };
        found.set(key, column);
      }
      column.rows.push(row);
      if (typeof value === 'number' && (value | 0) !== value) column.kind = 0;
      column.values.push(typeof value === 'string' ? code(value) : value);
    }
  });
  const attributes = Object.entries(state.attributes);
  const kinds = attributes.map(([, value]) => (typeof value === 'number' ? 0 : typeof value === 'string' ? 1 : 2));
  const columns = {
    at: Float64Array.from(state.events, (e) => e.at),
    type: Uint16Array.from(state.events, (e) => code(e.type)),
    source: Uint8Array.from(state.events, (e) => e.source),
    purposes: Uint16Array.from(state.events, (e) => e.purposes),
    props: [...found].map(([key, c]) => ({
      key: code(key),
      kind: c.kind,
      rows: Uint16Array.from(c.rows),
      values:
        c.kind === 0
          ? Float64Array.from(c.values)
          : c.kind === 1
            ? Uint16Array.from(c.values)
            : Int32Array.from(c.values),
    })),
    attributeKey: Uint16Array.from(attributes, ([key]) => code(key)),
    attributeKind: Uint8Array.from(kinds),
    attributeValue: Float64Array.from(attributes, ([, value]) =>
      typeof value === 'string' ? code(value) : Number(value),
    ),
    segment: Uint16Array.from(state.memberships, (m) => code(m.segment)),
    since: Float64Array.from(state.memberships, (m) => m.since),
    entered: Uint8Array.from(state.memberships, (m) => Number(m.entered)),
  };
  const words = [...codes.keys()];
  return {
    words,
    wordBytes: utf8.encode(words.join('')),
    wordLengths: Uint16Array.from(words, (w) => w.length),
    ...columns,
  };
}

export function toState(c: Columns): SampleState {
  const word = (index: number | undefined): string => c.words[index ?? -1] ?? '';
  const props: Record<string, string | number>[] = Array.from({ length: c.at.length }, () => ({}));
  for (const column of c.props) {
    const key = word(column.key);
    column.rows.forEach((row, i) => {
      const target = props[row];
      if (target) target[key] = column.kind === 1 ? word(column.values[i]) : (column.values[i] ?? 0);
    });
  }
  const scalar = (i: number): Scalar => {
    const value = c.attributeValue[i] ?? 0;
    return c.attributeKind[i] === 0 ? value : c.attributeKind[i] === 1 ? word(value) : value === 1;
  };
  return {
    events: props.map(
      (p, i): SampleEvent => ({
        type: word(c.type[i]),
        source: c.source[i] ?? 0,
        at: c.at[i] ?? 0,
        purposes: c.purposes[i] ?? 0,
        props: p,
      }),
    ),
    attributes: Object.fromEntries(Array.from(c.attributeKey, (key, i): [string, Scalar] => [word(key), scalar(i)])),
    memberships: Array.from(
      c.segment,
      (s, i): Membership => ({ segment: word(s), since: c.since[i] ?? 0, entered: c.entered[i] === 1 }),
    ),
  };
}
