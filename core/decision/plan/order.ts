import type { Ranking } from '../ranking/ranking.ts';
import type { Candidate } from './candidate.ts';

/** The candidates of a placement as one ranker has them. */
export type Order =
  /** Best first, equal ones by id. `ends[i]`: where the run of equals that begins at i ends. */
  | {
      readonly is: 'static';
      readonly candidates: readonly Candidate[];
      readonly ends: Int32Array;
      /** By position: the rule without which it is out, -1 where more has to be looked at. */
      readonly gates: Int32Array;
    }
  | { readonly is: 'scored'; readonly ranking: Extract<Ranking, { readonly is: 'scored' }> };

/** `candidates` in the order of their ids. */
export function createOrder(ranking: Ranking, candidates: readonly Candidate[]): Order {
  if (ranking.is === 'scored') return { is: 'scored', ranking };
  const ranks = new Map(candidates.map((candidate) => [candidate, ranking.rank(candidate.offer)]));
  const rankOf = (candidate: Candidate) => ranks.get(candidate) as number;
  const compare = (a: Candidate, b: Candidate) => rankOf(b) - rankOf(a) || b.offer.priority - a.offer.priority;
  const sorted = candidates.toSorted(compare);
  const ends = new Int32Array(sorted.length).fill(sorted.length);
  for (let i = sorted.length - 2; i >= 0; i--) {
    const isEqual = compare(sorted[i] as Candidate, sorted[i + 1] as Candidate) === 0;
    ends[i] = isEqual ? (ends[i + 1] as number) : i + 1;
  }
  const gates = Int32Array.from(sorted, ({ touches, rule }) => (touches === null ? rule : -1));
  return { is: 'static', candidates: sorted, ends, gates };
}
