import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { median } from '../stats.ts';
import { inChild } from './child.ts';
import type { Footprint } from './footprint-process.ts';
import { EXTRAS } from './runtime-extras.ts';
import { selvedge } from './selvedge.ts';
import { textOfProfileRule } from './workload/rule-text.ts';
import { createProfileWorkload } from './workload/workload.ts';

/** Everything about size and cold start: T10, T11, T12. Missing without an engine, apart from the heap of the others. */
export interface Footprints {
  readonly numbers: Footprint;
  /** Bytes that the bundle of T11 grows by with each extra, and with all of them: gzip. */
  readonly extras: Footprint;
}

export const NO_FOOTPRINTS: Footprints = { numbers: {}, extras: {} };

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
    if (!selvedge) return { numbers: others, extras: {} };
    const { segments } = createProfileWorkload(seed, 1000);
    const artefact = selvedge.compile(segments.map(({ id, rule }) => ({ id, text: textOfProfileRule(rule) })));
    const path = join(folder, typeof artefact === 'string' ? 'artefact.txt' : 'artefact.bin');
    await writeFile(path, artefact);
    const bundle = join(folder, 'runtime.mjs');
    const code = await bundleOf(selvedge.runtimeEntry, '');
    await writeFile(bundle, code);
    const numbers = {
      ...others,
      artefactBytes: artefact.length,
      ...(await lookCold(seed, path)),
      bytesPerSegment: await look('heap-ours', seed, path, 'bytesPerSegment'),
      gzipBytes: gzipSync(code).length,
      importMs: await look('import', seed, bundle, 'importMs'),
    };
    return { numbers, extras: await weighExtras(selvedge.runtimeEntry) };
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

/** Each one's weight beside the entry: what they share counts for each. */
async function weighExtras(entry: string): Promise<Footprint> {
  const weigh = async (extra: string) => gzipSync(await bundleOf(entry, extra)).length;
  const least = await weigh('');
  const extras: Record<string, number> = {};
  for (const [name, extra] of Object.entries(EXTRAS)) extras[name] = (await weigh(extra)) - least;
  extras.all = (await weigh(Object.values(EXTRAS).join('\n'))) - least;
  return extras;
}

/** What somebody would carry who evaluates, and needs some extras. */
async function bundleOf(entry: string, extra: string): Promise<Uint8Array> {
  const root = join(import.meta.dirname, '../..');
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents: `export * from './${basename(entry)}';\n${extra}`, resolveDir: join(root, dirname(entry)) },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2024',
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}
