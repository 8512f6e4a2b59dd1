import type { RowPlaces } from './row-places.ts';
import { QUERY, type ScanPlan } from './scan-plan.ts';

/** Whether the row at a place passes the tests of a query. */
export function passes(
  { literals, numbers, room }: RowPlaces,
  { queries, masks, ranges }: ScanPlan,
  query: number,
  place: number,
): boolean {
  let test = query + QUERY.tests;
  const endLiterals = test + 2 * (queries[query + QUERY.literals] as number);
  for (; test < endLiterals; test += 2) {
    const literal = literals[(queries[test] as number) * room + place] as number;
    const mask = masks[(queries[test + 1] as number) + (literal >> 5)] as number;
    if (((mask >>> literal) & 1) === 0) return false;
  }
  const end = endLiterals + 2 * (queries[query + QUERY.numbers] as number);
  for (; test < end; test += 2) {
    const number = numbers[(queries[test] as number) * room + place] as number;
    const range = queries[test + 1] as number;
    if (!(number >= (ranges[range] as number) && number <= (ranges[range + 1] as number))) return false;
  }
  return true;
}
