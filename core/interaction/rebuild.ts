import type { Fact } from '../event/event.ts';
import { limit } from '../lib/limits.ts';
import { countsHere } from '../profile/strand.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { foldLog } from '../segment/runtime/log/fold-log.ts';
import { createLog, insertEvent } from '../segment/runtime/log/log.ts';
import type { Program } from '../segment/runtime/program.ts';
import type { ProfileState } from './state.ts';

/** Facts that are sorted by time together: inserting in order is cheap, and so many fit in memory. */
const BATCH = 20_000;

/** The stored log may lack something that this program reads, or its day buckets are of other queries. */
export function needsRebuild(state: ProfileState, { logHash, queryHash }: Program): boolean {
  const { folded } = state.log;
  return state.logHash !== logHash || (folded !== null && folded.queryHash !== queryHash);
}

/** Makes the log anew from all facts. Facts of strands that left, or have not wholly come, do not count. Memberships stay as they were recorded: the next evaluation compares. */
export function rebuild(state: ProfileState, { engine }: LoadedRuleset, facts: Iterable<Fact>): void {
  const { program } = engine;
  const log = createLog(program.log);
  let batch: Fact[] = [];
  const insert = () => {
    batch.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
    for (const fact of batch) insertEvent(log, fact);
    foldLog(engine, log, limit('fullEventsPerProfile'));
    batch = [];
  };
  for (const fact of facts) {
    const strand = state.strands[fact.strand];
    if (!strand || !countsHere(strand)) continue;
    if (program.log.types !== null && !program.log.types.includes(fact.type)) continue;
    batch.push(fact);
    if (batch.length === BATCH) insert();
  }
  insert();
  state.log = log;
  state.logHash = program.logHash;
  state.live = null;
}
