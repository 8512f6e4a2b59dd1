import type { Instant, Sequence } from '../lib/ids.ts';
import type { Membership, Memberships } from './memberships.ts';
import { CAUSES, type Cause, type CausedChange, keyOfFact, type Outbox, type OutboxChunk } from './outbox.ts';
import { packIds, unpackIds } from './packed-ids.ts';

/**
 * Short forms for what a snapshot holds many of: written with every visit, and a snapshot below one page of SQLite (4 kB) costs half
 * the page writes of a larger one.
 */
export type PackedMemberships = readonly PackedGroup[];

/** Segments that were entered, and left, at one instant for one cause under one ruleset: one visit changes many. */
type PackedGroup = readonly [
  since: Instant,
  sequence: Sequence,
  cause: number,
  entered: string | readonly string[],
  exited: string | readonly string[],
];

/** A few memberships, as they are: hardly two of them changed at one instant. */
export type PackedChanged = readonly (readonly [
  segment: string,
  member: 0 | 1,
  since: Instant,
  sequence: Sequence,
  cause: number,
])[];

export function packChanged(changed: Iterable<readonly [string, Membership]>): PackedChanged {
  return Array.from(changed, ([segment, { member, since, sequence, cause }]) => [
    segment,
    member ? 1 : 0,
    since,
    sequence,
    CAUSES.indexOf(cause),
  ]);
}

export function applyChanged(changed: PackedChanged, memberships: Memberships): void {
  for (const [segment, member, since, sequence, code] of changed) {
    memberships.set(segment, { member: member === 1, since, sequence, cause: causeOf(code) });
  }
}

export function packMemberships(memberships: Memberships): PackedMemberships {
  const groups = new Map<string, Group>();
  let last: Group | undefined;
  for (const [segment, { member, since, sequence, cause }] of memberships) {
    const code = CAUSES.indexOf(cause);
    // Most are of the same group as the one before: hundreds are entered together.
    if (last === undefined || last[0] !== since || last[1] !== sequence || last[2] !== code) {
      const key = `${since} ${sequence} ${code}`;
      last = groups.get(key) ?? [since, sequence, code, [], []];
      groups.set(key, last);
    }
    last[member ? 3 : 4].push(segment);
  }
  return Array.from(groups.values(), ([since, sequence, code, entered, exited]) => [
    since,
    sequence,
    code,
    packIds(entered),
    packIds(exited),
  ]);
}

type Group = [Instant, Sequence, number, string[], string[]];

export function unpackMemberships(packed: PackedMemberships, memberships: Memberships): void {
  for (const [since, sequence, code, entered, exited] of packed) {
    const cause = causeOf(code);
    // One object for all: an isolate holds many people's.
    const held: Membership = { member: true, since, sequence, cause };
    const ended: Membership = { ...held, member: false };
    for (const segment of unpackIds(entered)) memberships.set(segment, held);
    for (const segment of unpackIds(exited)) memberships.set(segment, ended);
  }
}

function causeOf(code: number): Cause {
  return CAUSES[code] ?? 'event';
}

/** Changes of one run share the rest. Evidence by place: the ids of the chunk's own facts first, then `names`. */
type PackedRun = readonly [
  since: Instant,
  sequence: Sequence,
  cause: number,
  ...(readonly [segment: string, entered: 0 | 1, events: readonly number[], attributes: readonly number[]])[],
];

export interface PackedOutbox {
  readonly nextId: number;
  readonly chunks: readonly PackedChunk[];
}

type PackedChunk = Omit<OutboxChunk, 'changes'> & {
  readonly changes: readonly PackedRun[];
  readonly names: readonly string[];
};

export function packOutbox({ nextId, chunks }: Outbox): PackedOutbox {
  return { nextId, chunks: chunks.map(packChunk) };
}

export function unpackOutbox({ nextId, chunks }: PackedOutbox): Outbox {
  return { nextId, chunks: chunks.map(unpackChunk) };
}

function packChunk({ changes, ...chunk }: OutboxChunk): PackedChunk {
  const { facts } = chunk;
  const places = new Map(changes.length === 0 ? [] : facts.map((fact, place) => [idOf(fact), place]));
  const names: string[] = [];
  const place = (name: string) => {
    const known = places.get(name);
    if (known !== undefined) return known;
    places.set(name, facts.length + names.length);
    return facts.length + names.push(name) - 1;
  };
  const runs: [Instant, Sequence, number, ...PackedRun[3][]][] = [];
  for (const { segment, status, since, cause, sequence, evidence } of changes) {
    const code = CAUSES.indexOf(cause);
    let run = runs.at(-1);
    if (run?.[0] !== since || run[1] !== sequence || run[2] !== code) {
      run = [since, sequence, code];
      runs.push(run);
    }
    run.push([segment, status === 'entered' ? 1 : 0, evidence.events.map(place), evidence.attributes.map(place)]);
  }
  return { ...chunk, changes: runs, names };
}

function unpackChunk({ changes, names, ...chunk }: PackedChunk): OutboxChunk {
  const { facts } = chunk;
  const ids = facts.map(idOf);
  const name = (place: number) => ids[place] ?? names[place - ids.length] ?? '';
  const unpacked = changes.flatMap(([since, sequence, cause, ...run]) =>
    run.map(
      ([segment, entered, events, attributes]): CausedChange => ({
        segment,
        status: entered === 1 ? 'entered' : 'exited',
        since,
        cause: causeOf(cause),
        sequence,
        evidence: { events: events.map(name), attributes: attributes.map(name) },
      }),
    ),
  );
  return { ...chunk, changes: unpacked };
}

function idOf(fact: string): string {
  return keyOfFact(fact).id;
}
