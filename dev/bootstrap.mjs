// The front door of every npm script: node dev/bootstrap.mjs <script.ts | bin> [arguments…]
//
// The product needs Node 24 (it runs TypeScript as it is), a stranger's machine has Node 20 or newer. Node 24 is a dev
// dependency, so this file installs what the lock names, when that is not there yet, and hands over to it. Plain
// JavaScript for old Nodes, on purpose: no dependency, no TypeScript.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, 'node_modules');
const NODE = join(MODULES, '.bin', process.platform === 'win32' ? 'node.exe' : 'node');
const STAMP = join(MODULES, '.selvedge-lock');
/** How long a child may take to end after a signal before it and what it started are killed. */
const GRACE_MS = 15_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function fail(message) {
  console.error(`selvedge: ${message}`);
  process.exit(1);
}

/** Every process below `pid`, children first. Without `ps`, none. */
function descendants(pid) {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = (stdout ?? '').split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent) => rows.filter((row) => row[1] === parent).flatMap(([child]) => [...below(child), child]);
  return below(pid);
}

function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself meanwhile.
  }
}

/**
 * Runs a child until it ends and gives its exit code or signal. Signals reach it once: a terminal sends Ctrl-C to the
 * whole foreground group, so that one is passed on only where no terminal does it.
 */
function run(command, args, options) {
  return new Promise((resolve) => {
    const child = spawn(command, args, options);
    let deadline;
    const forward = (signal) => {
      if (!(signal === 'SIGINT' && process.stdin.isTTY)) kill(child.pid, signal);
      deadline ??= setTimeout(() => {
        for (const pid of [...descendants(child.pid), child.pid]) kill(pid, 'SIGKILL');
      }, GRACE_MS);
    };
    for (const signal of SIGNALS) process.on(signal, forward);
    const done = (result) => {
      clearTimeout(deadline);
      for (const signal of SIGNALS) process.off(signal, forward);
      resolve(result);
    };
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => done({ code: 127, signal: null, output: error.message }));
    child.on('close', (code, signal) => done({ code, signal, output }));
  });
}

/** Ends this process the way the child ended, so that a shell sees Ctrl-C as Ctrl-C. */
function endLike({ code, signal }) {
  if (signal) kill(process.pid, signal);
  process.exitCode = code ?? 1;
}

/**
 * Does node_modules hold what the lock names? npm's own record of the tree, written as the last step of an install,
 * says so too after a plain `npm install`, which leaves no stamp: then nothing needs installing again.
 */
function matches(lockText) {
  const record = join(MODULES, '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(lockText).packages;
  const present = JSON.parse(readFileSync(record, 'utf8')).packages;
  const same = (key) => present[key]?.version === wanted[key]?.version;
  return (
    Object.keys(present).every(same) && Object.keys(wanted).every((key) => !key || wanted[key].optional || same(key))
  );
}

function explain(output) {
  if (/ENOSPC/.test(output)) return 'the disk is full: node_modules needs about 800 MB.';
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/.test(output)) {
    return 'the npm registry cannot be reached: check the network or the proxy and run the command again.';
  }
  if (/EACCES|EPERM|EROFS/.test(output)) return `no right to write below ${ROOT}.`;
  if (/EUSAGE/.test(output))
    return 'package-lock.json does not fit package.json: node dev/complete-lock.mjs, then npm install.';
  return 'see the lines above.';
}

async function install(hash) {
  const started = Date.now();
  console.log('selvedge: installing dependencies (npm ci), about half a minute …');
  // A shell on Windows only: npm is a .cmd there.
  const shell = process.platform === 'win32';
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = await run('npm', args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], shell });
  if (result.signal) return endLike(result);
  const works = result.code === 0 && spawnSync(NODE, ['--version'], { encoding: 'utf8' }).stdout?.startsWith('v24');
  if (!works) {
    const lines = result.output.split('\n').filter((line) => /\S/.test(line) && !/^npm error\s+at /.test(line));
    console.error(lines.slice(0, 12).join('\n'));
    const reason =
      result.code === 0
        ? 'the package `node` came without its binary: were install scripts switched off (npm config get ignore-scripts)?'
        : explain(result.output);
    fail(`npm ci failed after ${((Date.now() - started) / 1000).toFixed(1)} s: ${reason}`);
  }
  writeFileSync(STAMP, `${hash}\n`);
  console.log(`selvedge: dependencies installed in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

const [entry, ...args] = process.argv.slice(2);
if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`Node 20 or newer is needed, this is ${process.versions.node}.`);
if (!entry) fail('usage: node dev/bootstrap.mjs <script.ts | bin> [arguments…]');

const lockText = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
const hash = createHash('sha256').update(lockText).digest('hex');
const stamped = existsSync(STAMP) && readFileSync(STAMP, 'utf8').trim() === hash;
if (!existsSync(NODE) || !stamped) {
  if (existsSync(NODE) && matches(lockText)) writeFileSync(STAMP, `${hash}\n`);
  else await install(hash);
}
// An interrupted install has set the exit code.
if (process.exitCode === undefined) {
  const env = { ...process.env, PATH: `${join(MODULES, '.bin')}${delimiter}${process.env.PATH ?? ''}` };
  const isScript = /\.[cm]?[jt]s$/.test(entry);
  const path = isScript ? join(ROOT, entry) : join(MODULES, '.bin', entry);
  if (!existsSync(path)) fail(`${entry} does not exist`);
  const command = isScript ? [NODE, [path, ...args]] : [path, args];
  endLike(await run(command[0], command[1], { stdio: 'inherit', env }));
}
