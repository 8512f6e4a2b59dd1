import type { Instant } from '../lib/ids.ts';
import type { RecentView, Strand } from '../profile/strand.ts';
import type { CausedChange } from './evaluate.ts';
import type { Cause, Outbox } from './outbox.ts';
import type { Membership } from './state.ts';

/**
 * Short forms for what a snapshot holds many of: written with every visit, and a snapshot below one page of SQLite (4 kB) costs half
 * the page writes of a larger one.
 */
export type PackedMemberships = readonly (readonly [
  since: Instant,
  entered: readonly string[],
  exited: readonly string[],
])[];

/** Memberships share their instants: one visit changes many. */
export function packMemberships(memberships: ReadonlyMap<string, Membership>): PackedMemberships {
  const bySince = new Map<Instant, [string[], string[]]>();
  for (const [segment, { member, since }] of memberships) {
    const sides = bySince.get(since) ?? [[], []];
    bySince.set(since, sides);
    sides[member ? 0 : 1].push(segment);
  }
  return [...bySince].map(([since, [entered, exited]]) => [since, entered, exited]);
}

export function unpackMemberships(packed: PackedMemberships): Map<string, Membership> {
  const memberships = new Map<string, Membership>();
  for (const [since, entered, exited] of packed) {
    for (const segment of entered) memberships.set(segment, { member: true, since });
    for (const segment of exited) memberships.set(segment, { member: false, since });
  }
  return memberships;
}

/** A strand with its views as one list: product, instant, product, instant … */
export type PackedStrand = Omit<Strand, 'recent'> & { readonly recent: readonly (string | number)[] };

export function packStrand(strand: Strand): PackedStrand {
  return { ...strand, recent: strand.recent.flatMap(({ productId, at }) => [productId, at]) };
}

export function unpackStrand(packed: PackedStrand): Strand {
  const recent: RecentView[] = [];
  for (let i = 0; i < packed.recent.length; i += 2) {
    recent.push({ productId: packed.recent[i] as string, at: packed.recent[i + 1] as Instant });
  }
  return { ...packed, recent };
}

type PackedChange = readonly [segment: string, entered: 0 | 1, since: Instant, cause: Cause];

export interface PackedOutbox {
  readonly nextId: number;
  readonly chunks: readonly (Omit<Outbox['chunks'][number], 'changes'> & {
    readonly changes: readonly PackedChange[];
  })[];
}

export function packOutbox({ nextId, chunks }: Outbox): PackedOutbox {
  const pack = ({ segment, status, since, cause }: CausedChange): PackedChange => [
    segment,
    status === 'entered' ? 1 : 0,
    since,
    cause,
  ];
  return { nextId, chunks: chunks.map((chunk) => ({ ...chunk, changes: chunk.changes.map(pack) })) };
}

export function unpackOutbox({ nextId, chunks }: PackedOutbox): Outbox {
  const unpack = ([segment, entered, since, cause]: PackedChange): CausedChange => ({
    segment,
    status: entered === 1 ? 'entered' : 'exited',
    since,
    cause,
  });
  return { nextId, chunks: chunks.map((chunk) => ({ ...chunk, changes: chunk.changes.map(unpack) })) };
}
