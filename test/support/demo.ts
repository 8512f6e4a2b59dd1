import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Demo, startDemo } from '../../dev/demo.ts';

export interface TestDemo extends Demo {
  stop(): Promise<void>;
}

/** The whole demo, seeded, on free ports and a folder of its own. */
export async function startTestDemo(onLog?: (line: string) => void): Promise<TestDemo> {
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-demo-'));
  const [port, shopPort] = await freePorts(2);
  const demo = await startDemo({
    folder,
    port: port ?? 0,
    shopPort: shopPort ?? 0,
    requestLog: 'all',
    ...(onLog ? { onLog } : {}),
  });
  return {
    ...demo,
    async stop() {
      await demo.platform.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  return Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          const address = server.address();
          const port = typeof address === 'object' && address ? address.port : 0;
          server.close(() => resolve(port));
        }),
    ),
  );
}
