import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const NODE = join(ROOT, 'node_modules/.bin/node');
const MAIN = join(ROOT, 'cli/selvedge/bin.mjs');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A person with a machine of their own: a home, a folder, a shell. */
export interface Machine {
  readonly folder: string;
  readonly home: string;
  run(
    args: readonly string[],
    more?: {
      readonly env?: Readonly<Record<string, string>>;
      readonly input?: string;
      /** Hears standard error while the command runs. */
      readonly onErr?: (text: string) => void;
    },
  ): Promise<Ended>;
  /** The answer of a command with `--json`. */
  json<T = Readonly<Record<string, unknown>>>(args: readonly string[]): Promise<T & { readonly code: number | null }>;
  read(file: string): Promise<string>;
  write(file: string, text: string): Promise<void>;
  edit(file: string, from: string | RegExp, to: string): Promise<void>;
  gone(): Promise<void>;
}

export async function createMachine(): Promise<Machine> {
  const home = await mkdtemp(join(tmpdir(), 'selvedge-home-'));
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-project-'));
  const machine: Machine = {
    folder,
    home,
    run: (args, { env = {}, input, onErr } = {}) =>
      new Promise((resolve, reject) => {
        const child = spawn(NODE, [MAIN, ...args], {
          cwd: folder,
          env: { PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: join(home, 'config'), ...env },
        });
        let [out, err] = ['', ''];
        child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
        child.stderr.on('data', (chunk: Buffer) => {
          err += chunk.toString('utf8');
          onErr?.(err);
        });
        child.on('error', reject);
        child.on('close', (code) => resolve({ code, out, err }));
        child.stdin.end(input ?? '');
      }),
    json: async (args) => {
      const { code, out, err } = await machine.run([...args, '--json']);
      if (out === '') throw new Error(`${args.join(' ')}: ${code} ${err}`);
      return { ...JSON.parse(out), code };
    },
    read: (file) => readFile(join(folder, file), 'utf8'),
    write: async (file, text) => {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    },
    edit: async (file, from, to) => {
      const text = await machine.read(file);
      const changed = text.replace(from, to);
      if (changed === text) throw new Error(`${file} has no ${from}`);
      await machine.write(file, changed);
    },
    gone: async () => {
      await rm(home, { recursive: true });
      await rm(folder, { recursive: true });
    },
  };
  return machine;
}
