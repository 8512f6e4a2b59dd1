import { type Instant, parseProfileId } from '../../lib/ids.ts';
import { findCapProblem, type JsonCaps, type JsonValue } from '../../lib/json.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { createSample, type ProfileSample, type Sampled } from './sample.ts';
import type { SampleKey } from './sample-key.ts';
import { ShardReader } from './shard-reader.ts';
import { ShardWriter } from './shard-writer.ts';

/** One profile, copied: all that a program needs to evaluate it without its object. */
export interface SampleRow extends Sampled {
  /** Has an identity that names a person. */
  readonly known: boolean;
  readonly lastSeen: Instant;
  /** The profile's events: see event-pack.ts. */
  readonly log: Uint8Array;
  readonly attributes: ReadonlyMap<string, JsonValue>;
}

/** `newerFormat`: written by later code. `differentKey`: drawn by another key. `corrupt`: anything else that we did not write. */
export type ShardProblem = 'newerFormat' | 'differentKey' | 'corrupt';

const MAGIC = [0x53, 0x4c, 0x56, 0x53] as const;
const FORMAT = 1;
const ID_PREFIX = 'prf_';
const ID_BYTES = 28;
const MAX_K = 1_000_000;
/** Differences of two such instants stay exact in a zigzag varint; the year 37648 is far enough. */
const MAX_INSTANT = 2 ** 50;
const ATTRIBUTE_CAPS: JsonCaps = { maxDepth: 8, maxString: 65_536, maxItems: 10_000 };

/**
 * A sample as columns: ids, known bits, last seen, taken at, logs, then each attribute as a dictionary of its distinct JSON texts and a number for
 * each row. Equal samples give equal bytes, if their values print equally.
 */
export function encodeShard(sample: ProfileSample<SampleRow>): Uint8Array {
  const rows = sample.entries.map(({ row }) => row);
  const out = new ShardWriter();
  for (const byte of MAGIC) out.byte(byte);
  out.byte(FORMAT);
  out.text(sample.key);
  out.varint(sample.k);
  out.byte(sample.limit === null ? 0 : 1);
  if (sample.limit !== null) out.double(sample.limit);
  out.varint(rows.length);
  for (const { profile } of rows) {
    for (let i = ID_PREFIX.length; i < profile.length; i++) out.byte(profile.charCodeAt(i));
  }
  for (let i = 0; i < rows.length; i += 8) {
    out.byte(rows.slice(i, i + 8).reduce((bits, row, bit) => bits | (row.known ? 1 << bit : 0), 0));
  }
  writeInstants(out, rows, (row) => row.lastSeen);
  writeInstants(out, rows, (row) => row.takenAt);
  for (const { log } of rows) out.varint(log.length);
  for (const { log } of rows) out.bytes(log);
  const names = [...new Set(rows.flatMap((row) => [...row.attributes.keys()]))].sort();
  out.varint(names.length);
  for (const name of names) writeAttribute(out, name, rows);
  return out.finish();
}

/**
 * Total over any bytes: work and memory are bounded by their length. Ranks are computed again, so a shard cannot claim a place in the sample for a
 * profile that has none. Logs are views into `bytes`, and are not looked into. `only`: rows are given these attributes and no others, whose values are not
 * looked into either.
 */
export function decodeShard(
  bytes: Uint8Array,
  key: SampleKey,
  only: ReadonlySet<string> | null = null,
): Result<ProfileSample<SampleRow>, ShardProblem> {
  const input = new ShardReader(bytes);
  if (MAGIC.some((byte) => input.byte() !== byte)) return err('corrupt');
  const format = input.byte();
  if (format > FORMAT) return err('newerFormat');
  const keyId = input.text();
  if (input.broken || format !== FORMAT) return err('corrupt');
  if (keyId !== key.id) return err('differentKey');
  const k = input.varint();
  const full = input.byte();
  const limit = full === 1 ? input.double() : null;
  const count = input.count(ID_BYTES);
  const isSound = full <= 1 && k >= 2 && k <= MAX_K && (limit === null || (limit > 0 && limit <= 1));
  if (input.broken || !isSound) return err('corrupt');

  const ids = Array.from({ length: count }, () => parseProfileId(ID_PREFIX + ascii(input.bytes(ID_BYTES))));
  const known = input.bytes(Math.ceil(count / 8));
  const lastSeen = readInstants(input, count);
  const takenAt = readInstants(input, count);
  const lengths = Array.from({ length: count }, () => input.varint());
  const logs = lengths.map((length) => input.bytes(length));
  const attributes = readAttributes(input, count, only);
  if (input.broken || input.left > 0 || attributes === null) return err('corrupt');

  const rows: SampleRow[] = [];
  for (const [i, profile] of ids.entries()) {
    const [seen, taken, log, values] = [lastSeen[i], takenAt[i], logs[i], attributes[i]];
    if (profile === null || seen === undefined || taken === undefined || !log || !values) return err('corrupt');
    const isKnown = (((known[i >> 3] ?? 0) >> (i & 7)) & 1) === 1;
    rows.push({ profile, takenAt: taken, known: isKnown, lastSeen: seen, log, attributes: values });
  }
  const sample = createSample(k, key, rows);
  const isOrdered = sample.entries.length === count && sample.entries.every(({ row }, i) => row === rows[i]);
  const isInside = limit === null || sample.entries.every(({ rank }) => rank <= limit);
  return isOrdered && isInside ? ok({ ...sample, limit }) : err('corrupt');
}

function writeInstants(out: ShardWriter, rows: readonly SampleRow[], of: (row: SampleRow) => Instant): void {
  let before = 0;
  for (const row of rows) {
    if (Math.abs(of(row)) > MAX_INSTANT) throw new RangeError('an instant of a sample row is out of range');
    out.signed(of(row) - before);
    before = of(row);
  }
}

function readInstants(input: ShardReader, count: number): readonly (Instant | undefined)[] {
  let before = 0;
  return Array.from({ length: count }, () => {
    before += input.signed();
    return Math.abs(before) <= MAX_INSTANT ? (before as Instant) : undefined;
  });
}

function writeAttribute(out: ShardWriter, name: string, rows: readonly SampleRow[]): void {
  const numbers = new Map<string, number>();
  const cells = rows.map(({ attributes }) => {
    const value = attributes.get(name);
    if (value === undefined) return 0;
    const text = JSON.stringify(value);
    const number = numbers.get(text) ?? numbers.size + 1;
    numbers.set(text, number);
    return number;
  });
  out.text(name);
  out.varint(numbers.size);
  for (const text of numbers.keys()) out.text(text);
  for (const cell of cells) out.varint(cell);
}

/** Values of each row; null where a column is not one of ours. Rows share the values of a dictionary. */
function readAttributes(
  input: ShardReader,
  count: number,
  only: ReadonlySet<string> | null,
): readonly Map<string, JsonValue>[] | null {
  const rows = Array.from({ length: count }, () => new Map<string, JsonValue>());
  const columns = input.count(2);
  for (let column = 0; column < columns; column++) {
    const name = input.text();
    const size = input.count(1);
    if (input.broken || size > count) return null;
    if (only !== null && !only.has(name)) {
      for (let i = 0; i < size; i++) input.skipText();
      for (let i = 0; i < count; i++) if (input.varint() > size) return null;
      continue;
    }
    const values: JsonValue[] = [];
    for (let i = 0; i < size; i++) {
      const value = parseValue(input.text());
      if (value === undefined) return null;
      values.push(value);
    }
    for (const row of rows) {
      const cell = input.varint();
      if (input.broken || cell > size || row.has(name)) return null;
      const value = values[cell - 1];
      if (value !== undefined) row.set(name, value);
    }
  }
  return rows;
}

function parseValue(text: string): JsonValue | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return findCapProblem(value, ATTRIBUTE_CAPS) === null ? value : undefined;
  } catch {
    return undefined;
  }
}

function ascii(bytes: Uint8Array): string {
  const units: ArrayLike<number> = bytes;
  return String.fromCharCode.apply(null, units as number[]);
}
