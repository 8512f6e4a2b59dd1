import { type ChildProcess, fork } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ROOT } from '../../../dev/build.ts';
import type { Row, ServerAnswer, ServerAsk } from './server-messages.ts';

/** A killed process group is gone within moments; who still answers then is somebody else. */
const SOCKET_GONE_MS = 5000;

type AnswerOf<K extends ServerAnswer['kind']> = Extract<ServerAnswer, { kind: K }>;

/** One life of the platform: from its start to its kill. */
export interface Life {
  readonly url: string;
  readonly operatorToken: string;
  readonly log: readonly string[];
  /** Resolves when the Worker stands at its stop point. */
  readonly stopped: Promise<void>;
  /** `kill -9` of the process and of workerd below it, and waits until both are gone. */
  kill(): Promise<void>;
  archive(): Promise<AnswerOf<'archive'>['files']>;
  rows(sql: string): Promise<readonly Row[]>;
  /** Objects of directories by their names. */
  directoryIds(names: readonly string[]): Promise<readonly string[]>;
  /** What objects and queue have yet to do, in words. */
  open(): Promise<readonly string[]>;
  /** Runs what the hourly schedule runs. */
  schedule(): Promise<void>;
}

/** Starts the platform on a folder, in a process group of its own. `bindings`: for the Worker of the test. */
export async function startLife(
  folder: string,
  bundle: string,
  bindings: Readonly<Record<string, string>> = {},
): Promise<Life> {
  const child = fork(join(import.meta.dirname, 'server.ts'), [folder, bundle, JSON.stringify(bindings)], {
    execPath: join(ROOT, 'node_modules/.bin/node'),
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const log: string[] = [];
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  let atStop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    atStop = resolve;
  });
  child.on('message', (answer: ServerAnswer) => {
    if (answer.kind !== 'log') return;
    log.push(answer.line);
    if (answer.line.includes('"kind":"stopped"')) atStop();
  });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ready = await Promise.race([
    next(child, 'ready'),
    gone.then(() => Promise.reject(new Error(`the platform did not start: ${errors.slice(0, 2000)}`))),
  ]);
  const ask = async <K extends 'archive' | 'rows' | 'directoryIds' | 'schedule' | 'open'>(
    kind: K,
    question: ServerAsk,
  ): Promise<AnswerOf<K>> => {
    const answer = next(child, kind);
    child.send(question);
    return Promise.race([
      answer,
      gone.then(() =>
        Promise.reject(new Error(`the platform ended while it was asked for ${kind}: ${errors.slice(-2000)}`)),
      ),
    ]);
  };
  return {
    url: ready.url,
    operatorToken: ready.operatorToken,
    log,
    stopped,
    async kill() {
      if (child.pid && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
      await gone;
      // workerd is its own child: gone when its socket is, or when another program has taken the port.
      for (const end = Date.now() + SOCKET_GONE_MS; Date.now() < end && (await answers(ready.url)); ) {
        await setTimeout(5);
      }
    },
    archive: async () => (await ask('archive', { kind: 'archive' })).files,
    directoryIds: async (names) => (await ask('directoryIds', { kind: 'directoryIds', names })).ids,
    open: async () => (await ask('open', { kind: 'open' })).found,
    schedule: async () => void (await ask('schedule', { kind: 'schedule' })),
    rows: async (sql) => (await ask('rows', { kind: 'rows', sql })).rows,
  };
}

function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: 200 });
    for (const event of ['connect', 'error', 'timeout'] as const) {
      socket.once(event, () => {
        socket.destroy();
        resolve(event !== 'error');
      });
    }
  });
}

function next<K extends ServerAnswer['kind']>(child: ChildProcess, kind: K): Promise<AnswerOf<K>> {
  return new Promise((resolve) => {
    const listen = (answer: ServerAnswer) => {
      if (answer.kind !== kind) return;
      child.off('message', listen);
      resolve(answer as AnswerOf<K>);
    };
    child.on('message', listen);
  });
}
