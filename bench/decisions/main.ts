import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { inChild } from '../engine/child.ts';
import { FULL, QUICK, ratioOf, type Times } from '../engine/measure.ts';
import { digits, median, renderTable } from '../stats.ts';
import type { CaseResult } from './case-process.ts';
import { CASES, type CaseName, SIDES } from './side.ts';
import { startDecisionsWorkerd } from './workerd.ts';
import { EXPERIMENTS, OFFERS, PLACEMENTS } from './workload.ts';

/** Ours ÷ GrowthBook, at most. */
const MUST = 0.1;
/** Deciding alone. `changed` adds what the segment engine does before; its own targets are in bench/engine. */
const ASKED: CaseName = 'page';
const SEEDS = [1, 2, 3];

interface Measured {
  readonly name: CaseName;
  readonly runtime: 'Node' | 'workerd';
  readonly seed: number;
  readonly times: Times;
}

/** `npm run bench -- decisions [--quick] [--strict]`: answers for one page beside the same page through GrowthBook's SDK. */
export async function runDecisionsBench(args: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean', default: false }, strict: { type: 'boolean', default: false } },
  });
  const load = loadavg()[0] ?? 0;
  const seeds = flags.quick ? SEEDS.slice(0, 1) : SEEDS;
  const plan = flags.quick ? QUICK : FULL;
  const measured: Measured[] = [];
  let filled = 0;
  const workerd = await startDecisionsWorkerd();
  try {
    for (const seed of seeds) {
      for (const name of CASES) {
        console.error(`measuring ${name}, seed ${seed}`);
        const pace = flags.quick ? 'quick' : 'full';
        const result = await inChild<CaseResult>('../decisions/case-process.ts', [name, String(seed), pace]);
        filled += result.filled;
        measured.push({ name, seed, runtime: 'Node', times: result.times });
        measured.push({ name, seed, runtime: 'workerd', times: await workerd.measure(name, seed, plan) });
      }
    }
  } finally {
    await workerd.stop();
  }
  console.log(
    `${PLACEMENTS} placements, ${OFFERS} offers, ${EXPERIMENTS} experiments; ${digits((100 * filled) / seeds.length / CASES.length)} % of placements show an offer; load ${digits(load)}.`,
  );
  console.log(
    'Every side shows the same offer and variant in every placement of 300 answers: checked before each run.\n',
  );
  console.log(renderTable(['case', 'runtime', 'side', 'µs an answer', '÷ growthbook', 'rounds'], rowsOf(measured)));
  const ratios = (name: CaseName) => (['Node', 'workerd'] as const).map((runtime) => overall(measured, name, runtime));
  const isMet = ratios(ASKED).every((ratio) => ratio <= MUST);
  const said = (name: CaseName) => ratios(name).map(digits).join(' in Node, ');
  console.log(
    `\nTarget: ours ÷ growthbook at most ${MUST} in \`${ASKED}\`: ${isMet ? 'met' : 'missed'}, ${said(ASKED)} in workerd.`,
  );
  console.log(`With rules brought up to date first (\`changed\`): ${said('changed')} in workerd.`);
  return flags.strict && !isMet ? 1 : 0;
}

function rowsOf(measured: readonly Measured[]): string[][] {
  return CASES.flatMap((name) =>
    (['Node', 'workerd'] as const).flatMap((runtime) =>
      SIDES.map((side) => {
        const of = measured.filter((each) => each.name === name && each.runtime === runtime);
        const us = median(of.flatMap(({ times }) => times[side] ?? [])) / 1000;
        const ratios = of.map(({ times }) => ratioOf(times, side, 'growthbook'));
        return [name, runtime, side, digits(us), digits(median(ratios)), ratios.map(digits).join(' ')];
      }),
    ),
  );
}

/** Median over the seeds. */
function overall(measured: readonly Measured[], name: CaseName, runtime: Measured['runtime']): number {
  return median(
    measured
      .filter((each) => each.name === name && each.runtime === runtime)
      .map(({ times }) => ratioOf(times, 'ours', 'growthbook')),
  );
}
