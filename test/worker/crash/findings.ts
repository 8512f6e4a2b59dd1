import { gunzipSync } from 'node:zlib';
import type { ArchiveLine } from '../../../worker/stores/archive-store.ts';
import { liveFacts, type StoredProfile } from './disk.ts';
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
  for (const { profile, chunks, intents, strands, facts } of profiles) {
    if (chunks.length > 0) found.push(`${profile} has ${chunks.length} chunks to drain`);
    for (const intent of intents) found.push(`${profile} still has a link intent: ${JSON.stringify(intent)}`);
    for (const [index, { identity, state, confirmedAt, facts: counted }] of strands.entries()) {
      const key = `${identity.namespace}:${identity.value}`;
      const held = facts.filter((fact) => fact.strand === index).length;
      if (state === 'owned') owners.set(key, [...(owners.get(key) ?? []), profile]);
      if (state === 'gone' && confirmedAt === null) found.push(`${profile} was never told that ${key} arrived`);
      if (state === 'gone' && held > 0) found.push(`${profile} keeps ${held} facts of ${key}, which left`);
      if (state !== 'gone' && held !== counted)
        found.push(`${profile} counts ${counted} facts of ${key} and has ${held}`);
    }
    if (facts.some((fact) => !strands[fact.strand])) found.push(`${profile} has facts of no strand`);
  }
  for (const [key, at] of owners) if (at.length > 1) found.push(`${key} lives at ${at.join(' and ')}`);
  return found;
}

/** Ids in the archive, with how often each stands there. */
export async function archivedIds(life: Life): Promise<ReadonlyMap<string, number>> {
  const ids = new Map<string, number>();
  for (const { base64 } of await life.archive()) {
    for (const text of gunzipSync(Buffer.from(base64, 'base64')).toString().split('\n')) {
      if (text === '') continue;
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
