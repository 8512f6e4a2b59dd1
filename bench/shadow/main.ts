import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { planShadowRun } from '../../core/ruleset/plan-shadow-run.ts';
import { digits, median, renderTable } from '../stats.ts';
import { compileAll, fillSample, type Moves, prepareEngine, runEngine, runProduct } from './sides.ts';
import { createPeople, createSides, type Edit, NOW } from './world.ts';

/** A plan with its shadow run ≤ 1.5 × the engine alone for the same work: the same compiles, the same people read once, the same two evaluations. */
const MUST = 1.5;
const EDITS: readonly (Edit & { readonly name: string })[] = [
  { name: 'one rule over attributes', attributeRules: 1, behaviourRules: 0 },
  { name: 'one rule over events', attributeRules: 0, behaviourRules: 1 },
  { name: '100 rules over attributes, 20 over events', attributeRules: 100, behaviourRules: 20 },
  { name: '1,000 rules over attributes, 200 over events', attributeRules: 1_000, behaviourRules: 200 },
];

/** `npm run bench -- shadow`. The exit code: 1 when an answer is wrong, or with `--strict` when the target is missed. */
export async function runShadowBench(args: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean', default: false }, strict: { type: 'boolean', default: false } },
  });
  const [count, rounds] = flags.quick ? [1_000, 5] : [5_000, 9];
  const load = loadavg()[0] ?? 0;
  const people = createPeople(count);
  const keeper = fillSample(people);
  const rows: string[][] = [];
  let isWrong = false;
  let worst = 0;
  for (const edit of EDITS) {
    process.stderr.write(`${edit.name}\n`);
    const { before, after } = createSides(edit);
    const world = prepareEngine(people, before, after);
    const times = { check: [] as number[], run: [] as number[], engine: [] as number[], memory: [] as number[] };
    for (let round = -1; round < rounds; round++) {
      // In turns, so that a busy moment of the machine is everybody's. The first round warms up.
      const note = (of: number[], from: number) => void (round >= 0 && of.push(cpuMs() - from));
      let from = cpuMs();
      // A plan compiles the whole candidate, to say every problem of it.
      compileAll(after);
      note(times.check, from);
      from = cpuMs();
      const told = await runProduct(keeper, before, after);
      note(times.run, from);
      from = cpuMs();
      // The same two programs have to be made.
      planShadowRun(before, after, { allOffers: false, now: NOW });
      const stored = runEngine(world, 'stored');
      note(times.engine, from);
      from = cpuMs();
      const memory = runEngine(world, 'memory');
      note(times.memory, from);
      isWrong ||= !isSame(told, stored) || !isSame(told, memory);
    }
    const [check, run, engine, memory] = [times.check, times.run, times.engine, times.memory].map(median) as [
      number,
      number,
      number,
      number,
    ];
    const ratio = (check + run) / (check + engine);
    worst = Math.max(worst, ratio);
    rows.push([
      edit.name,
      ...[check + run, check + engine, ratio, check, run, engine, run / engine, memory].map(digits),
    ]);
  }
  const head = [
    'edit',
    'plan, ms',
    'engine, ms',
    'ratio',
    'of it: check',
    'run',
    'engine',
    'run / engine',
    'evaluation',
  ];
  process.stdout.write(
    `${count} people, processor time, medians of ${rounds} rounds; load ${digits(load)}\n\n${renderTable(head, rows)}\n\n`,
  );
  process.stdout.write(`ratio at most ${digits(worst)}; must be ${MUST}. Answers ${isWrong ? 'DIFFER' : 'agree'}.\n`);
  return isWrong || (flags.strict && worst > MUST) ? 1 : 0;
}

/** Time on the processor: the wall clock of a shared machine tells of its other work. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function isSame(a: Moves, b: Moves): boolean {
  return a.size === b.size && [...a].every(([id, moves]) => b.get(id)?.join() === moves.join());
}
