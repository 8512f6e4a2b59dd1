import type { ProfileId } from '../../lib/ids.ts';
import type { Sampled, SampleEntry } from './sample.ts';

/** A program, ready to be asked about one row after the other. */
export interface RowEvaluator<Row> {
  /** What it evaluates; ids are distinct. */
  readonly segments: readonly string[];
  /** 1 for each segment that holds the profile, in the order of `segments`. Read before the next call, so it may be one array for all. */
  members(row: Row): Uint8Array;
}

/** A profile that moves, with its rank in the sample. */
export interface Mover {
  readonly profile: ProfileId;
  readonly rank: number;
}

/** Rows of a sample, or of a part of it, that enter a segment, leave it or stay. Plain data: parts are counted where they lie, and added up. */
export interface SegmentMovements {
  readonly segment: string;
  readonly enter: number;
  readonly leave: number;
  readonly stay: number;
  /** Those of lowest rank, in the order of rank: as many as were asked for. */
  readonly entering: readonly Mover[];
  readonly leaving: readonly Mover[];
}

interface Tally {
  readonly segment: string;
  readonly entering: Mover[];
  readonly leaving: Mover[];
}

export interface MovementCounter<Row extends Sampled> {
  /** Entries of a part that was not counted yet, in the order of rank. */
  count(entries: Iterable<SampleEntry<Row>>): void;
  /** Segments of `before` in their order, then new ones in theirs. */
  result(): readonly SegmentMovements[];
}

/** Asks both evaluators about each row. `examples`: most movers of each direction that are named. */
export function createMovementCounter<Row extends Sampled>(
  before: RowEvaluator<Row>,
  after: RowEvaluator<Row>,
  examples: number,
): MovementCounter<Row> {
  const tallies = [...new Set([...before.segments, ...after.segments])].map(
    (segment): Tally => ({ segment, entering: [], leaving: [] }),
  );
  const size = tallies.length;
  const placesBefore = placesIn(before, tallies);
  const placesAfter = placesIn(after, tallies);
  // One more, which stays 0: of segments that a side does not have. Both sides may be one engine with one array.
  const held = new Uint8Array(before.segments.length + 1);
  const holds = new Uint8Array(after.segments.length + 1);
  const members = new Uint32Array(size);
  const enter = new Uint32Array(size);
  const leave = new Uint32Array(size);
  const note = (i: number, is: number, profile: ProfileId, rank: number): void => {
    const tally = tallies[i] as Tally;
    const counts = is === 1 ? enter : leave;
    counts[i] = (counts[i] as number) + 1;
    name(is === 1 ? tally.entering : tally.leaving, { profile, rank }, examples);
  };
  return {
    count(entries) {
      for (const { rank, row } of entries) {
        held.set(before.members(row).subarray(0, held.length - 1));
        holds.set(after.members(row).subarray(0, holds.length - 1));
        for (let i = 0; i < size; i++) {
          const was = held[placesBefore[i] as number] as number;
          const is = holds[placesAfter[i] as number] as number;
          members[i] = (members[i] as number) + was;
          if (was !== is) note(i, is, row.profile, rank);
        }
      }
    },
    result: () =>
      tallies.map(({ segment, entering, leaving }, i) => {
        const left = leave[i] as number;
        return {
          segment,
          enter: enter[i] as number,
          leave: left,
          stay: (members[i] as number) - left,
          entering,
          leaving,
        };
      }),
  };
}

function placesIn({ segments }: RowEvaluator<never>, tallies: readonly Tally[]): Int32Array {
  const places = new Map(segments.map((segment, place) => [segment, place]));
  return Int32Array.from(tallies, ({ segment }) => places.get(segment) ?? segments.length);
}

/** What two parts of a sample counted of the same segments. */
export function addMovements(
  a: readonly SegmentMovements[],
  b: readonly SegmentMovements[],
  examples: number,
): readonly SegmentMovements[] {
  const others = new Map(b.map((each) => [each.segment, each]));
  return a.map((one) => {
    const other = others.get(one.segment);
    if (!other) return one;
    return {
      segment: one.segment,
      enter: one.enter + other.enter,
      leave: one.leave + other.leave,
      stay: one.stay + other.stay,
      entering: lowest([...one.entering, ...other.entering], examples),
      leaving: lowest([...one.leaving, ...other.leaving], examples),
    };
  });
}

/** Keeps those of lowest rank, in order. Parts come in any order, rows within one by rank. */
function name(movers: Mover[], mover: Mover, most: number): void {
  if (movers.length >= most && mover.rank >= (movers.at(-1)?.rank ?? 0)) return;
  const place = movers.findIndex(({ rank }) => rank > mover.rank);
  movers.splice(place < 0 ? movers.length : place, 0, mover);
  if (movers.length > most) movers.pop();
}

function lowest(movers: readonly Mover[], most: number): readonly Mover[] {
  return movers.toSorted((a, b) => a.rank - b.rank).slice(0, most);
}
