import type { Instant } from '../lib/ids.ts';
import type { ZoneTable } from '../segment/runtime/program.ts';
import { type DecisionCap, type DecisionWindow, windowStart } from './decision-window.ts';

/**
 * When offers were decided, of those that have a cap on decisions, and of placements that have one: instants, the newest first. A strand keeps those of its own visits; a decision
 * is noted in one strand. Keys: `ledgerKey`.
 */
export type Decided = Readonly<Record<string, readonly number[]>>;

export const NOTHING_DECIDED: Decided = {};

/** Longest that a calendar unit goes on, with a margin for zones whose clocks are moved. */
const LONGEST_UNIT_MS: Readonly<Record<NonNullable<DecisionCap['calendar']>, number>> = {
  day: 3 * 86_400_000,
  week: 9 * 86_400_000,
  month: 33 * 86_400_000,
  year: 368 * 86_400_000,
};

/** What a cap counts: an offer anywhere, an offer in a placement, or (offer '') anything in a placement. No id holds the bar. */
export function ledgerKey(offer: string, placement: string | null): string {
  return placement === null ? offer : `${offer}|${placement}`;
}

/** What a person was decided, over all strands. Each decision is in one of them, so two of the same instant are two. */
export function mergeDecided(strands: readonly Decided[]): Decided {
  const filled = strands.filter((decided) => Object.keys(decided).length > 0);
  if (filled.length < 2) return filled[0] ?? NOTHING_DECIDED;
  const merged = new Map<string, readonly number[]>();
  for (const decided of filled) {
    for (const [key, instants] of Object.entries(decided)) {
      const held = merged.get(key);
      merged.set(key, held ? [...held, ...instants].sort((a, b) => b - a) : instants);
    }
  }
  return Object.fromEntries(merged);
}

/** Instants of a key, the newest first. */
export function decidedAt(decided: Decided, key: string): readonly number[] {
  return Object.hasOwn(decided, key) ? (decided[key] ?? []) : [];
}

/** How many decisions of a key count now. What a clock that went back has put into the future counts too. */
export function countDecided(
  instants: readonly number[],
  window: DecisionWindow,
  now: Instant,
  zone?: ZoneTable,
): number {
  if (instants.length === 0) return 0;
  const start = windowStart(window, now, zone);
  let count = 0;
  while (count < instants.length && (instants[count] as number) >= start) count++;
  return count;
}

/**
 * A strand's ledger after an answer of `now`. `noted`: by key, how often. Of each key it keeps as many instants as its largest cap counts, none that no window reaches any more;
 * of keys that have no cap in this ruleset nothing. `capsOf` gives the caps of a key.
 */
export function noteDecided(
  decided: Decided,
  noted: ReadonlyMap<string, number>,
  now: Instant,
  capsOf: (key: string) => readonly DecisionCap[],
): Decided {
  const next = new Map<string, readonly number[]>();
  for (const key of new Set([...Object.keys(decided), ...noted.keys()])) {
    const caps = capsOf(key);
    const most = caps.reduce((max, { decisions }) => Math.max(max, decisions), 0);
    const oldest = caps.reduce((min, cap) => Math.min(min, now - longest(cap)), Number.POSITIVE_INFINITY);
    const added = Array.from({ length: noted.get(key) ?? 0 }, () => now as number);
    const kept = [...added, ...decidedAt(decided, key)]
      .sort((a, b) => b - a)
      .slice(0, most)
      .filter((at) => at > oldest);
    if (kept.length > 0) next.set(key, kept);
  }
  return Object.fromEntries(next);
}

function longest({ windowMs, calendar }: DecisionWindow): number {
  return calendar === null ? (windowMs ?? Number.POSITIVE_INFINITY) : LONGEST_UNIT_MS[calendar];
}
