import { MovingMap, MovingNumber, Opaque, type Value } from '../../segment/runtime/value.ts';
import type { RankerOf, Ranking } from './ranking.ts';

/** How much a visitor cares for a tag. */
type Interest = (tag: string) => number;

/**
 * The sum over an offer's tags of the interest that a measure holds: a map of interests by its numbers, a favourite as 1, favourites in order from 1 down.
 * Nothing known of the visitor: nobody has a score.
 */
export function rankByAffinity({ cell }: RankerOf<'affinity'>): Ranking {
  return {
    is: 'scored',
    score: (subject, fitting) => {
      const interest = interestOf(subject.value(cell), subject.now);
      if (!interest) return { scores: fitting.map(() => null) };
      return { scores: fitting.map(({ tags = [] }) => tags.reduce((sum, tag) => sum + interest(tag), 0)) };
    },
  };
}

function interestOf(value: Value, now: number): Interest | null {
  if (typeof value === 'string') return (tag) => (tag === value ? 1 : 0);
  if (value instanceof MovingMap) return (tag) => weight(value.entries.get(tag) ?? null, now);
  if (typeof value !== 'object' || value === null || value instanceof Opaque) return null;
  if (Array.isArray(value)) {
    const favourites = value as readonly Value[];
    return (tag) => {
      const place = favourites.indexOf(tag);
      return place < 0 ? 0 : 1 - place / favourites.length;
    };
  }
  const weights = value as Readonly<Record<string, Value>>;
  return (tag) => (Object.hasOwn(weights, tag) ? weight(weights[tag] ?? null, now) : 0);
}

function weight(value: Value, now: number): number {
  const number = value instanceof MovingNumber ? value.at(now) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : 0;
}
