import { FULL, measure, QUICK, type Times } from '../engine/measure.ts';
import { createDecisionCase, runAnswers } from './case.ts';
import { CASES, SIDES, type SideName } from './side.ts';

/** What a process that measured one case prints, as JSON. */
export interface CaseResult {
  readonly times: Times;
  readonly filled: number;
  /** Read nowhere; printed so that the work cannot be left out. */
  readonly sunk: number;
}

let sunk = 0;

/** One case, one process. CPU of this thread: on a shared machine the wall clock also counts the turns of others. */
async function main([given = '', seed = '', pace = '']: readonly string[]): Promise<void> {
  const name = CASES.find((each) => each === given);
  if (!name) throw new Error(`no case ${given}`);
  const { sides, filled } = createDecisionCase(name, Number(seed));
  const run = (label: string, answers: number) => {
    const side = sides.get(label as SideName);
    if (!side) throw new Error(`no side ${label}`);
    const before = threadCpuUs();
    sunk += runAnswers(side, answers);
    return (threadCpuUs() - before) * 1000;
  };
  const times = await measure([...SIDES], run, pace === 'quick' ? QUICK : FULL);
  console.log(JSON.stringify({ times, filled, sunk } satisfies CaseResult));
}

function threadCpuUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

await main(process.argv.slice(2));
