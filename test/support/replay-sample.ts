import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runReplay } from '../../cli/replay/run-replay.ts';
import type { Demo } from '../../dev/demo.ts';

/** The sample of UCI's Online Retail that is in the repository. */
export const RETAIL_SAMPLE = join(import.meta.dirname, '../data/online-retail-sample.csv');

/** Streams it through the public API, as the command does. Answers the exit code; what it prints goes to `print`. */
export async function replaySample({ demo }: Pick<Demo, 'demo'>, print: (line: string) => void): Promise<number> {
  const around = {
    env: {},
    stateDir: await mkdtemp(join(tmpdir(), 'selvedge-replay-')),
    isTerminal: false,
    stop: new AbortController().signal,
    nowMs: () => Date.now(),
    print,
  };
  const options = {
    file: RETAIL_SAMPLE,
    mapping: 'online-retail',
    endpoint: demo.endpoint,
    key: demo.serverKeys.import,
    encoding: undefined,
    concurrency: 4,
    speed: null,
    shiftToNow: true,
    fromMs: null,
    toMs: null,
    limit: null,
    dryRun: false,
    restart: true,
    strict: true,
  };
  return runReplay(options, around);
}
