import type { Fact } from '../event/event.ts';
import type { Instant } from '../lib/ids.ts';
import type { JsonValue } from '../lib/json.ts';
import { limit } from '../lib/limits.ts';
import { mergedAttributes } from '../profile/merge.ts';
import { joinValues, type StoredValue } from '../profile/stored-value.ts';
import { countsHere } from '../profile/strand.ts';
import { encodeEventPack } from '../segment/preview/event-pack.ts';
import { withdrawnNow } from './live.ts';
import { isSomebody, type ProfileState, personOf } from './state.ts';

/** All of a profile that rules read, and nothing else: no identities, no names of strands. Plain data. */
export interface SampleCopy {
  readonly kind: 'copy';
  readonly known: boolean;
  readonly lastSeen: Instant;
  /** See event-pack.ts. */
  readonly log: Uint8Array;
  readonly attributes: Readonly<Record<string, JsonValue>>;
  readonly cut: boolean;
}

/** `gone`: nobody lives here, or not in this space. */
export type SampleReply = SampleCopy | { readonly kind: 'gone' };

/** Copies a profile for a sample. Changes nothing. `facts`: all that are stored. */
export function copyForSample(
  state: ProfileState,
  facts: Iterable<Fact>,
  encodeText: (text: string) => Uint8Array,
): SampleReply {
  if (!isSomebody(state)) return { kind: 'gone' };
  const { events, cut } = newestOf(state, facts);
  const said = new Map<string, StoredValue>();
  let lastSeen: number = state.createdAt;
  for (const strand of state.strands) {
    if (!countsHere(strand)) continue;
    lastSeen = Math.max(lastSeen, strand.lastSeen);
    for (const [name, stored] of Object.entries(strand.attributes)) said.set(name, joinValues(said.get(name), stored));
  }
  // Not those of the state: it is merged by the policies of its own ruleset.
  const attributes = Object.fromEntries(mergedAttributes(state.strands));
  const several = [...said].filter(([, { others }]) => others !== undefined);
  const rest = {
    withdrawn: state.strands.map((_, number) => withdrawnNow(state, number)),
    said: Object.fromEntries(several),
    cut,
  };
  return {
    kind: 'copy',
    known: personOf(state) !== null,
    lastSeen: lastSeen as Instant,
    log: encodeEventPack(events, rest, encodeText),
    attributes,
    cut,
  };
}

/** The newest that count. Facts come in the order of their keys, and there may be very many. */
function newestOf({ strands }: ProfileState, facts: Iterable<Fact>) {
  const most = limit('sampleEventsPerProfile');
  let events: Fact[] = [];
  let cut = false;
  const keep = () => {
    events.sort((a, b) => b.at - a.at);
    cut ||= events.length > most;
    events = events.slice(0, most);
  };
  for (const fact of facts) {
    const strand = strands[fact.strand];
    if (strand === undefined || !countsHere(strand)) continue;
    events.push(fact);
    if (events.length >= 2 * most) keep();
  }
  keep();
  return { events, cut };
}
