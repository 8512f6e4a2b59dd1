import type { Instant } from '../lib/ids.ts';
import type { Tally } from './tally.ts';

/** What came from one source. */
export interface SourceActivity {
  readonly source: string;
  readonly events: number;
  /** What differed from its tracking plan. */
  readonly unexpected: number;
  readonly refused: number;
  /** When something came last, taken or not; null: nothing came. */
  readonly last: Instant | null;
}

/** By name; a source of which nothing came is there too, so that its silence is seen. */
export function sourceActivity(sources: readonly string[], tallies: readonly Tally[]): readonly SourceActivity[] {
  const names = [...new Set([...sources, ...tallies.map(({ source }) => source)])].sort();
  return names.map((source) => {
    const own = tallies.filter((tally) => tally.source === source);
    const sum = (...kinds: readonly Tally['kind'][]) =>
      own.reduce((total, { kind, count }) => (kinds.includes(kind) ? total + count : total), 0);
    const last = own.reduce<Instant | null>(
      (latest, each) => (latest === null || each.last > latest ? each.last : latest),
      null,
    );
    return {
      source,
      events: sum('event'),
      unexpected: sum('unplannedType', 'unplannedField', 'missingField'),
      refused: sum('refused'),
      last,
    };
  });
}
