import { err, ok, type Result } from '../../../lib/result.ts';
import type { LogPlan } from '../program.ts';
import type { Value } from '../value.ts';
import type { Codes } from './codes.ts';
import { createFolded, type Folded, foldedKeys } from './folded.ts';
import type { Log } from './log.ts';
import { DECIMALS, HEAD_NUMBERS, LOG_CODEC_VERSION, RAW, TEXT_START } from './log-codec.ts';
import { type LogColumn, NO_CODES, NO_NUMBERS } from './log-column.ts';

interface Reader {
  /** The same bytes three times: making views is slower than reading. */
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  place: number;
  /** Where the text begins. */
  readonly end: number;
  readonly text: string;
  textPlace: number;
  /** By their one value: codes of all rows. Nobody writes to what was decoded, so columns may share them. */
  readonly same: Map<number, Codes>;
}

/** What the bytes promise they do not hold. Never leaves this file. */
class Corrupt extends Error {}

/**
 * The log that `encodeLog` wrote under the same plan. It reads the bytes where they are: they must not change afterwards. Whatever they hold, the answer
 * comes in time proportional to their length. `newerCodec`: a later version of this code wrote them.
 */
export function decodeLog(
  plan: LogPlan,
  bytes: Uint8Array,
  decodeText: (bytes: Uint8Array) => string,
): Result<Log, 'corrupt' | 'newerCodec'> {
  try {
    return read(plan, bytes, decodeText);
  } catch (error) {
    // JSON and typed arrays throw of themselves; so may a decoder of text that wants it valid.
    if (error instanceof Corrupt || error instanceof RangeError) return err('corrupt');
    if (error instanceof SyntaxError || error instanceof TypeError) return err('corrupt');
    throw error;
  }
}

function read(
  plan: LogPlan,
  given: Uint8Array,
  decodeText: (bytes: Uint8Array) => string,
): Result<Log, 'corrupt' | 'newerCodec'> {
  const bytes = (given.byteOffset & 7) === 0 ? given : given.slice();
  const { buffer, byteOffset, length } = bytes;
  check(length >= 8 * HEAD_NUMBERS && length % 8 === 0);
  const doubles = new Float64Array(buffer, byteOffset, length / 8);
  const version = doubles[0] as number;
  const rows = doubles[1] as number;
  const textLength = doubles[3] as number;
  if (version > LOG_CODEC_VERSION) return err('newerCodec');
  check(version === LOG_CODEC_VERSION && doubles[2] === plan.columns.length && isCount(rows, length));
  check(isCount(textLength, length - 8 * HEAD_NUMBERS));
  const end = length - ((textLength + 7) & -8);
  const text = decodeText(bytes.subarray(end, end + textLength));
  check(text.startsWith(TEXT_START));
  const words = new Int32Array(buffer, byteOffset, length / 4);
  const place = 8 * HEAD_NUMBERS;
  const reader: Reader = { bytes, words, doubles, place, end, text, textPlace: TEXT_START.length, same: new Map() };
  const at = readTimes(reader, rows);
  const strand = readCodes(reader, rows);
  const purposes = readCodes(reader, rows);
  const texts = readColumn(reader, rows);
  const uuids = texts.codes.includes(0) ? readWords(reader, 4 * rows) : new Int32Array(4 * rows);
  // In the order of `createLog`: logs of one shape are read faster.
  const log: Log = {
    plan,
    length: rows,
    at,
    strand,
    purposes,
    uuids,
    texts,
    type: readColumn(reader, rows),
    source: readColumn(reader, rows),
    columns: plan.columns.map(() => (readNumber(reader) === 1 ? readNumeric(reader, rows) : readColumn(reader, rows))),
    folded: readFolded(reader),
  };
  check(reader.place === end && reader.textPlace === text.length);
  return ok(log);
}

function check(condition: boolean): void {
  if (!condition) throw new Corrupt();
}

function isCount(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most;
}

/** Where the next so many bytes are; goes on to the next multiple of 8. */
function take(reader: Reader, length: number): number {
  const { place } = reader;
  check(length <= reader.end - place);
  reader.place = place + ((length + 7) & -8);
  return place;
}

function readNumber(reader: Reader): number {
  return reader.doubles[take(reader, 8) / 8] as number;
}

function readWords(reader: Reader, count: number): Int32Array {
  const start = take(reader, 4 * count) / 4;
  return reader.words.subarray(start, start + count);
}

/** The differences of a vector as they are stored; null: there are none. */
function readDifferences(reader: Reader, count: number, width: number): Codes | Uint32Array | Float64Array | null {
  if (width === 0) return null;
  check(width === 1 || width === 2 || width === 4 || width === 8);
  const start = take(reader, width * count);
  const { buffer, byteOffset } = reader.bytes;
  switch (width) {
    case 1:
      return reader.bytes.subarray(start, start + count);
    case 2:
      return new Uint16Array(buffer, byteOffset + start, count);
    case 4:
      return new Uint32Array(buffer, byteOffset + start, count);
    default:
      return reader.doubles.subarray(start / 8, start / 8 + count);
  }
}

/** Writes the differences of a vector, and returns what is to be added to each. */
function readInto(reader: Reader, count: number, into: Int32Array | Float64Array): number {
  const min = readNumber(reader);
  check(Number.isFinite(min));
  const width = readNumber(reader);
  if (width === 1) {
    const { bytes } = reader;
    const start = take(reader, count);
    for (let i = 0; i < count; i++) into[i] = bytes[start + i] as number;
  } else if (width === 4) {
    const { words } = reader;
    const start = take(reader, 4 * count) / 4;
    for (let i = 0; i < count; i++) into[i] = (words[start + i] as number) >>> 0;
  } else {
    const differences = readDifferences(reader, count, width);
    if (differences !== null) into.set(differences);
  }
  return min;
}

/** Where they stand, if they can be used as they are. */
function readCodes(reader: Reader, count: number): Codes {
  const min = reader.doubles[reader.place / 8] as number;
  const width = reader.doubles[reader.place / 8 + 1] as number;
  if (min === 0 && (width === 1 || width === 2)) {
    take(reader, 16);
    return readDifferences(reader, count, width) as Codes;
  }
  if (width !== 0 || !isCount(min, 255)) {
    const codes = new Int32Array(count);
    readInto(reader, count, codes);
    if (min !== 0) for (let i = 0; i < count; i++) codes[i] = (codes[i] as number) + min;
    return codes;
  }
  take(reader, 16);
  const known = reader.same.get(min);
  if (known?.length === count) return known;
  const codes = new Uint8Array(count);
  if (min !== 0) codes.fill(min);
  reader.same.set(min, codes);
  return codes;
}

/** Whether all codes are among the first `count` and 0. */
function areCodes(codes: Codes, count: number, { same }: Reader): boolean {
  const { length } = codes;
  if (length === 0) return true;
  const first = codes[0] as number;
  if (same.get(first) === codes) return first <= count;
  let odd = 0;
  let i = 0;
  if (codes instanceof Uint8Array && count < 128 && (codes.byteOffset & 3) === 0) {
    // Four at once: the highest bit of a byte shows what is above.
    const words = new Int32Array(codes.buffer, codes.byteOffset, length >> 2);
    const more = (127 - count) * 0x0101_0101;
    for (let w = 0; w < words.length; w++) {
      const word = words[w] as number;
      odd |= word | ((word & 0x7f7f_7f7f) + more);
    }
    odd &= 0x8080_8080 | 0;
    i = 4 * words.length;
  }
  for (; i < length; i++)
    odd |= ((count - (codes[i] as number)) & -0x8000_0000) | ((codes[i] as number) & -0x8000_0000);
  return odd === 0;
}

function readTimes(reader: Reader, rows: number): Float64Array {
  let time = readNumber(reader);
  // One byte a row at least: no more rows than bytes.
  check(Number.isSafeInteger(time) && rows <= reader.end - reader.place);
  const at = new Float64Array(rows);
  const min = readInto(reader, rows, at);
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < rows; i++) {
    const gap = (at[i] as number) + min;
    least = Math.min(gap, least);
    time += gap;
    at[i] = time;
  }
  check(least >= 0 && Number.isSafeInteger(time));
  return at;
}

function readNumeric(reader: Reader, rows: number): LogColumn {
  const numbers = readNumbers(reader, rows);
  return { numbers, codes: NO_CODES, isNumeric: true, values: [null], index: null, lists: null, searches: 0 };
}

function readNumbers(reader: Reader, count: number): Float64Array {
  const decimals = readNumber(reader);
  if (decimals === RAW) {
    const start = take(reader, 8 * count) / 8;
    return reader.doubles.subarray(start, start + count);
  }
  check(DECIMALS.includes(decimals));
  const absent = readNumber(reader);
  const numbers = new Float64Array(count);
  const min = readInto(reader, count, numbers);
  const scale = 10 ** decimals;
  for (let i = 0; i < count; i++) {
    const scaled = (numbers[i] as number) + min;
    numbers[i] = scaled === absent ? Number.NaN : scaled / scale;
  }
  return numbers;
}

function readColumn(reader: Reader, rows: number): LogColumn {
  const count = readNumber(reader);
  check(isCount(count, rows));
  const lengths = readCodes(reader, count);
  const values: Value[] = [null];
  for (let i = 0; i < count; i++) {
    const length = lengths[i] as number;
    const text = readText(reader, length >> 1);
    values.push((length & 1) === 0 ? text : /^-?Infinity$/.test(text) ? Number(text) : JSON.parse(text));
  }
  const codes = readCodes(reader, rows);
  check(areCodes(codes, count, reader));
  return { numbers: NO_NUMBERS, codes, isNumeric: false, values, index: null, lists: null, searches: 0 };
}

function readText(reader: Reader, length: number): string {
  const start = reader.textPlace;
  reader.textPlace = start + length;
  check(length >= 0 && reader.textPlace <= reader.text.length);
  return reader.text.slice(start, reader.textPlace);
}

function readFolded(reader: Reader): Folded | null {
  const count = readNumber(reader);
  if (count === -1) return null;
  check(isCount(count, reader.end));
  const folded = createFolded(readText(reader, readNumber(reader)));
  folded.until = readNumber(reader);
  for (const keys of foldedKeys(folded)) for (const key of readCodes(reader, count)) keys.push(key);
  for (const value of readNumbers(reader, count)) folded.value.push(value);
  return folded;
}
