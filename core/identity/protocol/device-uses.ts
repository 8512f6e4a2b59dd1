import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';

/** From its first to its last sighting, nobody else was met on the device. `by` null: whoever was signed in has left, at one instant. */
export interface DeviceUse {
  readonly by: IdentityKey | null;
  readonly from: Instant;
  readonly to: Instant;
}

/** Who used a device when (`anonymousHistory: stay`): what tells whose an event is that arrives late. */
export interface DeviceUses {
  /** What happened until then is where it belongs and is not looked at again; null: nothing is settled. */
  readonly settledAt: Instant | null;
  /** By time, apart from each other, bounded. */
  readonly spans: readonly DeviceUse[];
}

/** What happened on a device after `after` (null: ever) until `until` is that person's. */
export interface ClosedUse {
  readonly by: IdentityKey;
  readonly after: Instant | null;
  readonly until: Instant;
}

const NO_USES: DeviceUses = { settledAt: null, spans: [] };
const SPANS_KEPT = 12;

/** Takes in that somebody was met on the device, or left it, in whatever order that is heard. Within a use of somebody else it is not believed. */
export function noteUse(uses: DeviceUses = NO_USES, at: Instant, by: IdentityKey | null): DeviceUses {
  const { settledAt, spans } = uses;
  if ((settledAt !== null && at <= settledAt) || spans.some(({ from, to }) => from <= at && at < to)) return uses;
  const place = spans.findLastIndex(({ from }) => from <= at) + 1;
  const [before, after] = [spans[place - 1], spans[place]];
  if (before?.by === by && before.to === at) return uses;
  const [goesOn, began] = [by !== null && before?.by === by, by !== null && after?.by === by];
  if (before && goesOn && began) return uses;
  const changed =
    before && goesOn
      ? spans.with(place - 1, { by, from: before.from, to: at })
      : after && began
        ? spans.with(place, { by, from: at, to: after.to })
        : spans.toSpliced(place, 0, { by, from: at, to: at });
  if (changed.length <= SPANS_KEPT) return { settledAt, spans: changed };
  const kept = changed.slice(-SPANS_KEPT);
  return { settledAt: (kept[0] as DeviceUse).from, spans: kept };
}

/** Nothing of before is known well enough to move what is stored. */
export function usesFrom(at: Instant, by: IdentityKey | null): DeviceUses {
  return { settledAt: at, spans: [{ by, from: at, to: at }] };
}

/** One person is named by another identity from now on. */
export function renameUser(uses: DeviceUses, from: IdentityKey, to: IdentityKey): DeviceUses {
  const last = uses.spans.findLastIndex(({ by }) => by !== from);
  return { ...uses, spans: uses.spans.map((span, place) => (place > last ? { ...span, by: to } : span)) };
}

/** Whoever is erased is named by no device. What happened until then is not looked at again. */
export function withoutUser(uses: DeviceUses, person: IdentityKey): DeviceUses {
  const last = uses.spans.findLastIndex(({ by }) => by === person);
  if (last < 0) return uses;
  const spans = uses.spans.slice(last + 1);
  return { settledAt: spans[0]?.from ?? (uses.spans[last] as DeviceUse).to, spans };
}

/** Who has the device now, by what is known; null: nobody. */
export function userOf({ spans }: DeviceUses): IdentityKey | null {
  return spans.at(-1)?.by ?? null;
}

/** When somebody last signed out; null: never. */
export function lastLeft({ spans }: DeviceUses): Instant | null {
  return spans.findLast(({ by }) => by === null)?.to ?? null;
}

/** When anybody was last heard of on it. */
export function lastUse({ spans, settledAt }: DeviceUses): Instant | null {
  return spans.at(-1)?.to ?? settledAt;
}

/** Uses that have ended. What nobody had claimed belongs to whoever signed in next. */
export function closedUses({ settledAt, spans }: DeviceUses): readonly ClosedUse[] {
  const closed: ClosedUse[] = [];
  let after = settledAt;
  let current: IdentityKey | null = null;
  for (const { by, from } of spans) {
    if (current !== null && by !== current) {
      closed.push({ by: current, after, until: from });
      after = from;
    }
    current = by;
  }
  return closed;
}
