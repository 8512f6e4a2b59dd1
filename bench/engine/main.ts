import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { CaseResult } from './case-process.ts';
import { inChild } from './child.ts';
import { NO_FOOTPRINTS, takeFootprints } from './footprint.ts';
import { FULL, QUICK, type Times } from './measure.ts';
import {
  failed,
  renderExtras,
  renderHonesty,
  renderShapes,
  renderTargets,
  renderTimes,
  type SeedResult,
  targetRows,
} from './report.ts';
import { CASES, type CaseName, isCaseName } from './targets.ts';
import { startWorkerd } from './workerd.ts';

/** The cases that have a target in workerd. */
const IN_WORKERD: readonly CaseName[] = ['W1', 'W2', 'W5'];
/** All that fit there quickly; whether the sides agree is asked of each. */
const CHECKED_IN_WORKERD: readonly CaseName[] = ['W1', 'W2', 'W2i', 'W3', 'W4', 'state', 'W5'];

/** In `--cases`: size and cold start alone. They come with W2 as well. */
const FOOTPRINTS = 'footprints';

interface Options {
  readonly seeds: readonly number[];
  readonly cases: readonly CaseName[];
  /** T10 to T12. */
  readonly footprints: boolean;
  readonly quick: boolean;
  readonly strict: boolean;
  readonly workerd: boolean;
}

/** `npm run bench -- engine`. The exit code: 1 when sides disagree, or with `--strict` when a target is missed. */
export async function runEngineBench(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  const load = loadavg()[0] ?? 0;
  const crowd = load > 1 ? ': OTHERS ARE WORKING HERE, the ratios are rough' : '';
  console.log(`Node ${process.version}; load average at the start ${load.toFixed(1)}${crowd}.`);
  let code = 0;
  for (const seed of options.seeds) {
    const result = await runSeed(seed, options);
    const rows = targetRows(result);
    console.log(`\nSeed ${seed}. Medians of 3 rounds in which the sides take turns.\n`);
    console.log(
      `${renderShapes(result)}\n\n${renderTimes(result)}\n\n${renderHonesty(result)}\n\n${renderTargets(rows)}\n\n${renderExtras(result)}`,
    );
    const misses = failed(rows);
    if (!result.agreed || (options.strict && misses.length > 0)) code = 1;
  }
  return code;
}

function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '1' },
      cases: { type: 'string', default: CASES.join(',') },
      quick: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      'no-workerd': { type: 'boolean', default: false },
    },
  });
  const seeds = values.seeds.split(',').map(Number);
  if (!seeds.every(Number.isSafeInteger)) throw new Error(`--seeds are whole numbers, not ${values.seeds}`);
  const names = values.cases.split(',');
  return {
    seeds,
    cases: names
      .filter((name) => name !== FOOTPRINTS)
      .map((name) => {
        if (!isCaseName(name)) throw new Error(`no case ${name}; there are ${[...CASES, FOOTPRINTS].join(', ')}`);
        return name;
      }),
    footprints: names.includes(FOOTPRINTS) || names.includes('W2'),
    quick: values.quick,
    strict: values.strict,
    workerd: !values['no-workerd'],
  };
}

async function runSeed(seed: number, options: Options): Promise<SeedResult> {
  const node: Partial<Record<CaseName, CaseResult>> = {};
  let agreed = true;
  const attempt = async (name: CaseName, where: string, work: () => Promise<void>): Promise<void> => {
    console.error(`… seed ${seed}, ${name}, ${where}`);
    try {
      await work();
    } catch (error) {
      agreed = false;
      console.error(`${name}, ${where}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  for (const name of options.cases) {
    await attempt(name, 'Node', async () => {
      node[name] = await inChild<CaseResult>('case-process.ts', [name, String(seed), options.quick ? 'quick' : 'full']);
    });
  }
  const workerd = options.workerd ? await runInWorkerd(seed, options, attempt) : {};
  const footprints = options.footprints ? await takeFootprints(seed) : NO_FOOTPRINTS;
  return { seed, node, workerd, footprints, agreed };
}

async function runInWorkerd(
  seed: number,
  { cases, quick }: Options,
  attempt: (name: CaseName, where: string, work: () => Promise<void>) => Promise<void>,
): Promise<SeedResult['workerd']> {
  const times: Partial<Record<CaseName, Times>> = {};
  const workerd = await startWorkerd();
  try {
    for (const name of cases.filter((of) => CHECKED_IN_WORKERD.includes(of))) {
      await attempt(name, 'workerd', async () => {
        await workerd.check(name, seed);
        if (IN_WORKERD.includes(name)) times[name] = await workerd.measure(name, seed, quick ? QUICK : FULL);
      });
    }
  } finally {
    await workerd.stop();
  }
  return times;
}
