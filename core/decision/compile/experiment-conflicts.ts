import type { Experiment, Variant } from '../../experiment/experiment.ts';
import type { Expression } from '../../segment/language/expression.ts';
import type { Offer } from '../offer.ts';
import type { Placement } from '../placement.ts';
import type { DecisionProblem } from './decision-problem.ts';
import { namesSegment } from './plan-effects.ts';

/**
 * Experiments that change the same thing for one person: only one of them could, and the results of the other would be about nothing. Told at each of the two. A running one goes
 * before one that is rolled out, and is measured against it; not against content of that one, because a proposition names one experiment: whose content it shows.
 */
export function experimentConflicts(
  experiments: readonly Experiment[],
  offers: readonly Offer[],
  placements: readonly Placement[],
): readonly DecisionProblem[] {
  const holders = new Map<string, Experiment[]>();
  const told = new Set<string>();
  const problems: DecisionProblem[] = [];
  for (const experiment of [...experiments].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    for (const change of changesOf(experiment, offers, placements)) {
      const others = holders.get(change) ?? [];
      for (const other of others) {
        const pair = `${other.id} ${experiment.id}`;
        if (told.has(pair) || !contradict(other, experiment)) continue;
        told.add(pair);
        problems.push(problemOf(experiment, other, change), problemOf(other, experiment, change));
      }
      holders.set(change, [...others, experiment]);
    }
  }
  return problems;
}

/** What the variants of an experiment may change, by name: of running ones all, of one that is rolled out the winner. */
function changesOf(
  experiment: Experiment,
  offers: readonly Offer[],
  placements: readonly Placement[],
): readonly string[] {
  const { on } = experiment;
  const uses = valuesOf(experiment).flatMap(({ use }) => (use === 'default' ? [] : [use]));
  if (uses.length === 0) return [];
  if (on.kind === 'offer') return [`the offer "${on.id}"`];
  if (on.kind === 'ranker')
    return placements.flatMap(({ id, ranker }) => (ranker === on.id ? [`the order of the placement "${id}"`] : []));
  if (on.kind === 'segment') {
    return offers.flatMap(({ id, eligibility }) =>
      eligibility && namesSegment(eligibility, on.id) ? [`who gets the offer "${id}"`] : [],
    );
  }
  const [ranked, shown] = [uses.includes('ranker'), uses.some((use) => use !== 'ranker')];
  return [
    ...(ranked ? [`the order of the placement "${on.id}"`] : []),
    ...(shown ? [`what the placement "${on.id}" shows`] : []),
  ];
}

function valuesOf({ status, variants, winner }: Experiment): readonly Variant['value'][] {
  if (status === 'draft') return [];
  const live = status === 'running' ? variants : variants.filter(({ id }) => id === winner);
  return live.map(({ value }) => value);
}

function contradict(one: Experiment, other: Experiment): boolean {
  if (excludeEachOther(one.eligibility, other.eligibility)) return false;
  const over = [one, other].filter(({ status }) => status === 'stopped');
  if (over.length === 2) return !isSame([one.on, valuesOf(one)], [other.on, valuesOf(other)]);
  if (over.length === 1) return over.some((each) => valuesOf(each).some(({ use }) => use === 'content'));
  // Ranges of one layer are kept apart by its own check.
  const isLayered = one.layer !== null && one.layer.id === other.layer?.id;
  return !isLayered && !isOver(one, other) && !isOver(other, one);
}

/** Whether the one has stopped when the other begins. */
function isOver({ stoppedAt }: Experiment, { startedAt }: Experiment): boolean {
  return stoppedAt !== undefined && startedAt !== undefined && Date.parse(stoppedAt) <= Date.parse(startedAt);
}

/**
 * Whether nobody can be in both, as far as a look at the two rules shows: the one asks for what the other rules out, or both ask the same for values that differ.
 */
function excludeEachOther(one: Expression | undefined, other: Expression | undefined): boolean {
  const [mine, theirs] = [conditionsOf(one), conditionsOf(other)];
  return mine.some((a) => theirs.some((b) => isNot(a, b) || isNot(b, a) || wantDifferent(a, b)));
}

function conditionsOf(rule: Expression | undefined): readonly Expression[] {
  if (rule?.op === 'and') return rule.of.flatMap(conditionsOf);
  return rule ? [rule] : [];
}

function isNot(one: Expression, other: Expression): boolean {
  return other.op === 'not' && isSame(one, other.of);
}

function wantDifferent(one: Expression, other: Expression): boolean {
  const [mine, theirs] = [wantedOf(one), wantedOf(other)];
  if (!mine || !theirs || !isSame(mine.of, theirs.of)) return false;
  return !mine.values.some((value) => theirs.values.includes(value));
}

/** Of `country = "KR"` and `country in ["KR", "JP"]`: what is asked, and for which values. */
function wantedOf(rule: Expression): { readonly of: Expression; readonly values: readonly unknown[] } | null {
  const [of, wanted] =
    rule.op === 'compare' && rule.is === '='
      ? [rule.left, [rule.right]]
      : rule.op === 'call' && rule.function === 'in' && rule.args[1]?.op === 'list'
        ? [rule.args[0], rule.args[1].items]
        : [undefined, []];
  if (of?.op !== 'path') return null;
  const values = wanted.flatMap((each) => (each.op === 'literal' ? [each.value] : []));
  return values.length === wanted.length ? { of, values } : null;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function problemOf(of: Experiment, other: Experiment, change: string): DecisionProblem {
  const over = [other, of].find(({ status }) => status === 'stopped');
  const detail = over
    ? `The winner of "${over.id}" changes ${change}, for everybody. Put what has won into the configuration, and take the winner out of the experiment.`
    : `"${other.id}" changes ${change} too, and one person could be in both. Give both ranges of one layer, let one begin when the other has stopped, or target people who cannot be in both.`;
  return { kind: 'experiment', id: of.id, pointer: '/on', code: 'experimentConflict', detail };
}
