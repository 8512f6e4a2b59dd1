import type { Program, ProgramSegment } from '../program.ts';
import { markDirty } from './dirty-set.ts';
import { runJump } from './jump.ts';

/**
 * Segments, ready to be run. Belongs to the program; a profile has `words` (the literals) and `members` (1 for each segment that it is in, by
 * position in `Program.segments`). Two ways of use:
 * - from scratch: `runSegments` for each run of segments in `Program.order`, the cells between them as they come;
 * - after changes: flipped literals are told to `markReaders`, which fills a dirty set (dirty-set.ts) of positions in `order`; taken out in rising
 *   order, each is run again by `rerunSegment`.
 */
export interface SegmentBits {
  /** `Program.order`. */
  readonly order: Int32Array;
  /** Of each segment, its place in `order`. */
  readonly positions: Int32Array;
  /** By position of a segment: the first one after it that asks for another access literal, or sets literals itself; 0: this one sets some. */
  readonly skips: Int32Array;
  readonly code: Int32Array;
  readonly starts: Int32Array;
  readonly accesses: Int32Array;
  readonly ifMembers: Int32Array;
  readonly ifNotMembers: Int32Array;
  /** Literals of the words. */
  readonly literals: number;
  /** Made when first asked for: evaluating once from scratch needs none. */
  readers: Readers | null;
}

/** Segments that read literal l: from `starts[l]` to `starts[l + 1]` of `segments`. */
export interface Readers {
  readonly starts: Int32Array;
  readonly segments: Int32Array;
}

export function createSegmentBits({ words, segments, code, order }: Program): SegmentBits {
  const count = segments.length;
  const [positions, starts, accesses] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)];
  const [ifMembers, ifNotMembers] = [new Int32Array(count), new Int32Array(count)];
  for (let i = 0; i < count; i++) {
    const { start, access, ifMember, ifNotMember } = segments[i] as ProgramSegment;
    // Nobody comes there without it.
    starts[i] = start >= 0 && code[start] === access ? (code[start + 1] as number) : start;
    accesses[i] = access;
    ifMembers[i] = ifMember;
    ifNotMembers[i] = ifNotMember;
  }
  const skips = new Int32Array(order.length);
  for (let i = order.length - 1, next = -2; i >= 0; i--) {
    const node = order[i] as number;
    let access = -2;
    if (node < 0) {
      positions[~node] = i;
      if ((ifMembers[~node] as number) < 0 && (ifNotMembers[~node] as number) < 0) {
        access = accesses[~node] as number;
        skips[i] = access === next ? (skips[i + 1] as number) : i + 1;
      }
    }
    next = access;
  }
  return {
    order: new Int32Array(order),
    positions,
    skips,
    code: new Int32Array(code),
    starts,
    accesses,
    ifMembers,
    ifNotMembers,
    literals: 32 * words,
    readers: null,
  };
}

/** Runs the segments at the positions from `from` up to, without, `to` of `order`. None of these may be a cell. */
export function runSegments(
  { order, skips, code, starts, accesses, ifMembers, ifNotMembers }: SegmentBits,
  from: number,
  to: number,
  words: Int32Array,
  members: Uint8Array,
): void {
  for (let position = from; position < to; ) {
    const segment = ~(order[position] as number);
    const skip = skips[position] as number;
    const end = skip === 0 ? position + 1 : Math.min(skip, to);
    if (isOpen(words, accesses[segment] as number)) {
      for (; position < end; position++) {
        const of = ~(order[position] as number);
        members[of] = runJump(code, starts[of] as number, words) ? 1 : 0;
      }
    } else for (; position < end; position++) members[~(order[position] as number)] = 0;
    if (skip !== 0) continue;
    const member = members[segment] === 1;
    const ifMember = ifMembers[segment] as number;
    const ifNotMember = ifNotMembers[segment] as number;
    if (ifMember >= 0) writeBit(words, ifMember, member);
    if (ifNotMember >= 0) writeBit(words, ifNotMember, !member);
  }
}

/** Runs one segment again. When its membership flips, it is stored, and the readers of the membership become dirty. */
export function rerunSegment(
  bits: SegmentBits,
  segment: number,
  words: Int32Array,
  members: Uint8Array,
  dirty: Int32Array,
): boolean {
  const open = isOpen(words, bits.accesses[segment] as number);
  const member = open && runJump(bits.code, bits.starts[segment] as number, words);
  if (member === (members[segment] === 1)) return false;
  members[segment] = member ? 1 : 0;
  flipBit(bits, bits.ifMembers[segment] as number, member, words, members, dirty);
  flipBit(bits, bits.ifNotMembers[segment] as number, !member, words, members, dirty);
  return true;
}

/**
 * The segments that a flipped literal may move become dirty. Rules in negation normal form only gain by a literal that is set, so a member
 * has nothing to fear from that, nor anybody else to hope from one that is cleared.
 */
export function markReaders(
  bits: SegmentBits,
  literal: number,
  isSet: boolean,
  members: Uint8Array,
  dirty: Int32Array,
): void {
  bits.readers ??= readersOf(bits);
  const { starts, segments } = bits.readers;
  const { positions } = bits;
  const settled = isSet ? 1 : 0;
  const end = starts[literal + 1] as number;
  for (let i = starts[literal] as number; i < end; i++) {
    const segment = segments[i] as number;
    if (members[segment] !== settled) markDirty(dirty, positions[segment] as number);
  }
}

/** Whether a segment is worth running: its access literal is set, or it has none. */
function isOpen(words: Int32Array, access: number): boolean {
  return access < 0 || (((words[access >> 5] as number) >>> access) & 1) !== 0;
}

function flipBit(
  bits: SegmentBits,
  literal: number,
  isSet: boolean,
  words: Int32Array,
  members: Uint8Array,
  dirty: Int32Array,
): void {
  if (literal < 0) return;
  writeBit(words, literal, isSet);
  markReaders(bits, literal, isSet, members, dirty);
}

export function writeBit(words: Int32Array, literal: number, isSet: boolean): void {
  const word = words[literal >> 5] as number;
  const mask = 1 << (literal & 31);
  words[literal >> 5] = isSet ? word | mask : word & ~mask;
}

/** Segments by the literals that they read, each once. Code is followed from its start: segments may share it. */
function readersOf({ code, starts, accesses, literals }: SegmentBits): Readers {
  const edges: number[] = [];
  const seenAt = new Int32Array(code.length).fill(-1);
  const seenLiteral = new Int32Array(literals).fill(-1);
  const open: number[] = [];
  const read = (literal: number, segment: number) => {
    if (literal < 0 || seenLiteral[literal] === segment) return;
    seenLiteral[literal] = segment;
    edges.push(literal, segment);
  };
  for (let segment = 0; segment < starts.length; segment++) {
    read(accesses[segment] as number, segment);
    open.push(starts[segment] as number);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at < 0 || seenAt[at] === segment) continue;
      seenAt[at] = segment;
      read(code[at] as number, segment);
      open.push(code[at + 2] as number, code[at + 1] as number);
    }
  }
  const readerStarts = new Int32Array(literals + 1);
  for (let i = 0; i < edges.length; i += 2)
    readerStarts[(edges[i] as number) + 1] = (readerStarts[(edges[i] as number) + 1] as number) + 1;
  for (let l = 0; l < literals; l++)
    readerStarts[l + 1] = (readerStarts[l + 1] as number) + (readerStarts[l] as number);
  const next = readerStarts.slice();
  const readers = new Int32Array(edges.length / 2);
  for (let i = 0; i < edges.length; i += 2) {
    const literal = edges[i] as number;
    readers[next[literal] as number] = edges[i + 1] as number;
    next[literal] = (next[literal] as number) + 1;
  }
  return { starts: readerStarts, segments: readers };
}
