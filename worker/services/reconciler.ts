import type { FactKey } from '../../core/interaction/command.ts';
import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import type { FactPage, ProfileRpc } from '../../core/interaction/rpc.ts';
import type { Instant, ProfileId, Space } from '../../core/lib/ids.ts';
import { dayOf, MINUTE_MS } from '../../core/lib/instant.ts';
import type { Retention } from '../../core/profile/retention.ts';
import type { ArchiveKeys } from '../stores/archive-keys.ts';
import type { ArchivedFact } from '../stores/archive-line.ts';
import { type ArchivePart, putFacts, readArchiveIds } from '../stores/archive-store.ts';
import { createRollupStore, type IndexedPerson, type RollupStore } from '../stores/rollup-store.ts';
import { createFactGroups, type FactGroup, OFFER_TYPES } from './fact-groups.ts';
import { firstKeptHour, type KeptHours, keptHours } from './kept-hours.ts';

/** Hours are `2026-11-22T06`, both ends included. */
export interface HourRange {
  readonly from: string;
  readonly to: string;
}

export interface CountedProfile {
  readonly object: string;
  readonly profile: ProfileId;
  readonly groups: readonly FactGroup[];
}

export interface ObjectCursor {
  readonly id: string;
  readonly after?: FactKey | undefined;
}

export interface Counted {
  readonly profiles: readonly CountedProfile[];
  /** Rows of the people index that did not say what the profile says. */
  readonly staleIndex: number;
  /** Of each observed segment: members among these profiles, and when the last one of them came or went (ms). */
  readonly memberships: readonly (readonly [segment: string, members: number, newest: number])[];
  /** Not read to their end: ask again for these. */
  readonly rest: readonly ObjectCursor[];
}

type Asked = [space: Space, from: string, to: string, after: readonly string[] | null];

/** The Worker's half of `reconcile`: each call reads or mends a little, and may be repeated. The command line keeps the overview. */
export interface Reconciler {
  /** Without the hours of which facts may be kept no more: they cannot be judged. */
  readonly rollups: Pick<RollupStore, 'members' | 'correct'> & {
    readonly [T in 'events' | 'offers']: (...asked: Asked) => ReturnType<RollupStore[T]>;
  };
  drain(
    space: Space,
    objects: readonly string[],
  ): Promise<{ readonly chunks: number; readonly failed: readonly string[] }>;
  /** Sends a marker through the queue, or asks whether it has come out: what was sent before it is then counted. */
  settle(
    space: Space,
    run: string,
    sentAt: Instant | null,
  ): Promise<{ readonly sentAt: Instant; readonly settled: boolean }>;
  count(space: Space, objects: readonly ObjectCursor[], range: HourRange, index: 'check' | 'rebuild'): Promise<Counted>;
  archive(space: Space, hour: string, after: string | null): Promise<ArchivePart>;
  emit(
    space: Space,
    name: string,
    wanted: readonly { readonly object: string; readonly facts: readonly FactKey[] }[],
  ): Promise<number>;
}

export interface ReconcilerParts {
  readonly profiles: DurableObjectNamespace;
  readonly control: D1Database;
  readonly archive: R2Bucket;
  readonly archiveKeys: ArchiveKeys;
  readonly send: (message: EffectMessage) => Promise<unknown>;
  /** Ids of the segments that are observed under the live ruleset. */
  readonly observed: (space: Space) => Promise<readonly string[]>;
  /** How long facts are kept under the live ruleset. */
  readonly retention: (space: Space) => Promise<Retention>;
  readonly now: () => Instant;
}

/** Objects asked side by side. */
const WIDTH = 6;
/** Pages of facts that one call reads before it gives the rest back: bounds the answer and the time. */
const PAGES = 24;

export function createReconciler(parts: ReconcilerParts): Reconciler {
  const { profiles, control, archive, archiveKeys, send, observed, retention, now } = parts;
  const rollups = createRollupStore(control);
  /** An id of another namespace or a made-up one is refused by the platform. */
  const objectAt = (id: string): ProfileRpc | null => {
    try {
      return profiles.get(profiles.idFromString(id)) as unknown as ProfileRpc;
    } catch {
      return null;
    }
  };

  const kept = async (space: Space): Promise<KeptHours> => keptHours(await retention(space), now());

  return {
    rollups: {
      ...rollups,
      events: async (space, from, to, after) => rollups.events(space, from, to, after, await kept(space)),
      async offers(space, from, to, after) {
        const hours = await kept(space);
        const first = [from, ...[...OFFER_TYPES].map((type) => firstKeptHour(hours, type))].sort().at(-1) ?? from;
        return rollups.offers(space, first, to, after);
      },
    },

    async drain(space, objects) {
      const failed: string[] = [];
      let chunks = 0;
      await sideBySide(objects, async (id) => {
        try {
          chunks += (await objectAt(id)?.drainNow(space)) ?? 0;
        } catch {
          failed.push(id);
        }
      });
      return { chunks, failed };
    },

    async settle(space, run, sentAt) {
      const at = sentAt ?? now();
      const marker: EffectMessage = {
        version: 1,
        space,
        profile: 'reconcile' as ProfileId,
        id: `reconcile/${run}/${at}`,
        minute: Math.floor(at / MINUTE_MS),
        known: false,
        facts: [],
        changes: [],
        decisions: {},
      };
      if (sentAt !== null) return { sentAt: at, settled: await rollups.applied(marker) };
      await send(marker);
      return { sentAt: at, settled: false };
    },

    async count(space, objects, range, index) {
      const counted: CountedProfile[] = [];
      const people: IndexedPerson[] = [];
      const rest: ObjectCursor[] = [];
      const hours = await kept(space);
      const members = new Map((await observed(space)).map((segment) => [segment, { count: 0, newest: 0 }]));
      let pages = PAGES;
      await sideBySide(objects, async ({ id, after }) => {
        const object = objectAt(id);
        if (!object) return;
        const groups = createFactGroups(range, hours);
        let first: FactPage | null = null;
        let lastSeen = 0;
        for (let next: FactKey | null | undefined = after; next !== null; ) {
          if (pages-- <= 0) {
            rest.push(next ? { id, after: next } : { id });
            break;
          }
          const page: FactPage = await object.readFacts(space, next ?? null);
          first ??= page;
          groups.add(page.facts);
          lastSeen = page.facts.reduce((latest, fact) => Math.max(latest, fact.receivedAt), lastSeen);
          next = page.next;
        }
        if (!first?.profile) return;
        const { profile, known, memberships } = first;
        for (const { segment, member, since } of memberships) {
          const counting = members.get(segment);
          if (!counting) continue;
          if (member) counting.count++;
          counting.newest = Math.max(counting.newest, since);
        }
        counted.push({ object: id, profile, groups: groups.list });
        if (known && lastSeen > 0) people.push({ profile, lastSeenDay: dayOf(lastSeen as Instant), memberships });
      });
      const staleIndex = people.length > 0 ? await rollups.staleIndex(space, people) : 0;
      if (index === 'rebuild' && staleIndex > 0) await rollups.rebuildIndex(space, people);
      return {
        profiles: counted,
        staleIndex,
        memberships: [...members].map(([segment, { count, newest }]) => [segment, count, newest] as const),
        rest,
      };
    },

    archive: (space, hour, after) => readArchiveIds(archive, space, hour, after),

    async emit(space, name, wanted) {
      const found: ArchivedFact[] = [];
      await sideBySide(wanted, async ({ object: id, facts }) => {
        const keys = new Set(facts.map(({ source, id: event }) => `${source}\n${event}`));
        const object = objectAt(id);
        for (let after: FactKey | null | undefined; object && keys.size > 0 && after !== null; ) {
          const page = await object.readFacts(space, after ?? null);
          for (const fact of page.facts) {
            if (!page.profile || !keys.delete(`${fact.source}\n${fact.id}`)) continue;
            found.push({ profile: page.profile, ...fact });
          }
          after = page.next;
        }
      });
      return putFacts(archive, archiveKeys, space, name, found);
    },
  };
}

/** A few at a time, in order of their start. */
async function sideBySide<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(WIDTH, items.length) }, lane));
}
