import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runBucketingCases } from '../../../cli/conformance/bucketing-cases.ts';
import { type GrowthBookUtil, loadGrowthBookUtil } from './growthbook-util.ts';

const OWN = join(import.meta.dirname, '../../conformance/bucketing-cases.json');
const own = JSON.parse(readFileSync(OWN, 'utf8')) as Record<string, unknown[][]>;

describe('our cases', () => {
  // The SDK complains about weights and coverages that it then corrects.
  beforeEach(() => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('all pass', () => {
    const { passed, failures, skipped } = runBucketingCases(own);
    expect(failures).toEqual([]);
    expect(passed).toBe(Object.values(own).reduce((sum, cases) => sum + cases.length, 0));
    expect(skipped).toEqual({});
  });

  it('say what the published SDK does', async () => {
    const util = await loadGrowthBookUtil();
    for (const [section, cases] of Object.entries(own)) {
      for (const test of cases)
        expect([section, test, toldBy(util, section, test)]).toEqual([section, test, test.at(-1)]);
    }
  });
});

type Range = readonly [number, number];

function toldBy(util: GrowthBookUtil, section: string, test: readonly unknown[]): unknown {
  if (section === 'hash') return util.hash(...(test as [string, string, number]));
  if (section === 'getEqualWeights') return util.getEqualWeights(test[0] as number);
  if (section === 'chooseVariation') return util.chooseVariation(test[1] as number, test[2] as Range[]);
  if (section === 'inNamespace') return util.inNamespace(test[1] as string, test[2] as [string, number, number]);
  const [n, coverage, weights] = test[1] as [number, number, number[] | null];
  return util.getBucketRanges(n, coverage, weights ?? undefined);
}

describe('a file', () => {
  it('of the public format is read section by section; others are counted', () => {
    const { passed, failures, skipped } = runBucketingCases({
      specVersion: '0.7.1',
      evalCondition: [['one'], ['two']],
      versionCompare: { lt: [['a', 'b', true]], gt: [] },
      hash: [
        ['', 'a', 1, 0.22],
        ['seed', 'a', 2, 0.0505],
        ['abc', 'def', 99, null],
      ],
      getBucketRange: [
        [
          'normal 50/50',
          [2, 1, null],
          [
            [0, 0.5],
            [0.5, 1],
          ],
        ],
      ],
      inNamespace: [['user 1, namespace1, 2', '1', ['namespace1', 0.4, 1], true]],
      getEqualWeights: [[3, [0.33333333, 0.33333333, 0.33333333]]],
    });
    expect(failures).toEqual([]);
    expect(passed).toBe(6);
    expect(skipped).toEqual({ specVersion: 0, evalCondition: 2, versionCompare: 1 });
  });

  it('that is wrong fails case by case, with the reason', () => {
    const { passed, failures } = runBucketingCases({
      hash: [['', 'a', 1, 0.23], ['', 'a', 1, null], ['a', 0.22, 1, ''], 'x', ['', 'b', 1, 0.077]],
      getBucketRange: [['fewer', [2, 1, null], [[0, 0.5]]]],
      chooseVariation: {},
      getEqualWeights: [[1e9, []]],
    });
    expect(passed).toBe(1);
    expect(failures).toHaveLength(7);
    expect(failures[0]).toBe('hash 1: ["","a",1]: expected 0.23, found 0.22');
    expect(failures[1]).toContain('expected null, found 0.22');
    expect(failures[2]).toContain('not a case of the format');
    expect(failures[4]).toContain('expected [[0,0.5]], found [[0,0.5],[0.5,1]]');
    expect(failures[5]).toBe('chooseVariation: not an array of cases');
  });

  it.each([[null], [[]], ['text'], [3]])('that is %j is refused', (file) => {
    expect(() => runBucketingCases(file)).toThrow();
  });
});

describe('the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bucketing-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['passes', 0.22, 0, '1 passed, 0 failed, 2 skipped (feature 2)\n'],
    ['fails', 0.5, 1, 'hash 1: ["","a",1]: expected 0.5, found 0.22\n0 passed, 1 failed, 2 skipped (feature 2)\n'],
  ])('prints what it found, and its exit code says whether all is well: %s', (name, bucket, status, printed) => {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify({ hash: [['', 'a', 1, bucket]], feature: [[], []] }));
    const root = join(import.meta.dirname, '../../..');
    const ran = spawnSync(process.execPath, ['cli/conformance/main.ts', 'bucketing', file], {
      cwd: root,
      encoding: 'utf8',
    });
    expect([ran.stdout, ran.status]).toEqual([printed, status]);
  });
});
