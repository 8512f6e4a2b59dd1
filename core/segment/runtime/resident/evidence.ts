import { CELL } from '../cells/cell-plan.ts';
import { endByNow } from '../cells/cell-run.ts';
import { evaluateSequence } from '../cells/sequence-cell.ts';
import { windowEnd } from '../cells/window-end.ts';
import { eventId } from '../log/log.ts';
import type { SequenceCell } from '../program.ts';
import { linksOf } from './cell-links.ts';
import type { ResidentState } from './resident-state.ts';

export interface Evidence {
  /** Ids, newest first. */
  readonly events: readonly string[];
  /** Names. */
  readonly attributes: readonly string[];
}

const MOST_EVENTS = 5;

/** Why somebody is in a segment, or is not: the events and attributes behind the conditions that decided. */
export function evidenceOf(state: ResidentState, segment: number): Evidence {
  const { engine, plan, postings, members, words, zone, now } = state;
  const { program, segments: bits } = engine;
  const { owners } = linksOf(engine);
  const rows = new Set<number>();
  const attributes = new Set<number>();
  const seen = new Set<number>();
  const open: number[] = [~segment];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (node < 0) readPath(~node);
    else readCell(node);
  }
  const { log } = postings;
  const newest = [...rows].sort((a, b) => b - a).slice(0, MOST_EVENTS);
  return {
    events: newest.map((row) => eventId(log, row)),
    attributes: [...attributes].sort((a, b) => a - b).map((attribute) => program.attributes[attribute] as string),
  };

  /** A member owes it to the literals on the way that are set, nobody else to those that are not. */
  function readPath(of: number): void {
    const isMember = members[of] === 1;
    const access = bits.accesses[of] as number;
    const literals: number[] = access >= 0 ? [access] : [];
    let at = isSet(access) || access < 0 ? (bits.starts[of] as number) : -1;
    for (; at >= 0; at = bits.code[at + (isSet(bits.code[at] as number) ? 1 : 2)] as number)
      literals.push(bits.code[at] as number);
    for (const literal of literals) {
      if (isSet(literal) !== isMember) continue;
      const owner = owners[literal] as number;
      if (owner >= 0) open.push(program.order[owner] as number);
      for (const { attribute, word, words: count } of owner >= 0 ? [] : program.predicates) {
        if (literal >= 32 * word && literal < 32 * (word + 2 * count)) attributes.add(attribute);
      }
    }
  }

  function isSet(literal: number): boolean {
    return literal >= 0 && (((words[literal >> 5] as number) >>> literal) & 1) === 1;
  }

  function readCell(cell: number): void {
    const reads = program.cells[cell]?.reads;
    for (const attribute of reads?.attributes ?? []) attributes.add(attribute);
    open.push(...(reads?.cells ?? []), ...(reads?.segments ?? []).map((of) => ~of));
    if (plan.kinds[cell] === CELL.sequence) {
      const places: number[] = [];
      if (!evaluateSequence(state, program.cells[cell] as SequenceCell, places)) return;
      for (const place of places) rows.add(postings.rows[~place] as number);
      return;
    }
    const window = plan.windows[cell] ?? null;
    for (const query of reads?.queries ?? []) {
      const end = endByNow(state, query);
      const start = Math.max(postings.starts[query] as number, end - MOST_EVENTS);
      for (let place = start; place < end; place++) {
        const row = postings.rows[place] as number;
        if (windowEnd(postings.log.at[row] as number, window, zone) > now) rows.add(row);
      }
    }
  }
}
