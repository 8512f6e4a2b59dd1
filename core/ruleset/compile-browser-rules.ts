import { byteLength } from '../lib/byte-length.ts';
import type { Instant } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { isPersonal } from '../policy/labels.ts';
import type { CompiledSegments } from '../segment/compile/compile-program.ts';
import { compileSmallProgram } from '../segment/compile/compile-small-program.ts';
import { lineageOf, type RuleLineage } from '../segment/compile/lineage.ts';
import type { Segment } from '../segment/segment.ts';
import { ruleSurroundings } from './compile-rules.ts';
import type { BrowserRulesPart } from './manifest.ts';
import type { RulesetProblem, RulesetProblemCode } from './problem.ts';
import type { RulesetSources } from './resources.ts';

/**
 * The rules that pages evaluate themselves: of the segments that operators marked, and of what these are built on. Null: none is marked. What is in it is told to
 * everybody, with all that rules compare with, so it must be public and nothing personal. `lineage`: of the program of all rules.
 */
export function compileBrowserRules(
  sources: RulesetSources,
  { lineage }: Pick<CompiledSegments, 'lineage'>,
  now: Instant,
): Result<BrowserRulesPart | null, readonly RulesetProblem[]> {
  const marked = sources.segment.filter(({ inBrowser }) => inBrowser);
  if (marked.length === 0) return ok(null);
  const { segment: segments, measure: measures } = sources;
  const compiled = compileSmallProgram(
    { segments, measures, ...ruleSurroundings(sources, now) },
    new Set(marked.map(({ id }) => id)),
  );
  if (!compiled.ok) throw new Error('rules that were compiled with all others are not compiled without them');
  const { program, beyond } = compiled.value;
  const part: BrowserRulesPart = { format: 1, program };
  const isPublic = publicNames(sources);
  const problems = marked.flatMap((segment) => [
    ...disclosures(segment, lineageOf(lineage, 'segment', segment.id), isPublic),
    ...(beyond.includes(segment.id) ? [problem(segment, 'tooMuchInBrowser', BEYOND)] : []),
  ]);
  if (problems.length === 0) problems.push(...sizeProblems(part, marked));
  return problems.length > 0 ? err(problems) : ok(part);
}

const BEYOND =
  'Browsers evaluate conditions on attributes, and counts, sums and sequences of events; this rule, or one that it is built on, needs more than that.';

interface PublicNames {
  readonly attributes: ReadonlySet<string>;
  readonly measures: ReadonlySet<string>;
}

function publicNames({ attribute, measure }: RulesetSources): PublicNames {
  const names = (of: readonly { readonly id: string; readonly public: boolean }[]) =>
    new Set(of.flatMap((each) => (each.public ? [each.id] : [])));
  return { attributes: names(attribute), measures: names(measure) };
}

/** What the rule would tell that nobody may be told. */
function disclosures(segment: Segment, reads: RuleLineage | null, isPublic: PublicNames): readonly RulesetProblem[] {
  const found: RulesetProblem[] = [];
  if (!segment.public)
    found.push(
      problem(
        segment,
        'notPublicInBrowser',
        'A page that has the rule knows who is a member: make the segment public.',
      ),
    );
  const secret = [
    ...(reads?.attributes ?? []).filter((id) => !isPublic.attributes.has(id)).map((id) => `attribute ${id}`),
    ...(reads?.measures ?? []).filter((id) => !isPublic.measures.has(id)).map((id) => `measure ${id}`),
  ];
  if (secret.length > 0)
    found.push(problem(segment, 'notPublicInBrowser', `It reads what is not public: ${secret.join(', ')}.`));
  const personal = (reads?.labels ?? []).filter(isPersonal);
  if (personal.length > 0) {
    const detail = `It reads what is labelled ${personal.join(', ')}, and everybody would see what it is compared with.`;
    found.push(problem(segment, 'personalInBrowser', detail));
  }
  const models = reads?.models ?? [];
  if (models.length > 0)
    found.push(
      problem(segment, 'tooMuchInBrowser', `Browsers know no scores: it reads those of ${models.join(', ')}.`),
    );
  return found;
}

/** All of them together are too much; told of the longest. */
function sizeProblems(part: BrowserRulesPart, marked: readonly Segment[]): readonly RulesetProblem[] {
  const [bytes, most] = [byteLength(JSON.stringify(part)), limit('browserRulesBytes')];
  if (bytes <= most) return [];
  const longest = marked
    .map((segment) => ({ segment, length: JSON.stringify(segment.rule).length }))
    .reduce((one, other) => (other.length > one.length ? other : one)).segment;
  const detail = `The rules of segments for browsers (${marked.length}) have ${bytes} bytes together, with all that they are built on; ${most} are allowed. This one is the longest.`;
  return [problem(longest, 'browserRulesTooLarge', detail)];
}

function problem({ id }: Segment, code: RulesetProblemCode, detail: string): RulesetProblem {
  return { kind: 'segment', id, pointer: '/inBrowser', code, detail };
}
