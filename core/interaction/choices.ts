import { type Decided, mergeDecided } from '../decision/ledger.ts';
import { type Assignments, joinAssignments } from '../experiment/assignment.ts';
import { packAssignments, unpackAssignments } from '../experiment/packed-assignments.ts';
import type { Instant } from '../lib/ids.ts';
import { countsHere, type Strand } from '../profile/strand.ts';
import type { StrandChoices, Touch } from '../profile/strand-choices.ts';

/** Impressions and clicks that a strand remembers: an order is due to one of the last. */
const TOUCHES_KEPT = 12;
/** Of metrics: more than operators look at. */
const TOTALS_KEPT = 200;

/** What was decided for the person, over all strands that count. */
export interface PersonChoices {
  readonly decided: Decided;
  readonly assignments: Assignments;
}

/** Strands hold their own; the person's are worked out from them each time, so that taking a strand away takes its choices away. */
export function choicesOf(strands: readonly Strand[]): PersonChoices {
  const held = strands.flatMap((strand) => (strand.choices && countsHere(strand) ? [strand.choices] : []));
  return {
    decided: mergeDecided(held.flatMap(({ decided }) => (decided ? [decided] : []))),
    assignments: held.reduce<Assignments>(
      (all, { assigned, since = 0 }) => (assigned ? joinAssignments(all, arrivedAt(assigned, since as Instant)) : all),
      [],
    ),
  };
}

/** The person's first assignment holds: one that a device brings along counts from when the device came to them. */
function arrivedAt(assigned: NonNullable<StrandChoices['assigned']>, since: Instant): Assignments {
  return unpackAssignments(assigned).map((each) => (each.at < since ? { ...each, at: since } : each));
}

/** Two strands became one. A decision is noted in one strand only, so both count; of assignments the earliest holds. */
export function joinChoices(into: Pick<Strand, 'choices'>, from: Pick<Strand, 'choices'>): void {
  if (!from.choices) return;
  into.choices = into.choices ? joined(into.choices, from.choices) : from.choices;
}

function joined(one: StrandChoices, other: StrandChoices): StrandChoices {
  const assigned = joinAssignments(unpackAssignments(one.assigned ?? []), unpackAssignments(other.assigned ?? []));
  return compact({
    ...(one.since !== undefined || other.since !== undefined
      ? { since: Math.max(one.since ?? 0, other.since ?? 0) }
      : {}),
    decided: mergeDecided([one.decided ?? {}, other.decided ?? {}]),
    assigned: packAssignments(assigned),
    touches: latestTouches([...(one.touches ?? []), ...(other.touches ?? [])]),
    arms: [...(one.arms ?? []), ...(other.arms ?? [])].sort((a, b) => b[5] - a[5]).slice(0, TOUCHES_KEPT),
    totals: joinedTotals(one.totals ?? {}, other.totals ?? {}),
  });
}

/** Writes a part of a strand's choices; what is empty is not kept. */
export function setChoices(strand: Pick<Strand, 'choices'>, part: StrandChoices): void {
  const next = compact({ ...strand.choices, ...part });
  if (Object.keys(next).length > 0) strand.choices = next;
  else delete strand.choices;
}

export function latestTouches(touches: readonly Touch[]): readonly Touch[] {
  return [...touches].sort(([, , a], [, , b]) => b - a).slice(0, TOUCHES_KEPT);
}

/** One person now: what both did adds up. */
function joinedTotals(
  one: NonNullable<StrandChoices['totals']>,
  other: NonNullable<StrandChoices['totals']>,
): NonNullable<StrandChoices['totals']> {
  const totals = { ...one };
  for (const [key, [total, before]] of Object.entries(other)) {
    const [held, heldBefore] = Object.hasOwn(totals, key) ? (totals[key] ?? [0, 0]) : [0, 0];
    totals[key] = [held + total, heldBefore + before];
  }
  return Object.fromEntries(Object.entries(totals).slice(-TOTALS_KEPT));
}

function compact(choices: StrandChoices): StrandChoices {
  return Object.fromEntries(
    Object.entries(choices).filter(
      ([, part]) => part !== undefined && (typeof part === 'number' || Object.keys(part as object).length > 0),
    ),
  );
}
