import { drizzle } from 'drizzle-orm/d1';
import type { Identity } from '../../core/event/event.ts';
import type { ProfileGraph } from '../../core/interaction/profile-graph.ts';
import type { Instant, Jurisdiction, ProfileId, Space } from '../../core/lib/ids.ts';
import { DAY_MS } from '../../core/lib/instant.ts';
import type { Services } from '../services.ts';
import type { ArchiveKeys } from '../stores/archive-keys.ts';
import { createErasureStore, type ErasureRecord, type ErasureStore } from '../stores/erasure-store.ts';
import type { Who } from './homes.ts';
import { createPeople, type People } from './people.ts';

export type { ErasureRecord } from '../stores/erasure-store.ts';

/** In their order; each may be repeated. */
export const ERASURE_STEPS = ['asked', 'profile', 'copies'] as const;

export interface ErasureRequest {
  /** Idempotency key: the same one erases the same person, and nobody else, however often it comes. */
  readonly request: string;
  readonly who: Who;
  /** `identity`: this id and what came through it; whoever it belonged to stays. */
  readonly scope: 'person' | 'identity';
  readonly suppress: boolean;
}

export interface Erasures {
  /** Begins an erasure, or goes on with it. Null: nobody of that name is stored. */
  erase(space: Space, asked: ErasureRequest, jurisdictions: readonly Jurisdiction[]): Promise<ErasureRecord | null>;
  /** Goes on where it stands. Null: no such request. */
  resume(space: Space, request: string): Promise<ErasureRecord | null>;
  /** Goes on with all that are unfinished, and looks again after those whose messages may still have been on their way. Returns how many it took up. */
  resumeAll(): Promise<number>;
}

export interface ErasureParts {
  readonly people: People;
  readonly store: ErasureStore;
  readonly archiveKeys: ArchiveKeys;
}

/** How long one call waits for objects; what is not done by then is done by the next call or the schedule. */
const WAIT_MS = 2_000;
const POLL_MS = 25;
/** A queue holds a message at most so long. One that was sent before the erasure and arrives after it makes rows of the person anew. */
const QUEUE_MS = 4 * DAY_MS;

export function createErasures({ people, store, archiveKeys }: ErasureParts): Erasures {
  /** The profile to erase: of one identity, a profile that holds nothing else. Null while the objects are not so far. */
  async function isolate(
    space: Space,
    { request, who, scope }: ErasureRequest,
    jurisdictions: readonly Jurisdiction[],
  ): Promise<ProfileGraph | null> {
    const graph = await people.find(space, who, jurisdictions);
    if (!graph || scope === 'person' || !('identity' in who) || isAlone(graph, who.identity)) return graph;
    // Joined again before it could be wiped, it is split off from wherever it is now.
    const event = `${request}.${graph.profile.slice(-8)}`;
    await people.wish(space, graph.profile, {
      kind: 'split',
      event,
      links: [],
      identities: [who.identity],
      elsewhere: [],
    });
    await people.settled(space, graph.profile, event, WAIT_MS);
    const alone = await people.find(space, who, jurisdictions);
    if (alone && !isAlone(alone, who.identity)) throw new Error('the identity could not be split off yet');
    return alone;
  }

  /** Null: not wiped yet. Somebody who was joined with another profile meanwhile is wiped there; one id alone must be split off again first. */
  async function wipe(begun: ErasureRecord): Promise<ErasureRecord | null> {
    let record = begun;
    const { space, request, requestedAt, suppress, scope } = record;
    for (const end = Date.now() + WAIT_MS; ; ) {
      const graph = await people.find(space, { profile: record.profile }, []);
      if (!graph || graph.state === 'erased') return { ...record, step: 1 };
      if (graph.profile !== record.profile) {
        if (scope === 'identity') return null;
        record = { ...record, profile: graph.profile };
        await store.advance(record);
      }
      if (graph.state !== 'erasing') await people.erase(space, record.profile, { request, at: requestedAt, suppress });
      if (Date.now() >= end) return null;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** An id that came to others again before it was wiped: only who asks again says which one it was, because the record holds no ids. */
  async function again(
    known: ErasureRecord,
    asked: ErasureRequest,
    jurisdictions: readonly Jurisdiction[],
  ): Promise<ErasureRecord> {
    if (known.step > 0 || known.scope !== 'identity') return known;
    const graph = await isolate(known.space, { ...asked, scope: known.scope }, jurisdictions);
    if (!graph || graph.profile === known.profile) return known;
    const record = { ...known, profile: graph.profile };
    await store.advance(record);
    return record;
  }

  async function run(begun: ErasureRecord): Promise<ErasureRecord> {
    let record = begun;
    if (record.step < 1) {
      const wiped = await wipe(record);
      if (!wiped) return record;
      record = wiped;
      await store.advance(record);
    }
    if (record.finishedAt === null) {
      const { space, profile } = record;
      const names = (await people.find(space, { profile }, []))?.archiveKeys ?? [];
      await archiveKeys.destroy(space, names, people.now());
      const { index, deadLetters } = await store.deleteRows(space, await ended(space, profile, names));
      const deleted = { ...record.deleted, archiveKeys: names.length, indexRows: index, deadLetters };
      record = { ...record, step: 2, deleted, finishedAt: people.now() };
      await store.advance(record);
    }
    return record;
  }

  /** Profiles that were the person's alone: others where they lived for a while are somebody else's, and go on. */
  async function ended(space: Space, profile: ProfileId, keys: readonly string[]): Promise<readonly ProfileId[]> {
    const homes = new Set(keys.map((key) => key.slice(0, key.indexOf('/')) as ProfileId));
    homes.delete(profile);
    const over: ProfileId[] = [profile];
    for (const home of homes) {
      const graph = await people.find(space, { profile: home }, []);
      if (!graph || graph.state === 'erased' || graph.profile !== home) over.push(home);
    }
    return over;
  }

  /** Deletes what a message of before has brought back. */
  async function sweep({ space, profile }: ErasureRecord): Promise<void> {
    const keys = (await people.find(space, { profile }, []))?.archiveKeys ?? [];
    await store.deleteRows(space, await ended(space, profile, keys));
  }

  return {
    async erase(space, asked, jurisdictions) {
      const { request, scope, suppress } = asked;
      const known = await store.find(space, request);
      if (known) return run(await again(known, asked, jurisdictions));
      const graph = await isolate(space, asked, jurisdictions);
      if (!graph) return null;
      return run(
        await store.begin({
          space,
          request,
          profile: graph.profile,
          scope,
          suppress,
          requestedAt: people.now(),
          step: 0,
          deleted: { ...countOf(graph), archiveKeys: 0, indexRows: 0, deadLetters: 0 },
          finishedAt: null,
        }),
      );
    },
    async resume(space, request) {
      const known = await store.find(space, request);
      return known && run(known);
    },
    async resumeAll() {
      const open = await store.unfinished();
      // One that cannot go on must not keep the others waiting.
      for (const record of open) await run(record).catch(() => null);
      const recent = await store.finishedSince((people.now() - QUEUE_MS) as Instant);
      for (const record of recent) await sweep(record).catch(() => null);
      return open.length + recent.length;
    },
  };
}

/** For routes and for the schedule. */
export function erasuresOf(services: Services): Erasures {
  const { CONTROL } = services.env;
  return createErasures({
    people: createPeople(services),
    store: createErasureStore(drizzle(CONTROL)),
    archiveKeys: services.archiveKeys,
  });
}

/** Whether nothing but this identity, and what devices left with it when they went, lives there. */
function isAlone({ identities }: ProfileGraph, only: Identity): boolean {
  const isIt = (one: Identity | null) => one?.namespace === only.namespace && one.value === only.value;
  return identities.every((one) => one.state === 'gone' || isIt(one.state === 'kept' ? one.keptBy : one));
}

function countOf({ identities }: ProfileGraph): { readonly identities: number; readonly events: number } {
  const held = identities.filter(({ state }) => state !== 'gone');
  return { identities: held.length, events: held.reduce((sum, { events }) => sum + events, 0) };
}
