import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs a module of this folder in a process of its own and parses what it prints. Code from strings is forbidden there, as in
 * workerd, so that a run at all is a part of T13.
 */
export async function inChild<T>(module: string, args: readonly string[]): Promise<T> {
  const flags = ['--expose-gc', '--disallow-code-generation-from-strings'];
  const { stdout } = await run(process.execPath, [...flags, join(import.meta.dirname, module), ...args], {
    maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout) as T;
}
