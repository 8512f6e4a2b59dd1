import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { launchChromium } from '../../test/e2e/support/chromium.ts';
import { digits, median, renderTable } from '../stats.ts';
import { bundleContenders, type Contender } from './contenders.ts';
import { type Init, measureInit } from './init.ts';

const YARDSTICK = 'alloy';
/** As the site loads it. */
const OURS = 'selvedge';
/** A phone of the middle class, by the usual reckoning. CPU is measured as it is and told times this: throttling by the browser is by the clock, which other work on the machine stretches. */
const THROTTLE = 4;
/** Shares of the yardstick, and what no task may take, ms, throttled. */
const TARGETS = { task: 0.12, sync: 0.1, longestMs: 50 } as const;

/** `npm run bench -- sdk`: what starting each SDK costs a page, in turns. The exit code: with `--strict` 1 when a target is missed. */
export async function runSdkBench(args: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean', default: false }, strict: { type: 'boolean', default: false } },
  });
  const rounds = flags.quick ? 3 : 11;
  const load = loadavg()[0] ?? 0;
  const contenders = await bundleContenders();
  const sides: readonly (Contender | null)[] = [null, ...contenders];
  const measured = new Map<Contender | null, Init[]>(sides.map((side) => [side, []]));
  const browser = await launchChromium();
  try {
    // The first page of a browser pays for all.
    await measureInit(browser, null);
    for (let round = 0; round < rounds; round++) {
      process.stderr.write(`round ${round + 1} of ${rounds}\n`);
      // Each round begins with another side.
      for (let i = 0; i < sides.length; i++) {
        const side = sides[(i + round) % sides.length] ?? null;
        measured.get(side)?.push(await measureInit(browser, side));
      }
    }
  } finally {
    await browser.close();
  }
  return report(contenders, measured, rounds, load, flags.strict);
}

function report(
  contenders: readonly Contender[],
  measured: ReadonlyMap<Contender | null, readonly Init[]>,
  rounds: number,
  load: number,
  strict: boolean,
): number {
  const of = (side: Contender | null, read: (init: Init) => number) => median((measured.get(side) ?? []).map(read));
  const pageMs = THROTTLE * of(null, (init) => init.taskMs);
  const rows = contenders.map((side) => ({
    name: side.name,
    bytes: side.bytes,
    task: THROTTLE * of(side, (init) => init.taskMs) - pageMs,
    sync: THROTTLE * of(side, (init) => init.syncMs),
    longestMs: THROTTLE * of(side, (init) => init.longestMs),
    requests: of(side, (init) => init.requests),
  }));
  const yardstick = rows.find(({ name }) => name === YARDSTICK);
  const ours = rows.find(({ name }) => name === OURS);
  if (!yardstick || !ours) throw new Error('a side is missing');
  console.log(
    `${rounds} rounds in turns, medians, first visit, CPU of the main thread × ${THROTTLE}; the page alone (${digits(pageMs)} ms of tasks) is taken off the tasks. Load average at the start ${load.toFixed(1)}.\n`,
  );
  console.log(
    renderTable(
      ['SDK', 'gz bytes', 'tasks, CPU ms', '× alloy', 'sync ms', '× alloy', 'longest task ms', 'requests'],
      rows.map((row) => [
        row.name,
        `${row.bytes}`,
        digits(row.task),
        digits(row.task / yardstick.task),
        digits(row.sync),
        digits(row.sync / yardstick.sync),
        digits(row.longestMs),
        `${row.requests}`,
      ]),
    ),
  );
  const checks = [
    { name: 'tasks', value: ours.task / yardstick.task, most: TARGETS.task },
    { name: 'synchronous part', value: ours.sync / yardstick.sync, most: TARGETS.sync },
    { name: 'longest task, ms', value: ours.longestMs, most: TARGETS.longestMs },
  ];
  console.log('');
  for (const { name, value, most } of checks)
    console.log(`${OURS}: ${name} ${digits(value)}, target ≤ ${most}: ${value <= most ? 'met' : 'MISSED'}`);
  return strict && checks.some(({ value, most }) => value > most) ? 1 : 0;
}
