import { MovingNumber, type Value } from '../../segment/runtime/value.ts';
import type { RankerOf, Ranking } from './ranking.ts';

/** A number that the rule language works out for each offer. Unknown, or no number: last. */
export function rankByFormula({ cells }: RankerOf<'formula'>): Ranking {
  return {
    is: 'scored',
    score: (subject, fitting) => ({
      scores: fitting.map(({ id }) => {
        const cell = Object.hasOwn(cells, id) ? cells[id] : undefined;
        return cell === undefined ? null : numberOf(subject.value(cell), subject.now);
      }),
    }),
  };
}

function numberOf(value: Value, now: number): number | null {
  const number = value instanceof MovingNumber ? value.at(now) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}
