import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { compileProfileRule, evaluateProfile } from './closure-baseline.ts';
import { conditionOf, evaluateConditions } from './growthbook.ts';
import { selvedge } from './selvedge.ts';
import { createProfileWorkload } from './workload/workload.ts';

/** What a process that looked at one thing prints, as JSON. */
export type Footprint = Readonly<Record<string, number>>;

/** A new process for each look: a module is imported once, a heap is clean once, code is cold once. */
async function main([what = '', seed = '', path = '']: readonly string[]): Promise<void> {
  const looks: Readonly<Record<string, () => Footprint | Promise<Footprint>>> = {
    cold: () => cold(Number(seed), path),
    import: () => importCost(path),
    'heap-ours': () => heapOfOurs(Number(seed), path),
    'heap-closure': () => heapOfClosures(Number(seed)),
    'heap-growthbook': () => heapOfConditions(Number(seed)),
  };
  const look = looks[what];
  if (!look) throw new Error(`nothing called ${what}`);
  console.log(JSON.stringify(await look()));
}

/** T10: milliseconds of loading what publishing made, of the first evaluation, and of the 20 after it. */
async function cold(seed: number, path: string): Promise<Footprint> {
  const { profile } = createProfileWorkload(seed, 1000);
  const artefact = await readArtefact(path);
  if (!selvedge) throw new Error('there is no engine yet');
  const startedAt = performance.now();
  const program = selvedge.load(artefact);
  const loadedAt = performance.now();
  program.evaluateProfile(profile, 0);
  const firstAt = performance.now();
  for (let i = 0; i < 20; i++) program.evaluateProfile(profile, 0);
  const evals2To21Us = (performance.now() - firstAt) * 1000;
  return { loadMs: loadedAt - startedAt, firstMs: firstAt - loadedAt, evals2To21Us };
}

/** T11: CPU milliseconds of importing a bundle. */
async function importCost(path: string): Promise<Footprint> {
  const before = process.cpuUsage();
  await import(pathToFileURL(path).href);
  const { user, system } = process.cpuUsage(before);
  return { importMs: (user + system) / 1000 };
}

async function heapOfOurs(seed: number, path: string): Promise<Footprint> {
  const { profile } = createProfileWorkload(seed, 1000);
  const artefact = await readArtefact(path);
  return heapOf(() => {
    const program = selvedge?.load(artefact);
    program?.evaluateProfile(profile, 0);
    return program;
  });
}

function heapOfClosures(seed: number): Footprint {
  const { profile, segments } = createProfileWorkload(seed, 1000);
  return heapOf(() => {
    const tests = segments.map(({ rule }) => compileProfileRule(rule));
    evaluateProfile(tests, profile, new Uint8Array(1000));
    return tests;
  });
}

function heapOfConditions(seed: number): Footprint {
  const { profile, segments } = createProfileWorkload(seed, 1000);
  return heapOf(() => {
    const conditions = segments.map(({ rule }) => conditionOf(rule));
    evaluateConditions(conditions, profile, new Uint8Array(1000));
    return conditions;
  });
}

/** T12: what is kept once it has been evaluated, typed arrays included. */
function heapOf(make: () => unknown): Footprint {
  const used = () => {
    for (let i = 0; i < 3; i++) globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  const kept = make();
  const after = used();
  return { bytesPerSegment: kept === undefined ? Number.NaN : (after - before) / 1000 };
}

/** Written by footprint.ts: text under the ending .txt, else bytes. */
async function readArtefact(path: string): Promise<Uint8Array | string> {
  return path.endsWith('.txt') ? readFile(path, 'utf8') : new Uint8Array(await readFile(path));
}

await main(process.argv.slice(2));
