import { drizzle } from 'drizzle-orm/d1';
import type { Identity } from '../../core/event/event.ts';
import type { ProfileGraph } from '../../core/interaction/profile-graph.ts';
import type { Jurisdiction, ProfileId, Space } from '../../core/lib/ids.ts';
import type { SecretBox } from '../secret-box.ts';
import type { Services } from '../services.ts';
import type { ArchiveKeys } from '../stores/archive-keys.ts';
import { type ArchiveRewriteStore, createArchiveRewriteStore } from '../stores/archive-rewrite-store.ts';
import { createErasureStore, type Deleted, type ErasureRecord, type ErasureStore } from '../stores/erasure-store.ts';
import type { Who } from './homes.ts';
import { createPeople, type People } from './people.ts';
import { type Samples, samplesOf } from './sample.ts';

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
  /** Begins an erasure, or goes on with it, as far as it comes within two seconds or so. Null: nobody of that name is stored. Rejects only before it has begun. */
  erase(space: Space, asked: ErasureRequest, jurisdictions: readonly Jurisdiction[]): Promise<ErasureRecord | null>;
  /** What is on record of a request; does nothing. */
  find(space: Space, request: string): Promise<ErasureRecord | null>;
  /** Whether lines of whom it erased may lie in the archive; nothing can read them once it has ended. */
  isInArchive(record: ErasureRecord): Promise<boolean>;
  /** Whether a request of this name is on record that asked for something else, or has ended and was about somebody else. */
  isAnother(space: Space, asked: ErasureRequest, jurisdictions: readonly Jurisdiction[]): Promise<boolean>;
  /** Goes on where it stands. Null: no such request. */
  resume(space: Space, request: string): Promise<ErasureRecord | null>;
  /** Goes on until it is done, for half a minute at most; the schedule looks after the rest. Never rejects. */
  pursue(space: Space, request: string): Promise<void>;
  /** Goes on with all that are unfinished. Returns how many it took up. */
  resumeAll(): Promise<number>;
}

export interface ErasureParts {
  readonly people: People;
  readonly store: ErasureStore;
  readonly archiveKeys: ArchiveKeys;
  readonly rewrites: Pick<ArchiveRewriteStore, 'note' | 'isPending'>;
  readonly secrets: SecretBox;
  /** Left out where nobody is sampled. */
  readonly samples?: Pick<Samples, 'forget'> | undefined;
}

/** The one id that is to be erased, and where profiles of its space may live. */
interface One {
  readonly identity: Identity;
  readonly jurisdictions: readonly Jurisdiction[];
}

/** How long one call waits for objects; what is not done by then is done by the next call or the schedule. */
const WAIT_MS = 2_000;
const POLL_MS = 25;
/** The platform lets work go on behind an answer for so long. */
const PURSUE_MS = 25_000;
const NOTHING: Deleted = { identities: 0, events: 0, archiveKeys: 0, indexRows: 0, deadLetters: 0 };

export function createErasures({ people, store, archiveKeys, rewrites, secrets, samples }: ErasureParts): Erasures {
  async function sealed(one: One): Promise<string> {
    return secrets.seal(new TextEncoder().encode(JSON.stringify(one)));
  }

  async function opened({ sealedId }: ErasureRecord): Promise<One | null> {
    const bytes = sealedId === null ? null : await secrets.open(sealedId);
    return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as One);
  }

  /** The profile that holds this id and nothing else. Null while the objects are not so far. */
  async function isolate({ space, request }: ErasureRecord, one: One): Promise<ProfileGraph | null> {
    const { identity, jurisdictions } = one;
    const graph = await people.find(space, { identity }, jurisdictions);
    if (!graph || isAlone(graph, identity)) return graph;
    // Joined again before it could be wiped, it is split off from wherever it is now.
    const event = `${request}.${graph.profile.slice(-8)}`;
    await people.wish(space, graph.profile, {
      kind: 'split',
      event,
      links: [],
      identities: [identity],
      elsewhere: [],
    });
    await people.settled(space, graph.profile, event, WAIT_MS);
    const after = await people.find(space, { identity }, jurisdictions);
    return after && isAlone(after, identity) ? after : null;
  }

  /** The record with the profile that is to be wiped; a profile that was wiped for this request stays it, whoever has the id by now. Null: not known yet. */
  async function aim(record: ErasureRecord, one: One): Promise<ErasureRecord | null> {
    const { space, request, requestedAt, profile } = record;
    const held = await people.find(space, { profile }, []);
    if (held?.profile === profile && isEndedBy(held, request)) return record;
    if (await people.isErased(space, one.identity, one.jurisdictions, requestedAt)) {
      const known = await store.find(space, request);
      // By another call of this request, which has written down where: that is gone on with. Else by another request, and that one deletes the copies.
      return known && known.profile !== profile ? null : { ...record, step: 1 };
    }
    const graph = await isolate(record, one);
    if (!graph) return null;
    // Another call may have ended it since it was looked at: then this one found who came after.
    const now = graph.profile === profile ? null : await people.find(space, { profile }, []);
    if (now?.profile === profile && isEndedBy(now, request)) return record;
    const aimed = { ...record, profile: graph.profile, deleted: { ...NOTHING, ...countOf(graph) } };
    // Known before anybody is asked to end.
    return (await store.aim(aimed, profile)) ? aimed : null;
  }

  /** Null: not wiped yet. Somebody who was joined with another profile meanwhile is wiped there; one id alone must be split off again first. */
  async function wipe(begun: ErasureRecord, one: One | null): Promise<ErasureRecord | null> {
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
      if (graph.state !== 'erasing') {
        const only = one ? { only: one.identity } : {};
        const asked = await people.erase(space, record.profile, { request, at: requestedAt, suppress, ...only });
        if (asked === 'refused' && one) return null;
      }
      if (Date.now() >= end) return null;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async function run(begun: ErasureRecord): Promise<ErasureRecord> {
    let record = begun;
    if (record.step < 1) {
      const one = await opened(record);
      // Whose profile it is on record must not end for an id that cannot be read.
      if (!one && record.sealedId !== null) throw new Error('the id was sealed with another CONFIG_KEY');
      const aimed = one ? await aim(record, one) : record;
      if (!aimed) return record;
      const wiped = aimed.step < 1 ? await wipe(aimed, one) : aimed;
      if (!wiped) return aimed;
      record = { ...wiped, sealedId: null };
      await store.advance(record);
    }
    if (record.finishedAt === null) {
      record = { ...record, step: 2, deleted: await deleteCopies(record), finishedAt: people.now() };
      await store.advance(record);
      return (await store.find(record.space, record.request)) ?? record;
    }
    return record;
  }

  async function deleteCopies({ space, request, profile, deleted }: ErasureRecord): Promise<Deleted> {
    const graph = await people.find(space, { profile }, []);
    const homes = (graph?.archiveKeys ?? []).map((key) => key.slice(0, key.indexOf('/')) as ProfileId);
    await samples?.forget(space, [...new Set([profile, ...homes])]);
    // It was erased from elsewhere, by another request: whoever lives here stays.
    if (graph && graph.state !== 'erased') return deleted;
    const names = graph?.archiveKeys ?? [];
    await archiveKeys.destroy(space, names, people.now());
    await rewrites.note(space, request, names, await archiveKeys.since(space, names), people.now());
    const { index, deadLetters } = await store.deleteRows(
      space,
      await ended(space, profile, names),
      names,
      people.now(),
    );
    return { ...deleted, archiveKeys: names.length, indexRows: index, deadLetters };
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

  /** What is on record is done sooner or later: an object that cannot be reached now is no reason to refuse. */
  async function goOn(record: ErasureRecord): Promise<ErasureRecord> {
    try {
      return await run(record);
    } catch {
      return (await store.find(record.space, record.request).catch(() => null)) ?? record;
    }
  }

  return {
    async erase(space, { request, who, scope, suppress }, jurisdictions) {
      const one = scope === 'identity' && 'identity' in who ? { identity: who.identity, jurisdictions } : null;
      const known = await store.find(space, request);
      if (known) {
        // Of before ids were kept with the record, or unreadable by now: who asks again says which it was.
        const isNameless = known.scope === 'identity' && known.step < 1 && !(await opened(known));
        return goOn(isNameless && one ? { ...known, sealedId: await sealed(one) } : known);
      }
      const graph = await people.find(space, who, jurisdictions);
      if (!graph) return null;
      return goOn(
        await store.begin({
          space,
          request,
          profile: graph.profile,
          scope,
          suppress,
          requestedAt: people.now(),
          step: 0,
          deleted: one ? NOTHING : { ...NOTHING, ...countOf(graph) },
          finishedAt: null,
          sealedId: one && (await sealed(one)),
        }),
      );
    },
    find: (space, request) => store.find(space, request),
    isInArchive: async ({ space, request, finishedAt }) =>
      finishedAt === null || (await rewrites.isPending(space, request)),
    async isAnother(space, { request, who, scope, suppress }, jurisdictions) {
      const known = await store.find(space, request);
      if (!known) return false;
      if (known.scope !== scope || known.suppress !== suppress) return true;
      if (known.finishedAt === null) return false;
      if ('identity' in who) return !(await people.isErased(space, who.identity, jurisdictions, known.requestedAt));
      return who.profile !== known.profile && (await people.find(space, who, []))?.state === 'live';
    },
    async resume(space, request) {
      const known = await store.find(space, request);
      return known && goOn(known);
    },
    async pursue(space, request) {
      for (const end = Date.now() + PURSUE_MS; Date.now() < end; ) {
        const known = await store.find(space, request).catch(() => null);
        if (!known || (await goOn(known)).finishedAt !== null) return;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    async resumeAll() {
      const open = await store.unfinished();
      // One that cannot go on must not keep the others waiting.
      for (const record of open) await goOn(record);
      return open.length;
    },
  };
}

/** For routes and for the schedule. */
export function erasuresOf(services: Services): Erasures {
  const { archiveKeys, secrets } = services;
  const db = drizzle(services.env.CONTROL);
  return createErasures({
    people: createPeople(services),
    store: createErasureStore(db),
    archiveKeys,
    rewrites: createArchiveRewriteStore(db),
    secrets,
    samples: samplesOf(services.env),
  });
}

/** Whether nothing but this identity, and what devices left with it when they went, lives there. */
function isAlone({ identities }: ProfileGraph, only: Identity): boolean {
  const isIt = (one: Identity | null) => one?.namespace === only.namespace && one.value === only.value;
  return identities.every((one) => one.state === 'gone' || isIt(one.state === 'kept' ? one.keptBy : one));
}

/** Wiped for this request, or being so. */
function isEndedBy({ state, openWork }: ProfileGraph, request: string): boolean {
  return (
    (state === 'erasing' || state === 'erased') && openWork.some(({ kind, id }) => kind === 'erasure' && id === request)
  );
}

function countOf({ identities }: ProfileGraph): Pick<Deleted, 'identities' | 'events'> {
  const held = identities.filter(({ state }) => state !== 'gone');
  return { identities: held.length, events: held.reduce((sum, { events }) => sum + events, 0) };
}
