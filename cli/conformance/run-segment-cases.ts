import { checkRules, type OwnedProblem, type RuleTexts } from '../../core/segment/language/check-rules.ts';
import { type EvaluationCase, type SegmentCase, segmentCase, segmentCaseFile } from './segment-case.schema.ts';
import type { CheckedCase, SegmentEvaluator } from './segment-evaluator.ts';

export interface ConformanceResult {
  readonly passed: number;
  /** One line each. */
  readonly failures: readonly string[];
}

/** The name under which the rule of a case stands beside the case's segments; no id of a segment looks like it. */
const RULE = '(rule)';

/** Runs the cases of a parsed file. Throws when it is no array; everything else is the failure of one case. */
export function runSegmentCases(file: unknown, evaluator: SegmentEvaluator): ConformanceResult {
  const failures: string[] = [];
  const cases = segmentCaseFile.parse(file);
  for (const [i, json] of cases.entries()) {
    const parsed = segmentCase.safeParse(json);
    if (!parsed.success) {
      failures.push(`${idOf(json, i)}: not a case of the format: ${parsed.error.issues[0]?.message ?? ''}`);
      continue;
    }
    const failure = runGuarded(parsed.data, evaluator);
    if (failure !== null) failures.push(`${parsed.data.id}: ${failure}`);
  }
  return { passed: cases.length - failures.length, failures };
}

function idOf(json: unknown, index: number): string {
  const named = typeof json === 'object' && json !== null && 'id' in json && typeof json.id === 'string';
  return named ? (json.id as string) : `case ${index + 1}`;
}

function runGuarded(test: SegmentCase, evaluator: SegmentEvaluator): string | null {
  try {
    return runCase(test, evaluator);
  } catch (error) {
    return `threw ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** What went wrong, or null. */
function runCase(test: SegmentCase, evaluator: SegmentEvaluator): string | null {
  const timeZone = test.timeZone ?? 'UTC';
  const texts: RuleTexts = {
    segments: new Map([[RULE, test.rule], ...Object.entries(test.segments ?? {})]),
    measures: new Map(Object.entries(test.measures ?? {})),
    attributes: null,
    models: null,
    timeZone,
  };
  const rules = checkRules(texts);
  if ('expectError' in test) {
    const problems = evaluator.refuse ? evaluator.refuse(texts) : rules.ok ? [] : rules.error;
    return problems.length === 0 ? 'expected to be refused, but it was accepted' : placed(test.expectError, problems);
  }
  if (!rules.ok) return `refused: ${rules.error.map(shown).join('; ')}`;
  const checked: CheckedCase = {
    rules: rules.value,
    segment: RULE,
    timeZone,
    profile: test.profile,
    events: test.events.map(({ at, source = '', data = {}, context = {}, ...rest }) => ({
      ...rest,
      at: Date.parse(at),
      source,
      data,
      context,
    })),
    scores: test.scores ?? {},
    now: Date.parse(test.now),
  };
  const found = evaluator.evaluate(checked);
  if (found !== test.expect) return `expected ${test.expect}, found ${found}`;
  return changesFailure(test, checked, evaluator);
}

function changesFailure(test: EvaluationCase, checked: CheckedCase, evaluator: SegmentEvaluator): string | null {
  if (test.changes === undefined) return null;
  if (test.horizon === undefined) return 'has changes, but no horizon';
  const expected = test.changes.map((text) => Date.parse(text));
  const found = evaluator.changes(checked, Date.parse(test.horizon));
  if (found.length === expected.length && found.every((at, i) => at === expected[i])) return null;
  const list = (instants: readonly number[]) => `[${instants.map((at) => new Date(at).toISOString()).join(', ')}]`;
  return `expected changes ${list(expected)}, found ${list(found)}`;
}

/** Where no place is expected, any refusal will do. */
function placed(
  expected: { readonly line?: number | undefined; readonly column?: number | undefined },
  problems: readonly OwnedProblem[],
): string | null {
  const { line, column } = expected;
  const fits = problems.some(
    ({ position }) =>
      (line === undefined || position?.line === line) && (column === undefined || position?.column === column),
  );
  if (fits) return null;
  return `expected an error at ${line ?? '*'}:${column ?? '*'}, found ${problems.map(shown).join('; ')}`;
}

function shown({ position, detail }: OwnedProblem): string {
  return position === null ? detail : `${position.line}:${position.column} ${detail}`;
}
