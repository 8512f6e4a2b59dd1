import { createDirtySet } from './dirty-set.ts';
import { runJump } from './jump.ts';
import { readersOf, type SegmentReaders } from './segment-readers.ts';
import { isOpen, isSet, type SegmentBits, writeBit } from './segments.ts';

/** The segments of one profile, kept right while literals flip. */
export interface SegmentRun {
  readonly words: Int32Array;
  readonly members: Uint8Array;
  readonly readers: SegmentReaders;
  /** By place in `order`: the literals that the segment reads, as bits. */
  readonly states: Int32Array;
  /** Places in `order` (dirty-set.ts). */
  readonly dirty: Int32Array;
}

/** `words` and `members` were evaluated, and are written by nobody else from now on. */
export function createSegmentRun(bits: SegmentBits, words: Int32Array, members: Uint8Array): SegmentRun {
  bits.readers ??= readersOf(bits);
  const { readers } = bits;
  const { starts, positions, masks } = readers;
  const states = new Int32Array(bits.order.length);
  for (let literal = 0; literal < bits.literals; literal++) {
    if (!isSet(words, literal)) continue;
    const end = starts[literal + 1] as number;
    for (let i = starts[literal] as number; i < end; i++) {
      const position = positions[i] as number;
      states[position] = (states[position] as number) | (masks[i] as number);
    }
  }
  return { words, members, readers, states, dirty: createDirtySet(bits.order.length) };
}

/** Goes on with copies of the words and members. Nothing may be dirty. */
export function forkSegmentRun(run: SegmentRun, words: Int32Array, members: Uint8Array): SegmentRun {
  return { words, members, readers: run.readers, states: run.states.slice(), dirty: run.dirty.slice() };
}

/** The readers of a literal, which was written, become dirty. `set`: -1 if it is set now, 0 if not. */
export function markReaders({ readers, states, dirty }: SegmentRun, literal: number, set: number): void {
  const { starts, positions, masks } = readers;
  const end = starts[literal + 1] as number;
  for (let i = starts[literal] as number; i < end; i++) {
    const position = positions[i] as number;
    const mask = masks[i] as number;
    states[position] = ((states[position] as number) & ~mask) | (set & mask);
    dirty[position >> 5] = (dirty[position >> 5] as number) | (1 << position);
  }
}

/** Runs the segment at a place in `order` again. When its membership flips, it is stored, and the readers of the membership become dirty. */
export function rerunSegment(bits: SegmentBits, position: number, run: SegmentRun): boolean {
  const { words, members, readers, states } = run;
  const segment = ~(bits.order[position] as number);
  const table = readers.tableStarts[position] as number;
  let member = 0;
  if (table >= 0) {
    const state = states[position] as number;
    member = ((readers.tables[table + (state >> 5)] as number) >>> state) & 1;
  } else if (isOpen(words, bits.accesses[segment] as number))
    member = runJump(bits.code, bits.starts[segment] as number, words) ? 1 : 0;
  if (member === members[segment]) return false;
  members[segment] = member;
  flipBit(run, bits.ifMembers[segment] as number, member === 1);
  flipBit(run, bits.ifNotMembers[segment] as number, member === 0);
  return true;
}

function flipBit(run: SegmentRun, literal: number, flippedTo: boolean): void {
  if (literal < 0) return;
  writeBit(run.words, literal, flippedTo);
  markReaders(run, literal, flippedTo ? -1 : 0);
}
