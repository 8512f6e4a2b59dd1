import type { AuthState } from '../event/event.ts';
import { HELD } from '../experiment/assignment.ts';
import { fingerprint64 } from '../lib/hash.ts';
import type { Instant, ProfileId, Sequence } from '../lib/ids.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import type { PurposeMask } from '../policy/purposes.ts';
import type { Standing } from './decision-inputs.ts';
import type { DecisionRules } from './decision-rules.ts';
import type { DecisionSubject } from './decision-subject.ts';
import type { LiveInputs, Scored } from './live-inputs.ts';
import { planOf } from './plan/decision-plan.ts';
import type { Reason } from './proposition.ts';
import { eachOnce, packBits } from './receipt-bits.ts';
import type { Outcome } from './run-decision.ts';

/** Whose decision it is. */
export interface ReceiptOf {
  /** The ruleset that decided; its manifest names the parts. */
  readonly sequence: Sequence;
  /** Null: somebody about whom nothing is known. */
  readonly profile: ProfileId | null;
}

/**
 * What one answer was decided from, and what it was: plain JSON, enough to decide again. What is personal is not in it: rules are bits, values of templates a hash, visitors
 * a profile id.
 */
export interface Receipt {
  /** 1: of before rules were told once; still read. */
  readonly v: 1 | 2;
  readonly request: string;
  readonly at: Instant;
  readonly sequence: Sequence;
  readonly profile: ProfileId | null;
  readonly state: AuthState;
  readonly consent: PurposeMask;
  readonly placements: readonly string[];
  readonly shown: readonly ReceiptLine[];
  /**
   * Of each placement in turn: a bit for each rule that it may read, in the order of `PlacementPlan.rules`; from version 2 on only where the rule comes up for the first time. See
   * receipt-bits.ts.
   */
  readonly rules: string;
  /** Hash that divides ties. */
  readonly tie?: number;
  readonly languages?: readonly string[];
  /** By experiment: variant, `~held`, `<variant>!` by a preview, `<variant>=` once it is over. */
  readonly assigned?: Readonly<Record<string, string>>;
  /** By cap on decisions (`CountedCap.name`): how many counted before this answer. Those left out: none. */
  readonly counts?: Readonly<Record<string, number>>;
  /** By offer with a budget: what was at hand. Those left out: nothing. */
  readonly leases?: Readonly<Record<string, number>>;
  /** Paths that templates asked for in vain. */
  readonly missing?: readonly string[];
  /** By a ranker that asks about the visitor: slot, then offer, score and propensity of each offer that fitted, down to the last that was taken. */
  readonly scores?: readonly (readonly [slot: number, ...scored: ReceiptScore[]])[];
  /** Of rankers that draw: slot, ranker and bucket. */
  readonly drawnFor?: readonly (readonly [slot: number, ranker: string, bucket: string])[];
  /** By placement: what a preview asked for. */
  readonly preview?: Readonly<Record<string, string>>;
}

export type ReceiptScore = readonly [offer: string, score: number | null, propensity?: number];

/** One proposition. */
export interface ReceiptLine {
  /** Position in `placements`. */
  readonly slot: number;
  readonly offer: string | null;
  readonly reason: Reason;
  readonly experiment?: string;
  readonly variant?: string;
  readonly score?: number;
  readonly propensity?: number;
  readonly language?: string;
  /** Hash of the values that its templates were filled with. */
  readonly fill?: string;
}

export function createReceipt(
  { sequence, profile }: ReceiptOf,
  rules: DecisionRules,
  subject: DecisionSubject,
  placements: readonly string[],
  requestId: string,
  inputs: LiveInputs,
  outcomes: readonly Outcome[],
): Receipt {
  const { counts, leases, values, scored } = inputs.asked;
  const { tieHash, languages, preview } = inputs;
  const missing = [...(values ?? [])].flatMap(([path, value]) => (value === undefined || value === null ? [path] : []));
  const assigned = assignedFor(rules, placements, inputs);
  return {
    v: 2,
    request: requestId,
    at: subject.now,
    sequence,
    profile,
    state: subject.state,
    consent: subject.consented,
    placements,
    shown: linesOf(outcomes),
    rules: packBits(rulesRead(rules, placements, 2), subject.members),
    ...(tieHash !== null && { tie: tieHash }),
    ...(languages.length > 0 && { languages }),
    ...(Object.keys(assigned).length > 0 && { assigned }),
    ...aboveNone('counts', counts),
    ...aboveNone('leases', leases),
    ...(missing.length > 0 && { missing }),
    ...(scored && { scores: scored.map((each) => scoresOf(each, rules, placements, outcomes)) }),
    ...drawsOf(scored ?? []),
    ...(preview && { preview }),
  };
}

/** A bucket may be named after what a page said. */
const BUCKET_LENGTH = 64;

function drawsOf(scored: readonly Scored[]): Pick<Receipt, 'drawnFor'> {
  const drawnFor = scored.flatMap(({ slot, scores }) =>
    scores.drawnFor ? [[slot, scores.drawnFor.ranker, scores.drawnFor.bucket.slice(0, BUCKET_LENGTH)] as const] : [],
  );
  return drawnFor.length > 0 ? { drawnFor } : {};
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What was shown, as a receipt says it. */
export function linesOf(outcomes: readonly Outcome[]): readonly ReceiptLine[] {
  return outcomes.map(lineOf);
}

/** Written member by member: every answer makes as many as it has placements. */
function lineOf({ slot, proposition, score, propensity }: Outcome): ReceiptLine {
  const { offer, reason, experiment, variant, language, fill } = proposition;
  const line: Writable<ReceiptLine> = { slot, offer, reason };
  if (experiment !== undefined) line.experiment = experiment;
  if (variant !== undefined) line.variant = variant;
  if (score !== null) line.score = score;
  if (propensity !== null) line.propensity = propensity;
  if (language !== undefined) line.language = language;
  if (fill !== undefined) line.fill = fingerprint64(canonicalText(fill));
  return line;
}

/** Positions of the rules that deciding these placements may read, in the order in which a receipt of this version tells of them. */
export function rulesRead(rules: DecisionRules, placements: readonly string[], v: Receipt['v']): readonly Int32Array[] {
  const plan = planOf(rules);
  const lists = placements.flatMap((name) => plan.placements.get(name)?.rules ?? []);
  return v === 1 ? lists : eachOnce(lists);
}

/** The receipt as text: of equal receipts the same, whoever built them. */
export function receiptText(receipt: Receipt): string {
  return canonicalText(receipt as unknown as JsonValue);
}

/** JSON with the members of each object in the order of their names. */
function canonicalText(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  const members = Object.entries(value as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalText(member)}`).join(',')}}`;
}

function assignedFor(
  rules: DecisionRules,
  placements: readonly string[],
  inputs: LiveInputs,
): Readonly<Record<string, string>> {
  const plan = planOf(rules);
  const assigned: Record<string, string> = {};
  for (const name of placements) {
    for (const position of plan.placements.get(name)?.experiments ?? []) {
      const standing = inputs.standing(position);
      const experiment = rules.experiments?.all[position];
      if (!standing || !experiment) continue;
      const variant = standing.is === 'held' ? HELD : (experiment.variants[standing.variant]?.id ?? '');
      const mark = standingMark(standing);
      assigned[experiment.id] = mark === '' ? variant : variant + mark;
    }
  }
  return assigned;
}

/** What a ranker said of the offers down to the last that was taken: what came after it was never asked. */
function scoresOf(
  { slot, offers, scores: { scores, propensities } }: Scored,
  rules: DecisionRules,
  placements: readonly string[],
  outcomes: readonly Outcome[],
): readonly [slot: number, ...scored: ReceiptScore[]] {
  const count = rules.placements.get(placements[slot] ?? '')?.count ?? 1;
  const taken = outcomes.filter((each) => each.slot === slot && each.proposition.offer !== null);
  const isFull = taken.length === count;
  const lowest = isFull
    ? Math.min(...taken.map(({ score }) => score ?? Number.NEGATIVE_INFINITY))
    : Number.NEGATIVE_INFINITY;
  const told = offers.flatMap(({ id }, i): ReceiptScore[] => {
    const score = scores[i] ?? null;
    if ((score ?? Number.NEGATIVE_INFINITY) < lowest) return [];
    const propensity = propensities?.[i];
    return [propensity === undefined ? [id, score] : [id, score, propensity]];
  });
  return [slot, ...told];
}

/** Behind the variant: how the person comes to it. No id of a variant ends so. */
function standingMark(standing: Standing): string {
  if (standing.is === 'held' || standing.isCounted) return '';
  return standing.isForced ? '!' : '=';
}

function aboveNone<K extends string>(name: K, counts: ReadonlyMap<string, number> | null) {
  const above = [...(counts ?? [])].filter(([, count]) => count > 0);
  return above.length > 0 ? ({ [name]: Object.fromEntries(above) } as { [N in K]: Record<string, number> }) : {};
}
