import type { Page } from '../identity/protocol/message.ts';
import type { StrandName } from '../identity/protocol/strand-row.ts';
import type { Instant } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import type { FactKey } from './command.ts';
import type { FactRows } from './fact-rows.ts';
import type { HistoryLines } from './history-lines.ts';
import { numberOf } from './node.ts';
import { factName, keyOfFact } from './outbox.ts';
import type { ProfileState } from './state.ts';
import { carryOf } from './strand-carry.ts';

export interface HistoryLine extends FactKey {
  readonly line: string;
}

/** Facts of one strand as pages need them. */
export interface PageRows extends Pick<FactRows, 'recent'> {
  /** All facts of a strand in one text, and how many; null when there are more, or more characters, than that. */
  wholeStrand(
    strand: number,
    most: number,
    mostBytes: number,
  ): { readonly lines: HistoryLines; readonly count: number } | null;
  /** In the order of keys, as many as asked for at most. */
  linesOfStrand(strand: number, after: FactKey | null, size: number): readonly HistoryLine[];
}

/** A page of what left under `name`, in the order of keys: its rows are one text of lines, or none. */
export function strandPage(
  state: ProfileState,
  { strand: name, after }: { readonly strand: StrandName; readonly after: string | null },
  rows: PageRows,
  now: Instant,
): Page {
  const number = numberOf(state.strands, name);
  const strand = state.strands[number];
  if (!strand) return { rows: [], next: null, carry: null };
  const { lines, next } = linesAfter(number, after === null ? null : keyOfFact(after), rows);
  if (next !== null) return { rows: [lines], next, carry: null };
  const since = (now - limit('seenMs')) as Instant;
  const seen = rows.recent(besides(state, number), since, limit('seenEvents'));
  // Nobody signs in as a device, nor as what one left behind.
  const proofs = strand.keptBy || strand.identity.namespace === 'device' ? [] : state.proofs;
  const carry = carryOf(strand, state.profile, strand.keptBy ? [] : seen, proofs);
  return { rows: lines === '' ? [] : [lines], next: null, carry };
}

/** As many facts as a page holds. `next`: name of the last of them when more follow. */
function linesAfter(
  strand: number,
  after: FactKey | null,
  rows: PageRows,
): { readonly lines: HistoryLines; readonly next: string | null } {
  const size = limit('historyPage');
  const whole = after === null ? rows.wholeStrand(strand, size, limit('historyPageBytes')) : null;
  if (whole) return { lines: whole.lines, next: null };
  // One more than fits tells whether another page follows.
  const found = rows.linesOfStrand(strand, after, size + 1);
  const page = withinBytes(found.slice(0, size));
  const last = page.at(-1);
  const lines = page.map(({ line }) => line).join('\n');
  return { lines, next: last && page.length < found.length ? factName(last.source, last.id) : null };
}

/** Strands under which events of one device may be stored beside its own: what it left behind, and whoever was signed in on it. */
function besides(state: ProfileState, number: number): readonly number[] {
  return state.strands.flatMap(({ leaving }, other) => (leaving || other === number ? [] : [other]));
}

function withinBytes(found: readonly HistoryLine[]): readonly HistoryLine[] {
  let bytes = 0;
  for (const [place, { line }] of found.entries()) {
    bytes += line.length;
    if (place > 0 && bytes > limit('historyPageBytes')) return found.slice(0, place);
  }
  return found;
}
