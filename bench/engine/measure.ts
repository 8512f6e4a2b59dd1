import { median } from '../stats.ts';
import type { Side } from './side.ts';

/** Runs so many operations of a side and gives the nanoseconds they took. */
export type RunBlock = (label: string, operations: number) => number | Promise<number>;

export interface Plan {
  readonly rounds: number;
  /** Blocks of each side in a round. */
  readonly turns: number;
  readonly blockMs: number;
  readonly warmUpMs: number;
}

export const FULL: Plan = { rounds: 3, turns: 7, blockMs: 40, warmUpMs: 400 };
export const QUICK: Plan = { rounds: 3, turns: 3, blockMs: 20, warmUpMs: 150 };

/** ns per operation of each side, one number for each round. */
export type Times = Readonly<Record<string, readonly number[]>>;

/**
 * The sides take turns in short blocks, and each turn begins with another side, so that what else happens on the machine
 * meets them alike. A round's number is the median of its blocks. It never judges a time: see report.ts.
 */
export async function measure(labels: readonly string[], run: RunBlock, plan: Plan): Promise<Times> {
  const operations = new Map<string, number>();
  for (const label of labels) operations.set(label, await warmUp(label, run, plan));
  const times = Object.fromEntries(labels.map((label) => [label, [] as number[]]));
  for (let round = 0; round < plan.rounds; round++) {
    const blocks = new Map(labels.map((label) => [label, [] as number[]]));
    for (let turn = 0; turn < plan.turns; turn++) {
      for (let i = 0; i < labels.length; i++) {
        const label = labels[(turn + i) % labels.length] ?? '';
        const count = operations.get(label) ?? 1;
        blocks.get(label)?.push((await run(label, count)) / count);
      }
    }
    for (const label of labels) times[label]?.push(median(blocks.get(label) ?? []));
  }
  return times;
}

/** Runs a side until its code is optimised; gives the operations that fill a block. */
async function warmUp(label: string, run: RunBlock, plan: Plan): Promise<number> {
  const until = performance.now() + plan.warmUpMs;
  let operations = 1;
  let perOperation = Number.POSITIVE_INFINITY;
  for (let blocks = 0; blocks < 3 || performance.now() < until; blocks++) {
    perOperation = Math.max(0.1, (await run(label, operations)) / operations);
    const filling = (plan.blockMs * 1e6) / perOperation;
    operations = Math.max(1, Math.round(Math.min(filling, operations * 8)));
  }
  return operations;
}

/** Keeps the engine from leaving work out whose result nobody reads. */
let sink = 0;

export function sunk(): number {
  return sink;
}

/** Only operations are timed; setting up a state for them is not. */
export function runInProcess(side: Side, operations: number): number {
  let elapsedUs = 0;
  for (let left = operations; left > 0; ) {
    const block = side.open();
    const count = Math.min(left, block.most);
    const { run } = block;
    const startedAt = threadCpuUs();
    for (let i = 0; i < count; i++) sink += run(i);
    elapsedUs += threadCpuUs() - startedAt;
    left -= count;
  }
  return elapsedUs * 1000;
}

/** CPU of this thread: on a shared machine the wall clock also counts the turns of others. */
function threadCpuUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

/** Median over the rounds of the ratio within a round. */
export function ratioOf(times: Times, of: string, to: string): number {
  const [a, b] = [times[of] ?? [], times[to] ?? []];
  if (a.length === 0 || b.length === 0) return Number.NaN;
  return median(a.map((ns, round) => ns / (b[round] ?? Number.NaN)));
}
