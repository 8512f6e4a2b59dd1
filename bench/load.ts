import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Recipe } from './requests.ts';

export interface LoadJob {
  readonly origin: string;
  readonly recipe: Recipe;
  readonly count: number;
  readonly connections: number;
  /** Every answer must be a 200 that holds this text: no failure is measured as a success. */
  readonly expect: string;
}

export interface LoadResult {
  readonly elapsedMs: number;
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Visitor tokens that were handed out. */
  readonly tokens: readonly string[];
  /** The first answer. */
  readonly sample: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly requestBytes: number;
  };
}

export interface Loader {
  run(job: LoadJob): Promise<LoadResult>;
  stop(): void;
}

type Message = { readonly result: LoadResult } | { readonly error: string };

export function startLoader(): Loader {
  const child: ChildProcess = fork(join(import.meta.dirname, 'load-process.ts'));
  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        child.once('message', (message: Message) =>
          'error' in message ? reject(new Error(message.error)) : resolve(message.result),
        );
        child.send(job);
      }),
    stop: () => void child.kill(),
  };
}
