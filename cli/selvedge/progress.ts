/// <reference path="../replay/cli-progress.d.ts" />
import type { Shell } from './shell.ts';

export interface Progress {
  step(): void;
  stop(): void;
}

/** So few steps need no bar. */
const WORTH_A_BAR = 20;

/** A bar on a terminal, nothing elsewhere. */
export async function startProgress({ isTerminal, json }: Shell, what: string, total: number): Promise<Progress> {
  if (!isTerminal || json || total < WORTH_A_BAR) return { step: () => undefined, stop: () => undefined };
  const { SingleBar } = await import('cli-progress');
  const bar = new SingleBar({ format: `${what} {bar} {value}/{total}`, hideCursor: true, clearOnComplete: true });
  bar.start(total, 0, {});
  let done = 0;
  return { step: () => bar.update(++done), stop: () => bar.stop() };
}
