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

/** So many changes are stored beside the form of all before that is made anew: they are written with every visit. */
const MOST_CHANGED = 16;

/** Memberships by segment: those that hold, and those that ended not long ago. Eligibility rules of offers leave none. */
export class Memberships {
  readonly #bySegment = new Map<string, Membership>();
  /** No exit is older. Most visits have none to forget, and thousands of memberships to look at. */
  #oldestExit = Number.POSITIVE_INFINITY;
  readonly #changed = new Map<string, Membership>();
  #packed: Uint8Array | null = null;

  /** Their stored form, all but `changed`: of the hundreds that a person may be in, a visit changes few. Null: there is none yet. */
  get packed(): Uint8Array | null {
    return this.#packed;
  }

  /** What changed since. */
  get changed(): Iterable<readonly [string, Membership]> {
    return this.#changed;
  }

  /** The stored form of all as they are now. */
  keepPacked(packed: Uint8Array): void {
    this.#packed = packed;
    this.#changed.clear();
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
    if (this.#packed === null) return;
    this.#changed.set(segment, membership);
    if (this.#changed.size > MOST_CHANGED) this.#forgetPacked();
  }

  /** Forgets exits that are older than the promise to show them. */
  forgetOldExits(now: Instant): void {
    const oldest = now - limit('exitedMembershipMs');
    if (this.#oldestExit >= oldest) return;
    this.#oldestExit = Number.POSITIVE_INFINITY;
    for (const [segment, { member, since }] of this.#bySegment) {
      if (member) continue;
      if (since < oldest) this.#bySegment.delete(segment);
      else if (since < this.#oldestExit) this.#oldestExit = since;
    }
    this.#forgetPacked();
  }

  [Symbol.iterator](): IterableIterator<[string, Membership]> {
    return this.#bySegment.entries();
  }

  #forgetPacked(): void {
    this.#packed = null;
    this.#changed.clear();
  }
}
