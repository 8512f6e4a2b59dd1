#!/usr/bin/env node
// What `npx selvedge` starts. Node 24 runs TypeScript as it is; an older one hands over to the front door of the npm scripts.
import { spawn } from 'node:child_process';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

if (Number(process.versions.node.split('.')[0]) >= 24) {
  // What was made of the TypeScript is kept for the next start.
  module.enableCompileCache();
  await import('./main.ts');
} else {
  const door = fileURLToPath(new URL('../../dev/bootstrap.mjs', import.meta.url));
  const args = [door, 'cli/selvedge/bin.mjs', ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // A terminal has told everybody by itself.
    process.on(signal, () => void (signal === 'SIGINT' && process.stdin.isTTY ? null : child.kill(signal)));
  }
  child.on('close', (code, signal) => {
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code ?? 1;
  });
}
