import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ReconcileReport } from '../../../cli/reconcile/run-reconcile.ts';
import { ROOT } from '../../../dev/build.ts';

export interface ReconcileRun {
  readonly code: number | null;
  readonly report: ReconcileReport | null;
  readonly output: string;
}

export interface Reconciling {
  readonly done: Promise<ReconcileRun>;
  /** Resolves when its progress holds this word, or it has ended. */
  says(word: string): Promise<void>;
  kill(): void;
}

/** The command itself, in a process of its own, against a platform that runs on `folder`. */
export function startReconcile(folder: string, url: string, token: string, ...flags: readonly string[]): Reconciling {
  const args = [
    join(ROOT, 'cli/reconcile/main.ts'),
    '--json',
    '--endpoint',
    url,
    '--persist',
    join(folder, 'data'),
    ...flags,
  ];
  const child = spawn(join(ROOT, 'node_modules/.bin/node'), args, {
    cwd: folder,
    env: { ...process.env, SELVEDGE_OPERATOR_TOKEN: token },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, output] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const done = new Promise<ReconcileRun>((resolve) => {
    child.once('close', (code) => {
      let report: ReconcileReport | null = null;
      if (code === 0 || code === 1) report = stdout.startsWith('{') ? (JSON.parse(stdout) as ReconcileReport) : null;
      resolve({ code, report, output });
    });
  });
  const says = (word: string) =>
    new Promise<void>((resolve) => {
      const look = () => output.includes(word) && resolve();
      child.stderr.on('data', look);
      child.once('close', () => resolve());
      look();
    });
  return { done, says, kill: () => void child.kill('SIGKILL') };
}
