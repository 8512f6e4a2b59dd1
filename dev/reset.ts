import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ROOT } from './build.ts';

const PORT = Number(process.env.PORT ?? 8787);

/** `npm run reset`: deletes the local data, secrets and demo. Refuses while an instance is running on them. */
async function main(): Promise<void> {
  if (await answers(PORT)) throw new Error(`something still answers on port ${PORT}: stop it with Ctrl-C first`);
  await rm(join(ROOT, '.selvedge'), { recursive: true, force: true });
  console.log('Local data is gone. npm start makes it anew.');
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 500 });
    const done = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    socket.once('timeout', () => done(false));
  });
}

main().catch((error: unknown) => {
  console.error(`selvedge: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
