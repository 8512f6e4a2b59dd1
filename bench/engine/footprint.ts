import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { median } from '../stats.ts';
import { inChild } from './child.ts';
import type { Footprint } from './footprint-process.ts';
import { selvedge } from './selvedge.ts';
import { textOfProfileRule } from './workload/rule-text.ts';
import { createProfileWorkload } from './workload/workload.ts';

/** Everything about size and cold start: T10, T11, T12. Missing without an engine, apart from the heap of the others. */
export type Footprints = Footprint;

const TIMES = 5;
/** Once cold is cold: others can only add to it, so the least of some processes is the one they left alone. */
const COLD_TIMES = 9;

export async function takeFootprints(seed: number): Promise<Footprints> {
  const folder = await mkdtemp(join(tmpdir(), 'engine-bench-'));
  try {
    const others = {
      closureBytesPerSegment: await look('heap-closure', seed, '', 'bytesPerSegment'),
      growthbookBytesPerSegment: await look('heap-growthbook', seed, '', 'bytesPerSegment'),
    };
    if (!selvedge) return others;
    const { segments } = createProfileWorkload(seed, 1000);
    const artefact = selvedge.compile(segments.map(({ id, rule }) => ({ id, text: textOfProfileRule(rule) })));
    const path = join(folder, typeof artefact === 'string' ? 'artefact.txt' : 'artefact.bin');
    await writeFile(path, artefact);
    const bundle = join(folder, 'runtime.mjs');
    return {
      ...others,
      artefactBytes: artefact.length,
      ...(await lookCold(seed, path)),
      bytesPerSegment: await look('heap-ours', seed, path, 'bytesPerSegment'),
      gzipBytes: await bundleRuntime(selvedge.runtimeEntry, bundle),
      importMs: await look('import', seed, bundle, 'importMs'),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function look(what: string, seed: number, path: string, field: string): Promise<number> {
  return median((await lookTimes(TIMES, what, seed, path)).map((found) => found[field] ?? Number.NaN));
}

async function lookCold(seed: number, path: string): Promise<Footprint> {
  const found = await lookTimes(COLD_TIMES, 'cold', seed, path);
  const least = (field: string) => Math.min(...found.map((one) => one[field] ?? Number.NaN));
  return { loadMs: least('loadMs'), firstMs: least('firstMs'), evals2To21Us: least('evals2To21Us') };
}

async function lookTimes(times: number, what: string, seed: number, path: string): Promise<readonly Footprint[]> {
  const found: Footprint[] = [];
  for (let i = 0; i < times; i++) {
    found.push(await inChild<Footprint>('footprint-process.ts', [what, String(seed), path]));
  }
  return found;
}

/** Bytes when compressed, of what an edge that only evaluates would carry. */
async function bundleRuntime(entry: string, outfile: string): Promise<number> {
  const root = join(import.meta.dirname, '../..');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2024',
  });
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  await writeFile(outfile, code);
  return gzipSync(code).length;
}
