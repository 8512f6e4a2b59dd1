import { AUTH_STATES } from '../event/event.ts';
import { HELD } from '../experiment/assignment.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { DecisionInputs, Standing } from './decision-inputs.ts';
import type { DecisionRules } from './decision-rules.ts';
import { valueName } from './live-inputs.ts';
import { planOf } from './plan/decision-plan.ts';
import type { OfferTrace, Proposition } from './proposition.ts';
import type { Scores } from './ranking/ranking.ts';
import { linesOf, type Receipt, type ReceiptLine, rulesRead } from './receipt.ts';
import { unpackBits } from './receipt-bits.ts';
import { runDecision } from './run-decision.ts';

export interface Replay {
  /** As they were, but for the values of templates: those were never in the receipt. */
  readonly propositions: readonly Proposition[];
  /** Why each candidate won or lost then; scores only of those that a receipt holds. */
  readonly trace: readonly OfferTrace[];
  /** False: the receipt says that something else was shown than follows from it. */
  readonly agrees: boolean;
}

/** The rules are not those that the receipt was made under, or nobody made it. */
export type ReplayProblem = { readonly kind: 'otherRules' };

/** Decides again from what a receipt holds. `rules`: those of its sequence. */
export function replayReceipt(receipt: Receipt, rules: DecisionRules): Result<Replay, ReplayProblem> {
  const members = unpackBits(receipt.rules, rulesRead(rules, receipt.placements, receipt.v));
  const standings = members && standingsOf(receipt, rules);
  if (!members || !standings) return err({ kind: 'otherRules' });
  const inputs = recordedInputs(receipt, members, standings);
  const run = runDecision(rules, planOf(rules), inputs, receipt.placements, receipt.request, true);
  return ok({
    propositions: run.outcomes.map(({ proposition }) => proposition),
    trace: run.trace ?? [],
    agrees: sameLines(linesOf(run.outcomes), receipt.shown),
  });
}

function recordedInputs(
  receipt: Receipt,
  members: Uint8Array,
  standings: ReadonlyMap<number, Standing>,
): DecisionInputs {
  const {
    at,
    state,
    consent,
    tie,
    languages = [],
    counts = {},
    leases = {},
    missing = [],
    scores = [],
    preview,
  } = receipt;
  const numberOf = (of: Readonly<Record<string, number>>, name: string) =>
    Object.hasOwn(of, name) ? (of[name] ?? 0) : 0;
  return {
    now: at,
    state: AUTH_STATES.indexOf(state),
    consented: consent,
    members,
    tieHash: tie ?? null,
    languages,
    preview: preview ?? null,
    standing: (experiment) => standings.get(experiment) ?? null,
    counted: ({ name }) => numberOf(counts, name),
    lease: (offer) => numberOf(leases, offer),
    hasValue: (path, item) => !missing.includes(valueName(path, item)),
    fill: () => ({}),
    score: (slot, _plan, _ranking, fitting): Scores => {
      const [, ...scored] = scores.find(([of]) => of === slot) ?? [slot];
      const byOffer = new Map(scored.map(([offer, score, propensity]) => [offer, { score, propensity }]));
      const all = fitting.map(({ id }) => byOffer.get(id));
      const drawn = all.some((each) => each?.propensity !== undefined);
      return {
        scores: all.map((each) => each?.score ?? null),
        ...(drawn && { propensities: all.map((each) => each?.propensity ?? 0) }),
      };
    },
  };
}

/** Null: the rules have no such experiment or variant. */
function standingsOf({ assigned = {} }: Receipt, { experiments }: DecisionRules): ReadonlyMap<number, Standing> | null {
  const standings = new Map<number, Standing>();
  for (const [id, told] of Object.entries(assigned)) {
    const position = experiments?.positions.get(id);
    if (position === undefined) return null;
    if (told === HELD) {
      standings.set(position, { is: 'held' });
      continue;
    }
    const isForced = told.endsWith('!');
    const isCounted = !isForced && !told.endsWith('=');
    const name = isCounted ? told : told.slice(0, -1);
    const variant = experiments?.all[position]?.variants.findIndex((each) => each.id === name) ?? -1;
    if (variant < 0) return null;
    standings.set(position, { is: 'variant', variant, isForced, isCounted });
  }
  return standings;
}

/** But for the hash of values, which cannot be made again. */
function sameLines(ours: readonly ReceiptLine[], told: readonly ReceiptLine[]): boolean {
  const plain = ({ slot, offer, reason, experiment, variant, score, propensity, language, fill }: ReceiptLine) =>
    JSON.stringify([slot, offer, reason, experiment, variant, score, propensity, language, fill !== undefined]);
  return ours.length === told.length && ours.every((line, i) => plain(line) === plain(told[i] as ReceiptLine));
}
