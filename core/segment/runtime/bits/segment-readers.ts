import { JUMP } from '../program.ts';

/**
 * Who reads which literal, for those that live on. The literals that a segment reads are bits of its state, and its rule is a table: the membership for
 * each state. So flips need no branches, which are what costs: nobody can foretell them.
 */
export interface SegmentReaders {
  /** Readers of literal l: from `starts[l]` to `starts[l + 1]` of `positions`, their places in `order`, and of `masks`, its bit in their states. */
  readonly starts: Int32Array;
  readonly positions: Int32Array;
  readonly masks: Int32Array;
  /** By place in `order`: where the table begins, a bit for each state; NO_TABLE: to be run. */
  readonly tableStarts: Int32Array;
  readonly tables: Int32Array;
}

export const NO_TABLE = -1;

/** Of so many literals there are tables: 32 bytes at most. */
const MOST_LITERALS = 8;
/** By bit of the state up to the fifth: in which of 32 states it is set. */
const STATES = [0xaaaa_aaaa | 0, 0xcccc_cccc | 0, 0xf0f0_f0f0 | 0, 0xff00_ff00 | 0, 0xffff_0000 | 0];

/** What is needed of SegmentBits. */
interface Segments {
  readonly code: Int32Array;
  readonly starts: Int32Array;
  readonly accesses: Int32Array;
  readonly positions: Int32Array;
  readonly order: Int32Array;
  readonly literals: number;
}

/** Code is followed from the starts: segments may share it. */
export function readersOf({ code, starts, accesses, positions, order, literals }: Segments): SegmentReaders {
  const edges: number[] = [];
  const tables: number[] = [];
  const tableStarts = new Int32Array(order.length).fill(NO_TABLE);
  const seenAt = new Int32Array(code.length).fill(-1);
  const seenLiteral = new Int32Array(literals).fill(-1);
  const bits = new Int32Array(literals);
  const results = new Int32Array(code.length);
  const open: number[] = [];
  for (let segment = 0; segment < starts.length; segment++) {
    const position = positions[segment] as number;
    const access = accesses[segment] as number;
    const start = starts[segment] as number;
    let count = 0;
    const read = (literal: number) => {
      if (literal < 0 || seenLiteral[literal] === segment) return;
      seenLiteral[literal] = segment;
      bits[literal] = count;
      edges.push(literal, position, count < MOST_LITERALS ? 1 << count : 0);
      count++;
    };
    const places: number[] = [];
    // What is gone on with is written first. It would be no mistake otherwise, but then there is no table.
    let isRising = true;
    read(access);
    open.push(start);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at < 0 || seenAt[at] === segment) continue;
      seenAt[at] = segment;
      places.push(at);
      read(code[at] as number);
      const [set, clear] = [code[at + 1] as number, code[at + 2] as number];
      isRising &&= set < at && clear < at;
      open.push(clear, set);
    }
    if (count > MOST_LITERALS || !isRising) continue;
    tableStarts[position] = tables.length;
    places.sort((a, b) => a - b);
    const resultOf = (at: number) => (at >= 0 ? (results[at] as number) : at === JUMP.member ? -1 : 0);
    for (let word = 0; word < Math.max(1, (1 << count) >> 5); word++) {
      const statesWith = (literal: number) => {
        const bit = bits[literal] as number;
        return STATES[bit] ?? -((word >> (bit - STATES.length)) & 1);
      };
      for (const at of places) {
        const set = statesWith(code[at] as number);
        results[at] = (set & resultOf(code[at + 1] as number)) | (~set & resultOf(code[at + 2] as number));
      }
      tables.push(resultOf(start) & (access < 0 ? -1 : statesWith(access)));
    }
  }
  return { ...byLiteral(edges, literals), tableStarts, tables: Int32Array.from(tables) };
}

/** Edges: literal, position, mask. */
function byLiteral(edges: readonly number[], literals: number) {
  const starts = new Int32Array(literals + 1);
  for (let i = 0; i < edges.length; i += 3)
    starts[(edges[i] as number) + 1] = (starts[(edges[i] as number) + 1] as number) + 1;
  for (let l = 0; l < literals; l++) starts[l + 1] = (starts[l + 1] as number) + (starts[l] as number);
  const next = starts.slice();
  const positions = new Int32Array(edges.length / 3);
  const masks = new Int32Array(edges.length / 3);
  for (let i = 0; i < edges.length; i += 3) {
    const literal = edges[i] as number;
    const place = next[literal] as number;
    next[literal] = place + 1;
    positions[place] = edges[i + 1] as number;
    masks[place] = edges[i + 2] as number;
  }
  return { starts, positions, masks };
}
