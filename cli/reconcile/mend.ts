import type { EventDifference, MembersDifference, OfferDifference } from './differences.ts';
import type { OperatorApi } from './operator-api.ts';

/** Bounds one request, which may have 256 KB. */
const FACTS_PER_CALL = 1000;
const OBJECTS_PER_CALL = 50;
const ROWS_PER_CALL = 200;

interface Wanted {
  readonly object: string;
  readonly facts: { readonly source: string; readonly id: string }[];
}

/** Writes facts that the archive has not. Twice does no harm: compaction drops repeats. */
export async function mendArchive(api: OperatorApi, missing: ReadonlyMap<string, readonly string[]>): Promise<void> {
  let part = 0;
  let objects: Wanted[] = [];
  let facts = 0;
  const flush = async () => {
    if (objects.length > 0) await api.ask('emit', { phase: 'emit', part: part++, objects });
    objects = [];
    facts = 0;
  };
  for (const [object, keys] of missing) {
    for (let at = 0; at < keys.length; at += FACTS_PER_CALL) {
      const some = keys.slice(at, at + FACTS_PER_CALL);
      if (facts + some.length > FACTS_PER_CALL || objects.length >= OBJECTS_PER_CALL) await flush();
      objects.push({ object, facts: some.map(splitKey) });
      facts += some.length;
    }
  }
  await flush();
}

/** Puts rows right that still are as they were read; a row that moved meanwhile stays, and shows in the comparison after. */
export async function mendRows(
  api: OperatorApi,
  events: readonly EventDifference[],
  offers: readonly OfferDifference[],
  members: readonly MembersDifference[],
): Promise<void> {
  for (let at = 0; at < events.length; at += ROWS_PER_CALL) {
    const rows = events
      .slice(at, at + ROWS_PER_CALL)
      .map(({ hour, source, type, before, after }) => [hour, source, type, before, after]);
    await api.ask('correct', { phase: 'correct', events: rows, offers: [] });
  }
  for (let at = 0; at < offers.length; at += ROWS_PER_CALL) {
    const rows = offers
      .slice(at, at + ROWS_PER_CALL)
      .map(({ hour, placement, offer, before, after }) => [
        hour,
        placement,
        offer,
        [before.impressions, before.clicks],
        [after.impressions, after.clicks],
      ]);
    await api.ask('correct', { phase: 'correct', events: [], offers: rows });
  }
  for (let at = 0; at < members.length; at += ROWS_PER_CALL) {
    const rows = members.slice(at, at + ROWS_PER_CALL).map(({ segment, before, after }) => [segment, before, after]);
    await api.ask('correct', { phase: 'correct', events: [], offers: [], members: rows });
  }
}

function splitKey(key: string): { readonly source: string; readonly id: string } {
  const at = key.indexOf('\n');
  return { source: key.slice(0, at), id: key.slice(at + 1) };
}
