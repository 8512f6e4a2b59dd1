import type { Instant, Sequence } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import type { Cause } from './outbox.ts';

/** A person's state in one segment. */
export interface Membership {
  readonly member: boolean;
  readonly since: Instant;
  /** The ruleset under which it changed. */
  readonly sequence: Sequence;
  readonly cause: Cause;
}

/** Memberships by segment: those that hold, and those that ended not long ago. Eligibility rules of offers leave none. */
export class Memberships {
  readonly #bySegment: Map<string, Membership>;
  /** No exit is older. Most visits have none to forget, and thousands of memberships to look at. */
  #oldestExit = Number.POSITIVE_INFINITY;
  /** Their stored form, as long as it is right: most visits change none. */
  packed: Uint8Array | null = null;

  constructor(entries: Iterable<readonly [string, Membership]> = []) {
    this.#bySegment = new Map();
    for (const [segment, membership] of entries) this.set(segment, membership);
  }

  get(segment: string): Membership | undefined {
    return this.#bySegment.get(segment);
  }

  has(segment: string): boolean {
    return this.#bySegment.get(segment)?.member ?? false;
  }

  set(segment: string, membership: Membership): void {
    this.#bySegment.set(segment, membership);
    if (!membership.member && membership.since < this.#oldestExit) this.#oldestExit = membership.since;
    this.packed = null;
  }

  /** Forgets exits that are older than the promise to show them. */
  forgetOldExits(now: Instant): void {
    const oldest = now - limit('exitedMembershipMs');
    if (this.#oldestExit >= oldest) return;
    this.#oldestExit = Number.POSITIVE_INFINITY;
    for (const [segment, { member, since }] of this.#bySegment) {
      if (member) continue;
      if (since >= oldest) {
        this.#oldestExit = Math.min(this.#oldestExit, since);
        continue;
      }
      this.#bySegment.delete(segment);
      this.packed = null;
    }
  }

  [Symbol.iterator](): IterableIterator<[string, Membership]> {
    return this.#bySegment.entries();
  }
}
