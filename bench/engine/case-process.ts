import { checkAgreement } from './agreement.ts';
import { createCase } from './cases.ts';
import { FULL, measure, QUICK, runInProcess, sunk, type Times } from './measure.ts';
import { isCaseName } from './targets.ts';

/** What a process that measured one case prints, as JSON. */
export interface CaseResult {
  readonly times: Times;
  readonly shape: Readonly<Record<string, number>>;
  /** Read nowhere; printed so that the work cannot be left out. */
  readonly sunk: number;
}

/** One case, one process: what the optimiser learned from another case does not reach it. */
async function main([name = '', seed = '', pace = '']: readonly string[]): Promise<void> {
  if (!isCaseName(name)) throw new Error(`no case ${name}`);
  const measured = createCase(name, Number(seed));
  checkAgreement(measured);
  const sides = new Map(measured.sides.map((side) => [side.label as string, side]));
  const run = (label: string, operations: number) => {
    const side = sides.get(label);
    if (!side) throw new Error(`no side ${label}`);
    return runInProcess(side, operations);
  };
  const times = await measure([...sides.keys()], run, pace === 'quick' ? QUICK : FULL);
  console.log(JSON.stringify({ times, shape: measured.shape, sunk: sunk() } satisfies CaseResult));
}

await main(process.argv.slice(2));
