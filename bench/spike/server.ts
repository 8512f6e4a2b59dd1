/** Bundles the spike's Worker and runs it on a bare `workerd serve`: no proxy, no dev entry, loopback only. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { build } from 'esbuild';

const { default: workerdPath } = createRequire(import.meta.url)('workerd') as { readonly default: string };

/** One class per experiment, so that their files do not mix. */
const classes = ['Visit', 'Shape', 'Birth', 'Wake', 'Micro'] as const;
export type ObjectClass = (typeof classes)[number];

export interface Server {
  readonly origin: string;
  /** Files of all objects of a class: name → bytes. */
  files(of: ObjectClass): Promise<Map<string, number>>;
  /** How many SQLite files the process holds open. */
  openDatabases(): Promise<number>;
  stop(): Promise<void>;
}

function config(): string {
  const namespaces = classes.map((c) => `(className = "${c}", uniqueKey = "${c}", enableSql = true)`);
  const bindings = classes.map((c) => `(name = "${c}", durableObjectNamespace = "${c}")`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2026-10-01",
      bindings = [${bindings.join(', ')}],
      durableObjectNamespaces = [${namespaces.join(', ')}],
      durableObjectStorage = (localDisk = "data"),
    )),
    (name = "data", disk = (path = "data", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
}

async function listeningPort(child: ChildProcess): Promise<number> {
  const control = child.stdio[3] as Readable;
  let text = '';
  for await (const chunk of control) {
    text += String(chunk);
    const found = /"event":"listen","socket":"http","port":(\d+)/.exec(text);
    if (found) return Number(found[1]);
  }
  throw new Error('workerd ended before it listened');
}

export async function startServer(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-spike-'));
  const data = join(folder, 'data');
  await build({
    entryPoints: [join(import.meta.dirname, 'worker/index.ts')],
    outfile: join(folder, 'worker.js'),
    bundle: true,
    format: 'esm',
    target: 'es2024',
    external: ['node:*', 'cloudflare:*'],
    logLevel: 'warning',
  });
  await writeFile(join(folder, 'config.capnp'), config());
  await mkdir(data);
  const child = spawn(workerdPath, ['serve', 'config.capnp', '--control-fd=3', `--directory-path=data=${data}`], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await listeningPort(child);
  return {
    origin: `http://127.0.0.1:${port}`,
    async files(of) {
      const sizes = new Map<string, number>();
      for (const name of await readdir(join(data, of)).catch(() => [])) {
        sizes.set(name, (await stat(join(data, of, name))).size);
      }
      return sizes;
    },
    async openDatabases() {
      const fds = `/proc/${child.pid}/fd`;
      const targets = await Promise.all((await readdir(fds)).map((fd) => readlink(join(fds, fd)).catch(() => '')));
      return targets.filter((target) => target.endsWith('.sqlite')).length;
    },
    async stop() {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
