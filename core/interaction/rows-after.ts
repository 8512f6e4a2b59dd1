import type { Fact } from '../event/event.ts';
import { type FactRows, NO_CHANGES, numberAfter, type RowChanges } from './fact-rows.ts';
import { factName } from './outbox.ts';

/** The rows as they are once these changes are made: what a write has stored already counts for what it does next. */
export function rowsAfter(stored: FactRows, changes: RowChanges): FactRows {
  if (changes === NO_CHANGES) return stored;
  const { renumber, seen } = changes;
  const dropped = new Set(changes.drop.map(({ source, id }) => factName(source, id)));
  const adopted = new Set(changes.adopt.map(({ source, id }) => factName(source, id)));
  const made: readonly Fact[] = [...changes.adopt, ...changes.insert, ...changes.pages.flatMap(({ facts }) => facts)];
  /** Numbers of before under which rows of this one lie. */
  const before = (number: number): readonly number[] =>
    [...new Set([number, ...renumber.map(([from]) => from)])].filter((old) => numberAfter(renumber, old) === number);
  return {
    strandsOf(keys) {
      const found = new Map<string, number>();
      for (const [name, old] of stored.strandsOf(keys))
        if (!dropped.has(name)) found.set(name, numberAfter(renumber, old));
      const wanted = new Set(keys.map(({ source, id }) => factName(source, id)));
      for (const { source, id, strand } of made) {
        if (wanted.has(factName(source, id))) found.set(factName(source, id), strand);
      }
      return found;
    },
    *ofStrand(number) {
      for (const old of before(number)) {
        for (const fact of stored.ofStrand(old)) {
          const name = factName(fact.source, fact.id);
          if (!dropped.has(name) && !adopted.has(name))
            yield fact.strand === number ? fact : { ...fact, strand: number };
        }
      }
      for (const fact of made) if (fact.strand === number) yield fact;
    },
    recent(strands, since, most) {
      const here = made
        .filter((fact) => strands.includes(fact.strand) && fact.sentBy === 'browser')
        .map(({ source, id, receivedAt }) => ({ source, id, at: receivedAt }));
      const all = [...here, ...seen, ...stored.recent(strands.flatMap(before), since, most)];
      return all
        .filter(({ at }) => at > since)
        .sort((a, b) => b.at - a.at)
        .slice(0, most);
    },
  };
}
