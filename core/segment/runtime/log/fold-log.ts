import type { Engine } from '../resident/resident-state.ts';
import { ResidentState } from '../resident/resident-state.ts';
import { COUNTED, createFolded, DAY_MS } from './folded.ts';
import { type Log, removeOldest } from './log.ts';
import { columnValue } from './log-column.ts';

const NOBODY = { attribute: () => undefined, withdrawn: () => 0, score: () => undefined };

/**
 * Keeps the newest `fullEvents` of a log in full and turns older ones into day buckets of the program's queries. Nothing happens before an eighth
 * more has come together, as each folding looks at the whole log. True: rows have moved, residents must be made anew. Buckets of other
 * queries are dropped: rebuild from facts before.
 */
export function foldLog(engine: Engine, log: Log, fullEvents: number): boolean {
  const { program } = engine;
  const surplus = log.length - fullEvents;
  if (surplus <= fullEvents >> 3) return false;
  if (log.folded?.queryHash !== program.queryHash) log.folded = createFolded(program.queryHash);
  const { folded } = log;
  const places = new Map<string, number>();
  const add = (query: number, column: number, row: number, value: number) => {
    const strand = log.strand[row] as number;
    const day = Math.floor((log.at[row] as number) / DAY_MS);
    const key = `${query} ${column} ${strand} ${day}`;
    const place = places.get(key);
    if (place !== undefined) folded.value[place] = (folded.value[place] as number) + value;
    else {
      places.set(key, folded.value.push(value) - 1);
      folded.query.push(query);
      folded.column.push(column);
      folded.strand.push(strand);
      folded.day.push(day);
    }
  };
  for (let i = 0; i < folded.value.length; i++) {
    places.set(`${folded.query[i]} ${folded.column[i]} ${folded.strand[i]} ${folded.day[i]}`, i);
  }
  const columns = program.queries.map(() => new Set<number>());
  for (const cell of program.cells) if (cell.kind === 'sum') columns[cell.query]?.add(cell.column);
  const { postings } = new ResidentState(engine, log, NOBODY, Number.NEGATIVE_INFINITY, null);
  for (let query = 0; query < columns.length; query++) {
    for (let place = postings.open(query); place < (postings.ends[query] as number); place++) {
      const row = postings.rows[place] as number;
      if (row >= surplus) break;
      add(query, COUNTED, row, 1);
      for (const column of columns[query] ?? []) {
        const values = log.columns[column];
        const number = values === undefined ? null : columnValue(values, row);
        if (typeof number === 'number') add(query, column, row, number);
      }
    }
  }
  folded.until = Math.max(folded.until, log.at[surplus - 1] as number);
  removeOldest(log, surplus);
  return true;
}
