import type { Program, ProgramSegment } from '../program.ts';
import { runJump } from './jump.ts';
import type { SegmentReaders } from './segment-readers.ts';

/**
 * Segments, ready to be run. Belongs to the program; a profile has `words` (the literals) and `members` (1 for each segment that it is in, by
 * position in `Program.segments`). Two ways of use:
 * - from scratch: `runSegments` for each run of segments in `Program.order`, the cells between them as they come;
 * - after changes: flipped literals are told to `markReaders`, which fills a dirty set (dirty-set.ts) of positions in `order`; taken out in rising
 *   order, each is run again by `rerunSegment`. Both are in rerun-segments.ts.
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
  readers: SegmentReaders | null;
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

/** Runs the segments at the positions from `from` up to, without, the next cell or `to`. Returns where it stopped. */
export function runSegments(
  { order, skips, code, starts, accesses, ifMembers, ifNotMembers }: SegmentBits,
  from: number,
  to: number,
  words: Int32Array,
  members: Uint8Array,
): number {
  let position = from;
  while (position < to) {
    const segment = ~(order[position] as number);
    if (segment < 0) break;
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
  return position;
}

/** Whether a segment is worth running: its access literal is set, or it has none. */
export function isOpen(words: Int32Array, access: number): boolean {
  return access < 0 || isSet(words, access);
}

export function isSet(words: Int32Array, literal: number): boolean {
  return (((words[literal >> 5] as number) >>> literal) & 1) !== 0;
}

export function writeBit(words: Int32Array, literal: number, isSet: boolean): void {
  const word = words[literal >> 5] as number;
  const mask = 1 << (literal & 31);
  words[literal >> 5] = isSet ? word | mask : word & ~mask;
}
