import { gunzipSync } from 'node:zlib';
import type { Strand } from '../../../core/profile/strand.ts';
import type { ArchiveLine } from '../../../worker/stores/archive-line.ts';
import { liveFacts, type StoredHead, type StoredProfile } from './disk.ts';
import type { Life } from './mortal.ts';
import type { SentEvent } from './sent-event.ts';

/** Live profiles of each event, by id. */
export function placesOf(profiles: readonly StoredProfile[]): ReadonlyMap<string, readonly string[]> {
  const places = new Map<string, string[]>();
  for (const profile of profiles) {
    for (const { id } of liveFacts(profile)) places.set(id, [...(places.get(id) ?? []), profile.profile]);
  }
  return places;
}

/** Events that are lost or doubled, in words; empty when all is well. */
export function wrongEvents(sent: readonly SentEvent[], profiles: readonly StoredProfile[]): readonly string[] {
  const places = placesOf(profiles);
  const ids = new Set(sent.map((event) => event.wire.id));
  const wrong = sent.flatMap(({ wire, acked }) => {
    const found = places.get(wire.id) ?? [];
    if (!acked) return [`${wire.id} ${wire.type} was never acknowledged`];
    if (found.length === 0) return [`${wire.id} ${wire.type} is lost`];
    if (found.length > 1) return [`${wire.id} ${wire.type} is at ${found.join(' and ')}`];
    return [];
  });
  return [...wrong, ...[...places.keys()].filter((id) => !ids.has(id)).map((id) => `${id} was never sent`)];
}

/** What still waits, stays or dangles inside the objects; empty when everything came to rest. */
export function unrest(profiles: readonly StoredProfile[]): readonly string[] {
  const owners = new Map<string, string[]>();
  const found: string[] = [];
  for (const stored of profiles) {
    const { profile, strands, facts } = stored;
    found.push(...stillOpen(stored), ...linksAstray(stored));
    for (const [index, strand] of strands.entries()) {
      const { identity, keptBy, state, leaving, movedTo, facts: counted } = strand;
      const name = nameOf(strand);
      const held = facts.filter((fact) => fact.strand === index).length;
      if (state === 'gone' && !leaving && !keptBy && movedTo === null)
        found.push(`${profile} does not know where ${name} went`);
      if ((state === 'gone' || leaving) && held > 0)
        found.push(`${profile} keeps ${held} facts of ${name}, which left`);
      if (leaving || state === 'gone') continue;
      const key = `${identity.namespace}:${identity.value}`;
      if (!keptBy) owners.set(key, [...(owners.get(key) ?? []), profile]);
      if (held !== counted) found.push(`${profile} counts ${counted} facts of ${name} and has ${held}`);
    }
    if (facts.some((fact) => !strands[fact.strand])) found.push(`${profile} has facts of no strand`);
  }
  for (const [key, at] of owners) if (at.length > 1) found.push(`${key} lives at ${at.join(' and ')}`);
  return found;
}

/** What alarms and calls have yet to do for one profile, by its snapshot alone. */
export function stillOpen({ profile, chunks, strands, stitch }: StoredHead): readonly string[] {
  const { lock, operations, intents, expiry, state } = stitch;
  const found = chunks.length > 0 ? [`${profile} has ${chunks.length} chunks to drain`] : [];
  if (lock) found.push(`${profile} is locked by ${JSON.stringify(lock)}`);
  for (const one of Object.values(operations))
    found.push(`${profile} still runs ${JSON.stringify({ ...one, held: one.held.length })}`);
  for (const intent of Object.values(intents))
    found.push(`${profile} still has a link intent: ${JSON.stringify(intent)}`);
  if (expiry || state === 'erasing') found.push(`${profile} is still ending: ${JSON.stringify({ state, expiry })}`);
  for (const strand of strands) {
    const { state: is, leaving, facts, unsent } = strand;
    if (is === 'incoming') found.push(`${profile} still waits for the history of ${nameOf(strand)}`);
    if (leaving && facts > 0) found.push(`${profile} has yet to delete what left with ${nameOf(strand)}`);
    if (unsent && is !== 'gone') found.push(`${profile} has told nobody of ${JSON.stringify(unsent)}`);
  }
  return found;
}

function nameOf({ identity, keptBy }: Pick<Strand, 'identity' | 'keptBy'>): string {
  const key = `${identity.namespace}:${identity.value}`;
  return keptBy ? `${key} kept by ${keptBy.namespace}:${keptBy.value}` : key;
}

/** Links that hold nothing here together, and who lives where nobody should. */
function linksAstray({ profile, stitch, strands }: StoredProfile): readonly string[] {
  const { state, links } = stitch;
  const here = new Set(
    strands
      .filter((strand) => !strand.leaving && !strand.keptBy && strand.state !== 'gone')
      .map(({ identity }) => `${identity.namespace}:${identity.value}`),
  );
  const astray = links.filter(({ a, b }) => !here.has(a) || !here.has(b));
  return [
    ...astray.map(({ a, b }) => `${profile} links ${a} with ${b}, which are not both here`),
    ...(state !== 'live' && here.size > 0 ? [`${profile} is ${state} and owns ${[...here].join(', ')}`] : []),
  ];
}

/** Ids in the archive, with how often each stands there. */
export async function archivedIds(life: Life): Promise<ReadonlyMap<string, number>> {
  const ids = new Map<string, number>();
  for (const { base64 } of await life.archive()) {
    for (const text of gunzipSync(Buffer.from(base64, 'base64')).toString().split('\n')) {
      // Receipts of answers lie in the same bucket.
      if (text === '' || text.startsWith('{"v":')) continue;
      const { source, id } = JSON.parse(text) as ArchiveLine;
      const key = `${source} ${id}`;
      ids.set(key, (ids.get(key) ?? 0) + 1);
    }
  }
  return ids;
}

/** `hour source type` → count, from D1. */
export async function rolledUp(life: Life): Promise<Record<string, number>> {
  const rows = await life.rows("SELECT hour, source, type, count FROM rollup_event WHERE space = 'main'");
  return Object.fromEntries(rows.map(({ hour, source, type, count }) => [`${hour} ${source} ${type}`, Number(count)]));
}

/** The same from the facts, each counted once. */
export function countedFacts(profiles: readonly StoredProfile[]): Record<string, number> {
  const seen = new Set<string>();
  const counts: Record<string, number> = {};
  for (const fact of profiles.flatMap(liveFacts)) {
    if (seen.has(`${fact.source} ${fact.id}`)) continue;
    seen.add(`${fact.source} ${fact.id}`);
    const key = `${new Date(fact.at).toISOString().slice(0, 13)} ${fact.source} ${fact.type}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
