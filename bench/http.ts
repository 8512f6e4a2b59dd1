import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { ASSUMED, allInWritten, renderCost, renderRows, type Shape } from './cost.ts';
import { type Loader, type LoadResult, startLoader } from './load.ts';
import { type Measured, measure, type Plan, runOnce, type Side } from './measure.ts';
import { type Rows, rollupRows, type VisitCost, visitCost } from './rows.ts';
import {
  type Bundle,
  bundleProduct,
  type Floor,
  type Product,
  startFloor,
  startProduct,
  untilQuiet,
} from './servers.ts';
import { digits, renderTable } from './stats.ts';

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, strict: { type: 'boolean', default: false } },
});

const SIZE = flags.quick
  ? { rounds: 3, warm: 512, decide: 320, woken: 96, first: 96, batch: 128 }
  : { rounds: 5, warm: 512, decide: 512, woken: 128, first: 160, batch: 160 };
const CONNECTIONS = 16;
/** So many that one person visits about ten times within a drain window, not fifty: few people read that fast. */
const VISITORS = 256;
const DRAIN_DELAY_MS = 15_000;
/** A case begins only while the first alarm of those before it is still far away: drains are not in the measured times. */
const LONGEST_WINDOW_MS = 7000;
const PROBES = 8;
const loadAtStart = loadavg()[0] ?? 0;

type Results = Readonly<Record<'warm' | 'woken' | 'first' | 'batch' | 'decide', ReadonlyMap<string, Measured>>>;

interface Run {
  readonly loader: Loader;
  readonly product: Product;
  /** The same with its request log off. */
  readonly silent: Product;
  readonly floor: Floor;
}

interface Visitors {
  readonly warm: readonly string[];
  readonly batch: readonly string[];
  readonly woken: readonly string[];
  readonly silentWarm: readonly string[];
}

interface Counted {
  readonly warm: VisitCost;
  readonly woken: VisitCost;
  readonly first: VisitCost;
  readonly batch: VisitCost;
  readonly drain: Rows;
  readonly rollupOfOne: Rows;
  readonly rollupOfThree: Rows;
  readonly rollupOfTen: Rows;
}

/** The benchmark of the product's front door: see README.md. */
export async function runHttpBench(): Promise<void> {
  const startedAt = Date.now();
  const bundle = await bundleProduct();
  const loader = startLoader();
  const product = await startProduct(bundle, 'all');
  const silent = await startProduct(bundle, 'errors');
  const floor = await startFloor(await answersOf(loader, product));
  try {
    const { results, counted } = await runAll({ loader, product, silent, floor });
    report(bundle, results, counted);
    console.log(`\n${((Date.now() - startedAt) / 1000).toFixed(0)} s`);
  } finally {
    loader.stop();
    await Promise.all([product.platform.stop(), silent.platform.stop(), floor.stop(), bundle.remove()]);
  }
}

function sideOf(label: string, product: Product, visitors: readonly string[]): Side {
  return { label, server: product, visitors, serverKey: product.serverKey };
}

/** One real answer of each case, for the floor to repeat. */
async function answersOf(loader: Loader, product: Product): Promise<Record<string, unknown>> {
  const once = (name: Plan['name'], visitors: readonly string[]) =>
    runOnce(loader, sideOf('product', product, visitors), { name, count: 1, connections: 1 });
  const seed = await once('seed', []);
  const [warm, batch, decide, first] = [
    await once('warm', seed.tokens),
    await once('batch', seed.tokens),
    await once('decide', seed.tokens),
    await once('first', []),
  ];
  return {
    seed: answer(seed),
    warm: answer(warm),
    woken: answer(warm),
    batch: answer(batch),
    decide: answer(decide),
    first: answer(first),
  };
}

const OF_THE_CONNECTION = new Set(['date', 'content-length', 'connection', 'keep-alive', 'transfer-encoding']);

function answer({ sample }: LoadResult): object {
  return {
    body: sample.body,
    headers: Object.fromEntries(Object.entries(sample.headers).filter(([name]) => !OF_THE_CONNECTION.has(name))),
  };
}

async function runAll(run: Run): Promise<{ readonly results: Results; readonly counted: Counted }> {
  const { loader, product, silent, floor } = run;
  const visitors = await seed(run);
  await afterDrain(run);

  const ours = (of: readonly string[]) => sideOf('product', product, of);
  const floorSide = (of: readonly string[]): Side => ({
    label: 'floor',
    server: floor.floor,
    visitors: of,
    serverKey: 'none',
  });
  const empty: Side = { label: 'empty', server: floor.empty, visitors: visitors.warm, serverKey: 'none' };
  const quiet = sideOf('product, request log off', silent, visitors.silentWarm);
  const plan = (name: 'warm' | 'woken' | 'first' | 'batch' | 'decide'): Plan => ({
    name,
    rounds: SIZE.rounds,
    count: SIZE[name],
    connections: CONNECTIONS,
  });

  progress('decide and warm visits');
  const warmUp = (side: Side) => runOnce(loader, side, { name: 'warm', count: VISITORS, connections: CONNECTIONS });
  for (const side of [ours(visitors.warm), quiet, floorSide(visitors.warm), empty]) await warmUp(side);
  product.takeLog();
  const warm = await measure(loader, [ours(visitors.warm), quiet, floorSide(visitors.warm), empty], plan('warm'));
  const warmCost = visitCost(product.takeLog());
  const decide = await measure(loader, [ours(visitors.warm), floorSide(visitors.warm)], plan('decide'));
  const drain = await probeDrain(run, visitors.batch.slice(0, PROBES), warmCost);
  await untilQuiet([product, silent, floor.floor], 20_000);

  progress('woken, first and batched visits');
  let windowAt = Date.now();
  const freshWindow = async (): Promise<void> => {
    if (Date.now() - windowAt < LONGEST_WINDOW_MS) return;
    await afterDrain(run);
    windowAt = Date.now();
  };
  product.takeLog();
  const woken = await measure(loader, [ours(visitors.woken), floorSide(visitors.woken)], plan('woken'));
  const wokenCost = visitCost(product.takeLog());
  await freshWindow();
  product.takeLog();
  const first = await measure(loader, [ours([]), floorSide([])], plan('first'));
  const firstCost = visitCost(product.takeLog());
  await freshWindow();
  for (const side of [ours(visitors.batch), floorSide(visitors.batch)]) await warmUp(side);
  product.takeLog();
  const batch = await measure(loader, [ours(visitors.batch), floorSide(visitors.batch)], plan('batch'));
  const batchCost = visitCost(product.takeLog());

  const counted: Counted = {
    warm: warmCost,
    woken: wokenCost,
    first: firstCost,
    batch: batchCost,
    drain,
    rollupOfOne: await rollupRows(product, 1),
    rollupOfThree: await rollupRows(product, 3),
    rollupOfTen: await rollupRows(product, 10),
  };
  return { results: { warm, woken, first, batch, decide }, counted };
}

/** Visitors with a history. The floor's objects of the same names are made, so that both sides wake what exists. */
async function seed({ loader, product, silent, floor }: Run): Promise<Visitors> {
  progress('seeding visitors with a history');
  const wokenCount = SIZE.rounds * SIZE.woken;
  const made = (side: Side, count: number) => runOnce(loader, side, { name: 'seed', count, connections: CONNECTIONS });
  const { tokens } = await made(sideOf('product', product, []), 2 * VISITORS + wokenCount);
  const silentWarm = (await made(sideOf('silent', silent, []), VISITORS)).tokens;
  await made({ label: 'floor', server: floor.floor, visitors: tokens, serverKey: 'none' }, tokens.length);
  return {
    warm: tokens.slice(0, VISITORS),
    batch: tokens.slice(VISITORS, 2 * VISITORS),
    woken: tokens.slice(2 * VISITORS),
    silentWarm,
  };
}

/**
 * What one drain writes: a visit, its alarm, and a visit again before the object is evicted, whose log line counts both. A drain always
 * writes the state, so no difference means that the object was gone: then nothing was observed, and nothing is claimed.
 */
async function probeDrain({ loader, product }: Run, visitors: readonly string[], visit: VisitCost): Promise<Rows> {
  progress('watching a few drains');
  const once = () =>
    runOnce(loader, sideOf('product', product, visitors), { name: 'warm', count: PROBES, connections: PROBES });
  await once();
  await new Promise((resolve) => setTimeout(resolve, DRAIN_DELAY_MS + 2000));
  product.takeLog();
  await once();
  const lines = product.takeLog().filter((line) => Number(line.rowsWritten) > visit.written);
  if (lines.length === 0) return { read: Number.NaN, written: Number.NaN };
  const both = visitCost(lines);
  return { read: both.read - visit.read, written: both.written - visit.written };
}

/** The alarms of everything written so far have run and their work is done; objects that only waited for that are evicted 10 s later. */
async function afterDrain({ product, silent, floor }: Run): Promise<void> {
  progress('waiting until everything is drained and idle');
  await new Promise((resolve) => setTimeout(resolve, DRAIN_DELAY_MS + 500));
  await untilQuiet([product, silent, floor.floor], 20_000);
}

function progress(text: string): void {
  console.error(`… ${text}`);
}

interface Target {
  readonly title: string;
  readonly met: boolean;
  readonly got: string;
}

function ratio(of: ReadonlyMap<string, Measured>, label = 'product'): number {
  return (of.get(label)?.perSecond ?? Number.NaN) / (of.get('floor')?.perSecond ?? Number.NaN);
}

function report(bundle: Bundle, results: Results, counted: Counted): void {
  console.log(
    `\n${SIZE.rounds} rounds, the sides taking turns; ${CONNECTIONS} connections; medians. Headline: the product as it ships, one log line a request. Load average at the start ${loadAtStart.toFixed(1)}${loadAtStart > 1 ? ': OTHERS ARE WORKING HERE, the ratios are rough' : ''}.\n`,
  );
  console.log(
    renderTable(
      ['case', 'side', 'requests/s', '× floor', 'p50 ms', 'p99 ms', 'p50 × floor', 'process CPU ms/request'],
      caseRows(results),
    ),
  );
  const floorCpu = cpuOf(results.warm, 'floor');
  console.log(
    `\nCPU of the workerd process per warm visit beyond the floor: ${digits(cpuOf(results.warm, 'product') - floorCpu)} ms (request log off: ${digits(cpuOf(results.warm, 'product, request log off') - floorCpu)} ms). Worker, object and runtime together.`,
  );
  const shapes = shapesOf(results, counted);
  console.log(`\n${renderRows(shapes)}\n`);
  for (const note of rowNotes(counted)) console.log(`- ${note}`);
  console.log(`\n${renderCost(shapes)}\n`);
  for (const note of COST_NOTES) console.log(`- ${note}`);
  const targets = targetsOf(bundle, results, counted, shapes);
  console.log(
    `\n${renderTable(
      ['target', 'measured', ''],
      targets.map(({ title, got, met }) => [title, got, met ? 'PASS' : 'MISS']),
    )}`,
  );
  if (flags.strict && targets.some(({ met }) => !met)) process.exitCode = 1;
}

const CASES: Readonly<Record<keyof Results, string>> = {
  warm: 'returning visitor, warm',
  woken: 'returning visitor, woken',
  first: 'first visit',
  batch: 'batch of 10 events',
  decide: 'decide only',
};

function caseRows(results: Results): string[][] {
  return (Object.keys(CASES) as (keyof Results)[]).flatMap((name) => {
    const floor = results[name].get('floor');
    return [...results[name]].map(([label, measured]) => [
      CASES[name],
      label,
      digits(measured.perSecond),
      digits(measured.perSecond / (floor?.perSecond ?? Number.NaN)),
      digits(measured.p50Ms),
      digits(measured.p99Ms),
      digits(measured.p50Ms / (floor?.p50Ms ?? Number.NaN)),
      digits(measured.cpuMs),
    ]);
  });
}

function cpuOf(of: ReadonlyMap<string, Measured>, label: string): number {
  return of.get(label)?.cpuMs ?? Number.NaN;
}

function shapesOf(results: Results, counted: Counted): readonly Shape[] {
  const single = {
    visit: counted.warm,
    cpuMs: cpuOf(results.warm, 'product') - cpuOf(results.warm, 'empty'),
    drain: counted.drain,
    eventsPerVisit: 1,
  };
  const batch = {
    visit: counted.batch,
    cpuMs: cpuOf(results.batch, 'product') - cpuOf(results.warm, 'empty'),
    drain: counted.drain,
    eventsPerVisit: 10,
  };
  return [
    { ...single, title: 'visit of 1, drained alone', visitsPerDrain: 1, rollup: counted.rollupOfOne },
    { ...single, title: '3 visits of 1 within a drain', visitsPerDrain: 3, rollup: counted.rollupOfThree },
    { ...batch, title: 'visit of 10, drained alone', visitsPerDrain: 1, rollup: counted.rollupOfTen },
  ];
}

function rowNotes({ warm, woken, first, batch, drain }: Counted): readonly string[] {
  const text = (rows: Rows) => `${rows.written} written, ${rows.read} read`;
  return [
    `commit, by the product's own cursors (its log line): warm ${text(warm)}; woken ${text(woken)}; first visit ${text(first)}, and 2 that making the other table writes, whose cursor is not seen; batch of 10 ${text(batch)}.`,
    `object hops per visit: ${warm.hops}.`,
    `alarm: setAlarm has no cursor; Cloudflare bills it as ${ASSUMED.rowsPerAlarm} row. One a drain window of ${DRAIN_DELAY_MS / 1000} s.`,
    `drain, by the log line of a visit that follows one: ${drain.written} written; it reads each fact once.`,
    `D1, by the meta of its answers: the product's rollup of a full batch of ${ASSUMED.messagesPerBatch} messages, divided by its events.`,
  ];
}

const COST_NOTES = [
  `Beyond what the plan includes; without stored bytes. Workers CPU is measured here, not there: the whole process beyond an empty Worker, so the object's part, which is not billed as CPU, is in it.`,
  `Assumed: object wall time ${ASSUMED.visitMs} ms a visit and ${ASSUMED.drainMs} ms a drain (idle objects that can hibernate are not billed), ${ASSUMED.queueOperationsPerMessage} operations a queue message, full queue batches of ${ASSUMED.messagesPerBatch}, an archive write and a compaction write each, one KV read of edge and object isolate per ${ASSUMED.visitsPerRefresh} visits.`,
];

function targetsOf(bundle: Bundle, results: Results, counted: Counted, shapes: readonly Shape[]): readonly Target[] {
  const atLeast = (title: string, got: number, least: number): Target => ({
    title: `${title} ≥ ${least} × floor`,
    met: got >= least,
    got: digits(got),
  });
  const atMost = (title: string, got: number, most: number): Target => ({
    title: `${title} ≤ ${most}`,
    met: got <= most,
    got: digits(got),
  });
  const allIn = (i: number) => (shapes[i] ? allInWritten(shapes[i]) : Number.NaN);
  return [
    atLeast('warm interact, throughput', ratio(results.warm), 0.8),
    atLeast('woken', ratio(results.woken), 0.7),
    atLeast('first visit', ratio(results.first), 0.6),
    atMost('object hops per visit', counted.warm.hops, 1),
    atMost('rows written in the commit of a visit', counted.warm.written, 2),
    atMost('rows written all-in, visit of 1 (3 in a drain window)', allIn(1), 4),
    atMost('rows written all-in, visit of 1 drained alone', allIn(0), 4),
    atMost('rows written all-in per event, batch of 10', allIn(2), 1.5),
    {
      title: 'Worker bundle ≤ 1 MB gzip',
      met: bundle.gzipBytes <= 1_000_000,
      got: `${(bundle.gzipBytes / 1000).toFixed(0)} kB (${(bundle.bytes / 1000).toFixed(0)} kB)`,
    },
  ];
}
