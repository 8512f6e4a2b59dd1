import type { Value } from '../value.ts';
import { foldedKeys } from './folded.ts';
import type { Log } from './log.ts';
import { DECIMALS, HEAD_NUMBERS, LOG_CODEC_VERSION, RAW, TEXT_START } from './log-codec.ts';
import type { LogColumn } from './log-column.ts';

type Numbers = Float64Array | Int32Array | Uint16Array | Uint8Array | readonly number[];

interface Writer {
  bytes: Uint8Array;
  /** The same bytes. */
  doubles: Float64Array;
  words: Uint32Array;
  /** Always a multiple of 8. */
  length: number;
  readonly texts: string[];
  /** Strings may hold half characters, which UTF-8 cannot. */
  readonly isCareful: boolean;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Bytes of a log: equal logs that were built in the same order give equal bytes. Layout: log-codec.ts. They may be part of a larger buffer, which nobody
 * else uses.
 */
export function encodeLog(log: Log, encodeText: (text: string) => Uint8Array): Uint8Array {
  return encode(log, encodeText, false) ?? (encode(log, encodeText, true) as Uint8Array);
}

/** Null: the text cannot be written carelessly. */
function encode(log: Log, encodeText: (text: string) => Uint8Array, isCareful: boolean): Uint8Array | null {
  const { length: rows, folded } = log;
  const bytes = new Uint8Array(1024 + 32 * rows);
  const doubles = new Float64Array(bytes.buffer);
  const words = new Uint32Array(bytes.buffer);
  const writer: Writer = { bytes, doubles, words, length: 8 * HEAD_NUMBERS, texts: [TEXT_START], isCareful };
  const scratch = new Float64Array(rows);
  writeTimes(writer, log.at, rows, scratch);
  writeVector(writer, log.strand, rows);
  writeVector(writer, log.purposes, rows);
  writeCodes(writer, log.texts, rows);
  // Where every id is text there are no words.
  const { buffer, byteOffset } = log.uuids;
  if (log.texts.codes.subarray(0, rows).includes(0)) writePart(writer, new Uint8Array(buffer, byteOffset, 16 * rows));
  writeCodes(writer, log.type, rows);
  writeCodes(writer, log.source, rows);
  for (const column of log.columns) {
    writeNumber(writer, column.isNumeric ? 1 : 0);
    if (column.isNumeric) writeNumbers(writer, column.numbers, rows, scratch);
    else writeCodes(writer, column, rows);
  }
  writeNumber(writer, folded === null ? -1 : folded.value.length);
  if (folded !== null) {
    writeNumber(writer, folded.queryHash.length);
    writer.texts.push(folded.queryHash);
    writeNumber(writer, folded.until);
    for (const keys of foldedKeys(folded)) writeVector(writer, keys, keys.length);
    writeNumbers(writer, folded.value, folded.value.length, new Float64Array(folded.value.length));
  }
  const text = writer.texts.join('');
  const encoded = encodeText(text);
  if (!isCareful && encoded.length !== text.length && LONE_SURROGATE.test(text)) return null;
  writePart(writer, encoded);
  writer.doubles.set([LOG_CODEC_VERSION, rows, log.columns.length, encoded.length]);
  return writer.bytes.subarray(0, writer.length);
}

const aligned = (length: number) => (length + 7) & -8;

function reserve(writer: Writer, more: number): void {
  const needed = writer.length + aligned(more);
  if (needed <= writer.bytes.length) return;
  const longer = new Uint8Array(aligned(2 * needed));
  longer.set(writer.bytes.subarray(0, writer.length));
  writer.bytes = longer;
  writer.doubles = new Float64Array(longer.buffer);
  writer.words = new Uint32Array(longer.buffer);
}

function writePart(writer: Writer, part: Uint8Array): void {
  reserve(writer, part.length);
  writer.bytes.set(part, writer.length);
  writer.length += aligned(part.length);
}

function writeNumber(writer: Writer, value: number): void {
  reserve(writer, 8);
  writer.doubles[writer.length / 8] = value;
  writer.length += 8;
}

/** Whole numbers. `least`: the least width, for what must not collapse. */
function writeVector(writer: Writer, values: Numbers, count: number, least = 0): void {
  let min = count === 0 ? 0 : (values[0] as number);
  let max = min;
  if (values instanceof Uint8Array) {
    // Narrow already: all that matters is whether all are equal.
    let same = 1;
    while (same < count && values[same] === min) same++;
    if (same < count) {
      writeNumber(writer, 0);
      writeNumber(writer, 1);
      writePart(writer, values.subarray(0, count));
      return;
    }
  } else {
    for (let i = 1; i < count; i++) {
      const value = values[i] as number;
      if (value < min) min = value;
      else if (value > max) max = value;
    }
  }
  writeRange(writer, values, count, min, max, least);
}

/** Whole numbers of which the smallest and the greatest are known. */
function writeRange(writer: Writer, values: Numbers, count: number, min: number, max: number, least: number): void {
  // Most vectors need no subtraction to be narrow.
  const from = min > 0 && min < max && widthOf(max) === widthOf(max - min) ? 0 : min;
  const width = Math.max(least, widthOf(max - from));
  writeNumber(writer, from);
  writeNumber(writer, width);
  if (width === 0) return;
  reserve(writer, width * count);
  const { bytes, words, doubles } = writer;
  const at = writer.length / width;
  if (width === 2) {
    const shorts = new Uint16Array(bytes.buffer, writer.length, count);
    for (let i = 0; i < count; i++) shorts[i] = (values[i] as number) - from;
  } else if (!(values instanceof Float64Array)) {
    const to = width === 1 ? bytes : width === 4 ? words : doubles;
    for (let i = 0; i < count; i++) to[at + i] = (values[i] as number) - from;
    // These are most: loops over arrays of one kind are faster.
  } else if (width === 1) for (let i = 0; i < count; i++) bytes[at + i] = (values[i] as number) - from;
  else if (width === 4) for (let i = 0; i < count; i++) words[at + i] = (values[i] as number) - from;
  else for (let i = 0; i < count; i++) doubles[at + i] = (values[i] as number) - from;
  writer.length += aligned(width * count);
}

function widthOf(range: number): number {
  return range === 0 ? 0 : range < 256 ? 1 : range < 65_536 ? 2 : range < 2 ** 32 ? 4 : 8;
}

/** The gaps are at least a byte each, so that a reader can tell from the length how many rows there may be. */
function writeTimes(writer: Writer, at: Float64Array, rows: number, scratch: Float64Array): void {
  writeNumber(writer, rows === 0 ? 0 : (at[0] as number));
  let max = 0;
  for (let i = 0; i < rows; i++) {
    const gap = i === 0 ? 0 : (at[i] as number) - (at[i - 1] as number);
    scratch[i] = gap;
    if (gap > max) max = gap;
  }
  // The first gap is 0, so none is smaller.
  writeRange(writer, scratch, rows, 0, max, 1);
}

function writeNumbers(writer: Writer, numbers: Numbers, count: number, scratch: Float64Array): void {
  for (const decimals of DECIMALS) {
    const scale = 10 ** decimals;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    let hasGaps = false;
    let i = 0;
    for (; i < count; i++) {
      const number = numbers[i] as number;
      const scaled = Math.round(number * scale);
      scratch[i] = scaled;
      // NaN goes on as NaN; too large a number for 32 bits may as well stay a double.
      if (scaled / scale === number && scaled <= 0x7fff_ffff && scaled > -0x7fff_ffff) {
        if (scaled < min) min = scaled;
        if (scaled > max) max = scaled;
      } else if (Number.isNaN(number)) hasGaps = true;
      else break;
    }
    if (i < count) continue;
    const absent = Math.min(min, 0) - 1;
    if (hasGaps || count === 0) {
      for (i = 0; i < count; i++) if (Number.isNaN(scratch[i])) scratch[i] = absent;
      min = count === 0 ? 0 : absent;
      max = count === 0 ? 0 : Math.max(max, absent);
    }
    writeNumber(writer, decimals);
    writeNumber(writer, absent);
    writeRange(writer, scratch, count, min, max, 0);
    return;
  }
  writeNumber(writer, RAW);
  for (let i = 0; i < count; i++) scratch[i] = numbers[i] as number;
  writePart(writer, new Uint8Array(scratch.buffer));
}

/** The values' lengths in the text, doubled, one more for what is no string; then the codes. */
function writeCodes(writer: Writer, { values, codes }: LogColumn, rows: number): void {
  const lengths: number[] = [];
  for (let code = 1; code < values.length; code++) {
    const value = values[code] as Value;
    const isText = typeof value === 'string' && !(writer.isCareful && LONE_SURROGATE.test(value));
    // JSON escapes half characters, and knows nothing of Infinity.
    const text = isText ? value : typeof value === 'number' ? String(value) : JSON.stringify(value);
    lengths.push(2 * text.length + (isText ? 0 : 1));
    writer.texts.push(text);
  }
  writeNumber(writer, lengths.length);
  writeVector(writer, lengths, lengths.length);
  writeVector(writer, codes.length === rows ? codes : codes.subarray(0, rows), rows);
}
