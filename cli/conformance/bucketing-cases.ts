import { bucketOf, bucketRanges, chooseVariation, equalWeights, inNamespace } from '../../core/experiment/bucketing.ts';
import { BUCKETING_CASES, type BucketingCase, type BucketingSection, bucketingFile } from './bucketing-file.schema.ts';

export interface BucketingResult {
  readonly passed: number;
  /** One line each. */
  readonly failures: readonly string[];
  /** Cases by section that is about something else. */
  readonly skipped: Readonly<Record<string, number>>;
}

type Runners = { readonly [S in BucketingSection]: (test: BucketingCase<S>) => Compared };

interface Compared {
  readonly name: string;
  readonly expected: unknown;
  readonly found: unknown;
}

const RUNNERS: Runners = {
  hash: ([seed, value, version, expected]) => ({
    name: JSON.stringify([seed, value, version]),
    expected,
    found: bucketOf(seed, value, version),
  }),
  getBucketRange: ([name, [variations, coverage, weights], expected]) => ({
    name,
    expected,
    found: bucketRanges(variations, coverage, weights),
  }),
  chooseVariation: ([name, n, ranges, expected]) => ({ name, expected, found: chooseVariation(n, ranges) }),
  inNamespace: ([name, value, namespace, expected]) => ({ name, expected, found: inNamespace(value, namespace) }),
  getEqualWeights: ([n, expected]) => ({ name: String(n), expected, found: equalWeights(n) }),
};

/** Expected numbers are written with eight digits: a third is 0.33333333. */
const ROUNDING = 1e-8;

/** Runs the cases of a parsed file. Throws when it is no object; a section or a case of another form is a failure. */
export function runBucketingCases(file: unknown): BucketingResult {
  const failures: string[] = [];
  const skipped: Record<string, number> = {};
  let passed = 0;
  for (const [section, cases] of Object.entries(bucketingFile.parse(file))) {
    if (!isBucketing(section)) {
      skipped[section] = countOf(cases);
    } else if (!Array.isArray(cases)) {
      failures.push(`${section}: not an array of cases`);
    } else {
      for (const [i, test] of cases.entries()) {
        const failure = failureOf(section, test);
        if (failure === null) passed++;
        else failures.push(`${section} ${i + 1}: ${failure}`);
      }
    }
  }
  return { passed, failures, skipped };
}

function isBucketing(section: string): section is BucketingSection {
  return Object.hasOwn(BUCKETING_CASES, section);
}

/** Cases of a section that is not run, also where they lie one level deeper (`versionCompare`). */
function countOf(cases: unknown): number {
  if (Array.isArray(cases)) return cases.length;
  if (typeof cases !== 'object' || cases === null) return 0;
  return Object.values(cases).reduce((sum: number, part) => sum + (Array.isArray(part) ? part.length : 0), 0);
}

function failureOf<S extends BucketingSection>(section: S, test: unknown): string | null {
  const parsed = BUCKETING_CASES[section].safeParse(test);
  if (!parsed.success) return `not a case of the format: ${parsed.error.issues[0]?.message ?? ''}`;
  const { name, expected, found } = RUNNERS[section](parsed.data as BucketingCase<S>);
  return isSame(expected, found)
    ? null
    : `${name}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`;
}

function isSame(expected: unknown, found: unknown): boolean {
  if (typeof expected === 'number' && typeof found === 'number') return Math.abs(expected - found) <= ROUNDING;
  if (!Array.isArray(expected) || !Array.isArray(found)) return expected === found;
  return expected.length === found.length && expected.every((each, i) => isSame(each, found[i]));
}
