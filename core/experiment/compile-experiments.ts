import { parseInstant } from '../lib/instant.ts';
import { limit } from '../lib/limits.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { didYouMean } from '../segment/nearest-name.ts';
import type { CompiledExperiment, ExperimentsPart } from './compiled-experiment.ts';
import { type Experiment, type GlobalHoldout, VARIED_KINDS, type VariedKind } from './experiment.ts';
import { layerProblems } from './layer-problems.ts';
import type { ExperimentProblem, ExperimentProblemCode } from './problem.ts';

/** What ids are looked up in. */
export interface ExperimentNames {
  /** Ids of the draft, by kind. */
  readonly ids: { readonly [K in VariedKind]: ReadonlySet<string> };
  /** Codes of the namespaces, `device` among them. */
  readonly namespaces: ReadonlySet<string>;
  readonly isEventType: (type: string) => boolean;
}

/** Three times a third is 1 for whoever wrote it. */
const ROUNDING = 1e-6;

/** Everything wrong with experiments, beside their rules; drafts are checked like all others. */
export function experimentProblems(
  experiments: readonly Experiment[],
  names: ExperimentNames,
): readonly ExperimentProblem[] {
  const most = limit('experimentsPerRuleset');
  const surplus = experiments[most];
  return [
    ...(surplus
      ? [problem(surplus.id, '', 'tooManyExperiments', `At most ${most} experiments fit in one ruleset.`)]
      : []),
    ...experiments.flatMap((experiment) => [
      ...subjectProblems(experiment, names),
      ...variantProblems(experiment, names),
      ...shareProblems(experiment),
      ...metricProblems(experiment, names),
      ...runProblems(experiment),
    ]),
    ...layerProblems(experiments.filter(({ status }) => status !== 'stopped')),
  ];
}

/**
 * The part of a ruleset that assignment reads, or every reason why not, all at once. `ruleOf` gives the position of an experiment's eligibility
 * in the program. Drafts are left out.
 */
export function compileExperiments(
  experiments: readonly Experiment[],
  holdout: GlobalHoldout | null,
  names: ExperimentNames,
  ruleOf: (experiment: string) => number | null,
): Result<ExperimentsPart, readonly ExperimentProblem[]> {
  const problems = experimentProblems(experiments, names);
  if (problems.length > 0) return err(problems);
  return ok({
    format: 1,
    holdout: holdout && holdout.share > 0 ? holdout : null,
    experiments: [...experiments]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .flatMap((experiment) => compileExperiment(experiment, ruleOf(experiment.id)) ?? []),
  });
}

function compileExperiment(experiment: Experiment, rule: number | null): CompiledExperiment | null {
  const { id, status, on, coverage, layer, holdout, exemptFromGlobalHoldout, version, purpose, metrics } = experiment;
  if (status === 'draft') return null;
  const winner = experiment.variants.findIndex((variant) => variant.id === experiment.winner);
  return {
    id,
    status,
    on,
    variants: experiment.variants.map(({ id: variant, weight, value }) => ({ id: variant, weight, value })),
    coverage,
    layer,
    holdout,
    exemptFromGlobalHoldout,
    version,
    purpose,
    metrics,
    rule,
    hash: { key: id, ...experiment.hash },
    primaryMetric: experiment.primaryMetric,
    startedAt: instantOf(experiment.startedAt),
    stoppedAt: instantOf(experiment.stoppedAt),
    winner: winner < 0 ? null : winner,
  };
}

function instantOf(text: string | undefined) {
  return text === undefined ? null : parseInstant(text);
}

function subjectProblems({ id, on, hash }: Experiment, names: ExperimentNames): readonly ExperimentProblem[] {
  const problems: ExperimentProblem[] = [];
  if (!names.ids[on.kind].has(on.id)) {
    const detail = `There is no ${on.kind} "${on.id}".${didYouMean(on.id, names.ids[on.kind])}`;
    problems.push(problem(id, '/on/id', 'unknownVaried', detail));
  }
  for (const member of ['attribute', 'fallback'] as const) {
    const code = hash[member];
    if (code === undefined || code === 'profile' || names.namespaces.has(code)) continue;
    const detail = `There is no namespace "${code}", and it is not "profile".${didYouMean(code, names.namespaces)}`;
    problems.push(problem(id, `/hash/${member}`, 'unknownNamespace', detail));
  }
  return problems;
}

function variantProblems({ id, on, variants }: Experiment, names: ExperimentNames): readonly ExperimentProblem[] {
  const problems: ExperimentProblem[] = [];
  if (variants.length < 2)
    problems.push(problem(id, '/variants', 'tooFewVariants', 'An experiment compares two variants or more.'));
  const seen = new Set<string>();
  variants.forEach(({ id: variant, value }, i) => {
    if (seen.has(variant)) {
      problems.push(
        problem(id, `/variants/${i}/id`, 'duplicateVariant', `Another variant has the id "${variant}" already.`),
      );
    }
    seen.add(variant);
    const allowed: readonly string[] = VARIED_KINDS[on.kind];
    if (!allowed.includes(value.use)) {
      const detail = `The variants of an experiment on a ${on.kind} use one of ${allowed.join(', ')}, not ${value.use}.`;
      problems.push(problem(id, `/variants/${i}/value/use`, 'variantValue', detail));
    } else if ('id' in value && !names.ids[value.use].has(value.id)) {
      const detail = `There is no ${value.use} "${value.id}".${didYouMean(value.id, names.ids[value.use])}`;
      problems.push(problem(id, `/variants/${i}/value/id`, 'unknownVariantValue', detail));
    }
  });
  return problems;
}

function shareProblems({ id, variants, coverage, holdout }: Experiment): readonly ExperimentProblem[] {
  const problems: ExperimentProblem[] = [];
  variants.forEach(({ weight }, i) => {
    if (!isShare(weight))
      problems.push(problem(id, `/variants/${i}/weight`, 'weightRange', `A weight is between 0 and 1, not ${weight}.`));
  });
  const total = variants.reduce((sum, { weight }) => sum + weight, 0);
  if (!(Math.abs(total - 1) <= ROUNDING)) {
    const detail = `The weights add up to ${Number(total.toPrecision(6))}; they must add up to 1.`;
    problems.push(problem(id, '/variants', 'weightsDoNotAddUp', detail));
  }
  if (!isShare(coverage))
    problems.push(problem(id, '/coverage', 'coverageRange', `The coverage is between 0 and 1, not ${coverage}.`));
  if (!isShare(holdout) || holdout === 1) {
    const detail = `The holdout is a share from 0 to below 1, not ${holdout}.`;
    problems.push(problem(id, '/holdout', 'holdoutRange', detail));
  }
  return problems;
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1;
}

function metricProblems(
  { id, metrics, primaryMetric }: Experiment,
  names: ExperimentNames,
): readonly ExperimentProblem[] {
  const problems: ExperimentProblem[] = [];
  const seen = new Set<string>();
  metrics.forEach((metric, i) => {
    if (seen.has(metric.id)) {
      const detail = `Another metric has the id "${metric.id}" already.`;
      problems.push(problem(id, `/metrics/${i}/id`, 'duplicateMetric', detail));
    }
    seen.add(metric.id);
    if (!names.isEventType(metric.event)) {
      const detail = `There is no event type "${metric.event}".`;
      problems.push(problem(id, `/metrics/${i}/event`, 'unknownEventType', detail));
    }
  });
  if (primaryMetric !== null && !seen.has(primaryMetric)) {
    const detail = `None of the metrics has the id "${primaryMetric}".${didYouMean(primaryMetric, seen)}`;
    problems.push(problem(id, '/primaryMetric', 'unknownMetric', detail));
  }
  return problems;
}

function runProblems(experiment: Experiment): readonly ExperimentProblem[] {
  const { id, winner, variants, status } = experiment;
  const problems: ExperimentProblem[] = [];
  if (winner !== undefined && !variants.some((variant) => variant.id === winner)) {
    const ids = variants.map((variant) => variant.id);
    problems.push(
      problem(id, '/winner', 'unknownWinner', `None of the variants has the id "${winner}".${didYouMean(winner, ids)}`),
    );
  } else if (winner !== undefined && status !== 'stopped') {
    problems.push(problem(id, '/winner', 'winnerOfUnstopped', 'Only a stopped experiment can be rolled out.'));
  }
  const [from, until] = [instantOf(experiment.startedAt), instantOf(experiment.stoppedAt)];
  if (from !== null && until !== null && from >= until)
    problems.push(problem(id, '/stoppedAt', 'emptyRun', 'The experiment must stop after it starts.'));
  return problems;
}

function problem(id: string, pointer: string, code: ExperimentProblemCode, detail: string): ExperimentProblem {
  return { kind: 'experiment', id, pointer, code, detail };
}
