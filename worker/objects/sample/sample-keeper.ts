import type { SampleReply } from '../../../core/interaction/copy-for-sample.ts';
import type { Instant, ProfileId } from '../../../core/lib/ids.ts';
import {
  createSample,
  insertRow,
  isDepleted,
  type ProfileSample,
  removeProfile,
  type Sampled,
  type SampleEntry,
} from '../../../core/segment/preview/sample.ts';
import { type SampleKey, sampleRank } from '../../../core/segment/preview/sample-key.ts';
import { decodeShard, encodeShard, type SampleRow } from '../../../core/segment/preview/sample-shard.ts';
import type { SampleState } from '../../stores/sample-stub.ts';
import type { Member, SampleTable } from './sample-table.ts';

/** Rows are spread over so many shards, some eighty in each: one is read, changed and written as a whole. */
const BUCKETS = 64;

export interface FetchedCopy {
  readonly profile: ProfileId;
  readonly takenAt: Instant;
  /** null: it could not be reached. */
  readonly reply: SampleReply | null;
}

/** Who is in the sample, and what was copied of them. Nothing in here awaits. */
export interface SampleKeeper {
  /** Active profiles: members become stale, others may become members. */
  touch(profiles: Iterable<ProfileId>): void;
  /** Their copies go at once, and they are to be copied anew if they still live. */
  forget(profiles: readonly ProfileId[]): number;
  /** Members to be copied: whole shards first, about as many as asked for. Those in `without` are left out. */
  stale(about: number, without: ReadonlySet<ProfileId>): readonly ProfileId[];
  /** Before copies are asked for: what is touched from now on stays stale when they come. */
  begin(asked: readonly ProfileId[]): void;
  take(copies: readonly FetchedCopy[]): void;
  state(): SampleState;
  /** Rows shard by shard: the memory of one at a time. They have no attributes but these. */
  shards(limit: number | null, attributes: ReadonlySet<string>): Iterable<readonly SampleEntry<SampleRow>[]>;
  isCut(profile: ProfileId): boolean;
  /** Where the walk through the index stands; null: it is over. */
  seedCursor(): string | null;
  seeded(upTo: string | null, profiles: Iterable<ProfileId>): void;
  /** Begins again where so many are gone that little is left; true: it did. */
  drawAgain(now: Instant): boolean;
  hasWork(): boolean;
}

/** A new object knows nobody: it listens from now on, and reads the index for those who were there before. */
export function createSampleKeeper(table: SampleTable, key: SampleKey, k: number, now: Instant): SampleKeeper {
  const members = table.members();
  /** Touched while they were being copied. */
  const touchedSince = new Set<ProfileId>();
  const forgotten = new Set<ProfileId>();
  const limit = table.meta('limit');
  let sample: ProfileSample<Sampled> = {
    ...createSample(
      k,
      key,
      [...members.keys()].map((profile) => rowOf(profile)),
    ),
    limit: limit === null ? null : Number(limit),
  };
  if (table.meta('since') === null) listenFrom(now);

  function listenFrom(at: Instant): void {
    table.together(() => {
      table.setMeta('since', String(at));
      table.setMeta('seed', '');
    });
  }

  function bucketOf(profile: ProfileId): number {
    // Bits that have nothing to do with the order of ranks.
    return Math.floor(sampleRank(key, profile) * 2 ** 53) % BUCKETS;
  }

  function touch(profiles: Iterable<ProfileId>): void {
    const gone: ProfileId[] = [];
    table.together(() => {
      for (const profile of profiles) {
        const member = members.get(profile);
        if (!member) gone.push(...enlist(profile));
        else {
          touchedSince.add(profile);
          if (!member.stale) put(profile, { ...member, stale: true });
        }
      }
      rewrite(gone, []);
    });
  }

  function enlist(profile: ProfileId): readonly ProfileId[] {
    const before = sample;
    sample = insertRow(before, key, rowOf(profile));
    if (sample === before) return [];
    if (sample.limit !== before.limit) table.setMeta('limit', String(sample.limit));
    const last = before.entries.at(-1)?.row.profile;
    const dropped = sample.entries.length > before.entries.length ? null : last;
    // Dropped itself: then the former last one is the last one still.
    if (dropped !== null && sample.entries.at(-1)?.row.profile === dropped) return [];
    put(profile, { stale: true, takenAt: null, cut: false });
    if (dropped === null || dropped === undefined) return [];
    drop(dropped);
    return [dropped];
  }

  function put(profile: ProfileId, member: Member): void {
    members.set(profile, member);
    table.putMember(profile, member);
  }

  function drop(profile: ProfileId): void {
    members.delete(profile);
    table.removeMember(profile);
  }

  /** Shards without rows of those who left, and with new ones. */
  function rewrite(gone: readonly ProfileId[], rows: readonly SampleRow[]): void {
    const fresh = new Map<number, SampleRow[]>();
    for (const profile of gone) if (!fresh.has(bucketOf(profile))) fresh.set(bucketOf(profile), []);
    for (const row of rows) {
      const bucket = bucketOf(row.profile);
      fresh.set(bucket, [...(fresh.get(bucket) ?? []), row]);
    }
    for (const [bucket, added] of fresh) {
      const replaced = new Set(added.map(({ profile }) => profile));
      const kept = read(bucket).filter(({ row }) => isHeld(row) && !replaced.has(row.profile));
      const all = [...kept.map(({ row }) => row), ...added];
      table.putShard(bucket, all.length === 0 ? null : encodeShard(createSample(k, key, all)));
    }
  }

  /** It is the copy that counts. */
  function isHeld({ profile, takenAt }: Sampled): boolean {
    return members.get(profile)?.takenAt === takenAt;
  }

  function read(bucket: number, only: ReadonlySet<string> | null = null): readonly SampleEntry<SampleRow>[] {
    const bytes = table.shard(bucket);
    const decoded = bytes && decodeShard(bytes, key, only);
    if (decoded === null) return [];
    if (decoded.ok) return decoded.value.entries;
    // Of other code, or under another key: copied again.
    for (const profile of members.keys())
      if (bucketOf(profile) === bucket) put(profile, { stale: true, takenAt: null, cut: false });
    return [];
  }

  return {
    touch,

    forget(profiles) {
      const held = profiles.filter((profile) => members.has(profile));
      table.together(() => {
        // What of them lives on is copied anew; who does not is found gone then.
        for (const profile of held) put(profile, { stale: true, takenAt: null, cut: false });
        for (const profile of held) forgotten.add(profile);
        rewrite(held, []);
      });
      return held.length;
    },

    stale(about, without) {
      const byBucket = new Map<number, ProfileId[]>();
      for (const [profile, member] of members) {
        if (!member.stale || without.has(profile)) continue;
        const bucket = bucketOf(profile);
        const held = byBucket.get(bucket);
        if (held) held.push(profile);
        else byBucket.set(bucket, [profile]);
      }
      const chosen: ProfileId[] = [];
      for (const held of [...byBucket.values()].sort((a, b) => b.length - a.length)) {
        if (chosen.length >= about) break;
        chosen.push(...held);
      }
      return chosen;
    },

    begin(asked) {
      for (const profile of asked) {
        touchedSince.delete(profile);
        forgotten.delete(profile);
      }
    },

    take(copies) {
      const gone: ProfileId[] = [];
      const rows: SampleRow[] = [];
      table.together(() => {
        for (const { profile, takenAt, reply } of copies) {
          // Pushed out while it was copied, or forgotten: that copy may be of before.
          if (!members.has(profile) || reply === null || forgotten.has(profile)) continue;
          if (reply.kind === 'gone') {
            sample = removeProfile(sample, key, profile);
            drop(profile);
            gone.push(profile);
            continue;
          }
          const { known, lastSeen, log, attributes, cut } = reply;
          rows.push({ profile, takenAt, known, lastSeen, log, attributes: new Map(Object.entries(attributes)) });
          put(profile, { stale: touchedSince.has(profile), takenAt, cut });
        }
        rewrite(gone, rows);
      });
    },

    state() {
      const copied = sample.entries.filter(({ row }) => members.get(row.profile)?.takenAt !== null);
      const held = [...members.values()];
      return {
        k: sample.k,
        limit: sample.limit,
        ranks: Float64Array.from(copied, ({ rank }) => rank),
        since: Number(table.meta('since')) as Instant,
        stale: held.filter(({ stale, takenAt }) => stale && takenAt !== null).length,
        pending: held.filter(({ takenAt }) => takenAt === null).length,
        seeding: table.meta('seed') !== null,
      };
    },

    *shards(upTo, attributes) {
      for (const bucket of table.buckets())
        yield read(bucket, attributes).filter(({ rank, row }) => (upTo === null || rank <= upTo) && isHeld(row));
    },

    isCut: (profile) => members.get(profile)?.cut ?? false,
    seedCursor: () => table.meta('seed'),
    seeded(upTo, profiles) {
      // Whoever is a member was heard of already, and nothing has happened to them.
      touch([...profiles].filter((profile) => !members.has(profile)));
      table.setMeta('seed', upTo);
    },

    drawAgain(at) {
      if (!isDepleted(sample)) return false;
      sample = { ...sample, limit: null };
      table.setMeta('limit', null);
      listenFrom(at);
      return true;
    },

    hasWork: () => table.meta('seed') !== null || [...members.values()].some(({ stale }) => stale),
  };
}

function rowOf(profile: ProfileId): Sampled {
  return { profile, takenAt: 0 as Instant };
}
