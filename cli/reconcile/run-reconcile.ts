import type { ObjectCursor } from './answers.schema.ts';
import { type ArchiveCheck, checkArchive } from './archive-check.ts';
import {
  type CountedMembers,
  compareEvents,
  compareMembers,
  compareOffers,
  type EventDifference,
  type LiveRows,
  type MembersDifference,
  type OfferDifference,
} from './differences.ts';
import { createFactBook, type FactBook, type OfferCount, rowKey } from './fact-book.ts';
import { mendArchive, mendRows } from './mend.ts';
import type { ObjectLister } from './object-lister.ts';
import type { OperatorApi } from './operator-api.ts';
import { ReconcileError } from './reconcile-error.ts';

export interface ReconcileOptions {
  readonly run: string;
  /** Compare only. */
  readonly check: boolean;
  /** Also the running hour and the last minute: for a system without traffic. */
  readonly all: boolean;
  /** First and last hour, `2026-11-22T06`; last: null is the last closed one. */
  readonly from: string;
  readonly to: string | null;
}

export interface ReconcileDeps {
  readonly api: OperatorApi;
  readonly list: ObjectLister;
  readonly note: (line: string) => void;
  readonly sleep: (ms: number) => Promise<void>;
}

/** What did not agree, at one moment. */
export interface Differences {
  readonly archive: {
    readonly hours: number;
    readonly files: number;
    readonly lines: number;
    readonly missing: number;
    readonly extra: number;
  };
  readonly events: readonly EventDifference[];
  readonly offers: readonly OfferDifference[];
  readonly members: readonly MembersDifference[];
  readonly staleIndex: number;
}

export interface ReconcileReport {
  readonly run: string;
  readonly space: string;
  readonly mode: 'mend' | 'check';
  readonly from: string;
  readonly to: string;
  readonly objects: number;
  readonly profiles: number;
  readonly facts: number;
  readonly doubled: number;
  /** Rows left alone because facts for them arrived meanwhile. */
  readonly moving: number;
  readonly chunksDrained: number;
  /** Objects that could not be drained; the next run tries again. */
  readonly failedObjects: readonly string[];
  readonly before: Differences;
  /** null after a check: nothing was changed. */
  readonly after: Differences | null;
  readonly remaining: number;
}

const BATCH = 50;
const LANES = 3;
/** After a visit, its chunk waits this long at most before it leaves the object and reaches D1. */
const UNDER_WAY_MS = 60_000;
const SETTLE_POLL_MS = 500;
const SETTLE_RESEND = 40;
const SETTLE_TIMES = 6;
const LAST_HOUR = '9999-12-31T23';

/** Holds archive and rollups against the facts in the objects and, unless it only checks, mends them. Every step may be cut off and repeated. */
export async function reconcile(options: ReconcileOptions, deps: ReconcileDeps): Promise<ReconcileReport> {
  const { api, note } = deps;
  const { space, now } = await api.ask('begin', { phase: 'begin' });
  const range = { from: options.from, to: options.to ?? (options.all ? LAST_HOUR : closedHour(now)) };
  note(
    `space ${space}, hours ${range.from} to ${options.all && !options.to ? 'now' : range.to}${options.check ? ', changing nothing' : ''}`,
  );

  const objects: string[] = [];
  for await (const page of deps.list()) objects.push(...page);
  note(`${objects.length} profile objects`);

  const drained = options.check ? { chunks: 0, failed: [] } : await drain(objects, deps);
  if (!options.check) await settle(deps);

  const live = await readRows(api, range);
  const youngFrom = options.all ? Number.POSITIVE_INFINITY : options.check ? now - UNDER_WAY_MS : now;
  const book = createFactBook({ ...range, youngFrom });
  const counted = await count(objects, book, range, options.check ? 'check' : 'rebuild', deps);
  note(`${book.facts} facts in ${counted.profiles} profiles`);

  const hours = [...book.arrivals.keys()].sort();
  const archived = await checkArchive(api, book, hours);
  const observed = { counted: counted.members, youngFrom };
  const before = differencesOf(archived, live, book, observed, counted.staleIndex);
  const common = {
    run: options.run,
    space,
    ...range,
    objects: objects.length,
    profiles: counted.profiles,
    facts: book.facts,
    doubled: book.doubled,
    moving: book.moving.size,
    chunksDrained: drained.chunks,
    failedObjects: drained.failed,
    before,
  };
  if (options.check) return { ...common, mode: 'check', after: null, remaining: sizeOf(before) };

  if (before.archive.missing > 0) note(`writing ${before.archive.missing} facts to the archive`);
  await mendArchive(api, archived.missing);
  const wrong = before.events.length + before.offers.length + before.members.length;
  if (wrong > 0) note(`correcting ${wrong} rollup rows`);
  await mendRows(api, before.events, before.offers, before.members);

  const again = before.archive.missing > 0 ? await checkArchive(api, book, hours) : archived;
  const after = differencesOf(again, await readRows(api, range), book, observed, 0);
  return { ...common, mode: 'mend', after, remaining: sizeOf(after) + drained.failed.length };
}

/** `2026-11-22T06`: the hour before the one that `now` is in. */
function closedHour(now: number): string {
  return new Date(now - 3_600_000).toISOString().slice(0, 13);
}

function differencesOf(
  archived: ArchiveCheck,
  live: LiveRows,
  book: FactBook,
  observed: { readonly counted: ReadonlyMap<string, CountedMembers>; readonly youngFrom: number },
  staleIndex: number,
): Differences {
  const { hours, files, lines, missingFacts, extra } = archived;
  return {
    archive: { hours, files, lines, missing: missingFacts, extra },
    events: compareEvents(live, book),
    offers: compareOffers(live, book),
    members: compareMembers(live, observed.counted, observed.youngFrom),
    staleIndex,
  };
}

function sizeOf({ archive, events, offers, members, staleIndex }: Differences): number {
  return archive.missing + events.length + offers.length + members.length + staleIndex;
}

async function drain(
  objects: readonly string[],
  { api, note }: ReconcileDeps,
): Promise<{ readonly chunks: number; readonly failed: readonly string[] }> {
  const failed: string[] = [];
  let chunks = 0;
  await inLanes(batches(objects, BATCH), async (batch) => {
    const answer = await api.ask('drain', { phase: 'drain', objects: batch });
    chunks += answer.chunks;
    failed.push(...answer.failed);
  });
  note(`${chunks} chunks drained${failed.length > 0 ? `, ${failed.length} objects failed` : ''}`);
  return { chunks, failed };
}

/** Waits until the queue has given out everything that was sent before: a marker goes in behind it. A local queue forgets when its process dies, so the marker is sent again. */
async function settle({ api, note, sleep }: ReconcileDeps): Promise<void> {
  for (let time = 0; time < SETTLE_TIMES; time++) {
    const { sentAt } = await api.ask('settle', { phase: 'settle' });
    for (let poll = 0; poll < SETTLE_RESEND; poll++) {
      await sleep(SETTLE_POLL_MS);
      const { settled } = await api.ask('settle', { phase: 'settle', sentAt });
      if (settled) return;
    }
    note('the queue still works, waiting …');
  }
  throw new ReconcileError(
    'The queue does not come to rest: look at its backlog and its dead letters, then run it again.',
  );
}

async function count(
  objects: readonly string[],
  book: FactBook,
  range: { readonly from: string; readonly to: string },
  index: 'check' | 'rebuild',
  { api, note }: ReconcileDeps,
): Promise<{
  readonly profiles: number;
  readonly staleIndex: number;
  readonly members: ReadonlyMap<string, CountedMembers>;
}> {
  const profiles = new Set<string>();
  const members = new Map<string, CountedMembers>();
  let staleIndex = 0;
  let waiting: ObjectCursor[] = objects.map((id) => ({ id }));
  while (waiting.length > 0) {
    const rest: ObjectCursor[] = [];
    await inLanes(batches(waiting, BATCH), async (batch, done) => {
      const answer = await api.ask('count', { phase: 'count', objects: batch, ...range, index });
      for (const { object, groups } of answer.profiles) {
        profiles.add(object);
        for (const group of groups) book.add(object, group);
      }
      staleIndex += answer.staleIndex;
      for (const [segment, count, newest] of answer.memberships) {
        const held = members.get(segment) ?? { members: 0, newest: 0 };
        members.set(segment, { members: held.members + count, newest: Math.max(held.newest, newest) });
      }
      rest.push(...answer.rest);
      if (done % 100 === 0) note(`${done * BATCH} objects read, ${book.facts} facts`);
    });
    waiting = rest;
  }
  return { profiles: profiles.size, staleIndex, members };
}

async function readRows(api: OperatorApi, range: { readonly from: string; readonly to: string }): Promise<LiveRows> {
  const events = new Map<string, number>();
  const offers = new Map<string, OfferCount>();
  for (let after: readonly string[] | null = null, more = true; more; ) {
    const page: { rows: readonly (readonly [string, string, string, number])[]; more: boolean } = await api.ask(
      'events',
      { phase: 'rows', table: 'events', ...range, after },
    );
    for (const [hour, source, type, count] of page.rows) events.set(rowKey(hour, source, type), count);
    more = page.more;
    after = page.rows.at(-1)?.slice(0, 3).map(String) ?? null;
  }
  for (let after: readonly string[] | null = null, more = true; more; ) {
    const page: { rows: readonly (readonly [string, string, string, number, number])[]; more: boolean } = await api.ask(
      'offers',
      { phase: 'rows', table: 'offers', ...range, after },
    );
    for (const [hour, placement, offer, impressions, clicks] of page.rows)
      offers.set(rowKey(hour, placement, offer), { impressions, clicks });
    more = page.more;
    after = page.rows.at(-1)?.slice(0, 3).map(String) ?? null;
  }
  const members = new Map<string, number>();
  for (let after: readonly string[] | null = null, more = true; more; ) {
    const page: { rows: readonly (readonly [string, number])[]; more: boolean } = await api.ask('members', {
      phase: 'rows',
      table: 'members',
      ...range,
      after,
    });
    for (const [segment, count] of page.rows) members.set(segment, count);
    more = page.more;
    const last = page.rows.at(-1)?.[0];
    after = last === undefined ? null : [last, '', ''];
  }
  return { events, offers, members };
}

export function batches<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

async function inLanes<T>(items: readonly T[], work: (item: T, done: number) => Promise<void>): Promise<void> {
  let next = 0;
  let done = 0;
  const lane = async () => {
    for (let i = next++; i < items.length; i = next++) await work(items[i] as T, ++done);
  };
  await Promise.all(Array.from({ length: Math.min(LANES, items.length) }, lane));
}
