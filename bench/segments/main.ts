import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type Loader, startLoader } from '../load.ts';
import { type Measured, measure, runOnce, type Side } from '../measure.ts';
import { visitCost } from '../rows.ts';
import { bundleProduct, type Product, startProduct, untilQuiet } from '../servers.ts';
import { digits, median, renderTable } from '../stats.ts';
import { type Checked, checkAnswers } from './check.ts';
import { publishSegments } from './operator.ts';
import { type BenchSegment, fewSegments, manySegments } from './rules.ts';
import { sendServerEvents } from './visitors.ts';

const MUST = 0.95;
const CONNECTIONS = 16;
const VISITORS = 128;
const DRAIN_DELAY_MS = 15_000;
/** A round begins only while the first drain of the visits before it is still far away. */
const LONGEST_WINDOW_MS = 7000;
/** Each is compared with plain closures: every so manieth of the many. */
const CHECK_EVERY = 20;

interface Option {
  readonly label: string;
  readonly segments: readonly BenchSegment[];
  readonly product: Product;
}

/** `npm run bench -- segments`. The exit code: 1 when an answer is wrong, or with `--strict` when the target is missed. */
export async function runSegmentsBench(args: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean', default: false }, strict: { type: 'boolean', default: false } },
  });
  const size = flags.quick ? { rounds: 3, count: 256 } : { rounds: 5, count: 768 };
  const load = loadavg()[0] ?? 0;
  const startedAt = Date.now();
  const many = manySegments();
  const few = fewSegments(many);
  const bundle = await bundleProduct();
  const loader = startLoader();
  const options: Option[] = [];
  try {
    for (const segments of [few, many]) {
      progress(`publishing ${segments.length} segments`);
      const product = await startProduct(bundle, 'all', (platform) => publishSegments(platform, segments, few));
      options.push({ label: `${segments.length} segments`, segments, product });
    }
    const sides: Side[] = [];
    for (const option of options) sides.push(await seededSide(loader, option));
    const checked = [];
    progress('checking answers');
    for (const { product, segments } of options) checked.push(await checkAnswers(product, 1, sampled(segments)));
    const rounds = await runRounds(loader, options, sides, size);
    return report(options, rounds, checked, { load, strict: flags.strict, startedAt });
  } finally {
    loader.stop();
    await Promise.all(options.map(({ product }) => product.platform.stop()));
    await bundle.remove();
  }
}

function sampled(segments: readonly BenchSegment[]): readonly BenchSegment[] {
  return segments.length <= CHECK_EVERY ? segments : segments.filter((_, i) => i < 8 || i % CHECK_EVERY === 0);
}

async function seededSide(loader: Loader, { label, product }: Option): Promise<Side> {
  progress(`${label}: visitors with a history and attributes`);
  const side = { label, server: product, visitors: [], serverKey: product.serverKey };
  const { tokens } = await runOnce(loader, side, { name: 'seed', count: VISITORS, connections: CONNECTIONS });
  await sendServerEvents(product, tokens);
  return { ...side, visitors: tokens };
}

type Round = ReadonlyMap<string, Measured>;

/** The sides take turns; drains are not in the measured times, unless the machine is so busy that a round takes longer than they wait. */
async function runRounds(
  loader: Loader,
  options: readonly Option[],
  sides: readonly Side[],
  { rounds, count }: { readonly rounds: number; readonly count: number },
): Promise<readonly Round[]> {
  const done: Round[] = [];
  let windowAt = 0;
  for (let round = 0; round < rounds; round++) {
    if (Date.now() - windowAt > LONGEST_WINDOW_MS) {
      progress(`round ${round + 1}, when everything is drained`);
      await new Promise((resolve) => setTimeout(resolve, DRAIN_DELAY_MS + 500));
      await untilQuiet(
        options.map(({ product }) => product),
        20_000,
      );
      windowAt = Date.now();
      for (const side of sides)
        await runOnce(loader, side, { name: 'warm', count: VISITORS, connections: CONNECTIONS });
      if (round === 0) for (const { product } of options) product.takeLog();
    }
    const order = round % 2 === 0 ? sides : [...sides].reverse();
    done.push(await measure(loader, order, { name: 'warm', rounds: 1, count, connections: CONNECTIONS }));
  }
  return done;
}

function report(
  options: readonly Option[],
  rounds: readonly Round[],
  checked: readonly Checked[],
  { load, strict, startedAt }: { readonly load: number; readonly strict: boolean; readonly startedAt: number },
): number {
  const crowd = load > 1 ? ': OTHERS ARE WORKING HERE, the ratio is rough' : '';
  console.log(
    `\nOne product.viewed and two placements; ${VISITORS} visitors with 40 attributes, 42 events; ${rounds.length} rounds, the sides taking turns; ${CONNECTIONS} connections; medians. Load average at the start ${load.toFixed(1)}${crowd}.\n`,
  );
  const of = (label: string, member: 'perSecond' | 'p50Ms' | 'p99Ms' | 'cpuMs') =>
    rounds.map((round) => round.get(label)?.[member] ?? Number.NaN);
  const columns = ['side', 'requests/s', 'p50 ms', 'p99 ms', 'process CPU ms/request', 'rows written', 'rows read'];
  const rows = options.map(({ label, product }) => {
    const cost = visitCost(product.takeLog());
    const [perSecond, p50, p99] = (['perSecond', 'p50Ms', 'p99Ms'] as const).map((member) => median(of(label, member)));
    const cpu = median(of(label, 'cpuMs'));
    return [label, ...[perSecond ?? 0, p50 ?? 0, p99 ?? 0, cpu, cost.written, cost.read].map(digits)];
  });
  console.log(renderTable(columns, rows));
  for (const [i, { asked, members, wrong, offers }] of checked.entries())
    console.log(
      `\n${options[i]?.label}: ${asked - wrong.length} of ${asked} memberships as plain closures say (${members} hold); ${offers}${wrong.length === 0 ? '' : `; WRONG: ${wrong.join(', ')}`}`,
    );
  const [few, many] = options.map(({ label }) => label);
  const ratios = (member: 'perSecond' | 'cpuMs') => {
    const base = of(few ?? '', member);
    return of(many ?? '', member).map((value, i) => value / (base[i] ?? Number.NaN));
  };
  const throughput = ratios('perSecond');
  const ratio = median(throughput);
  const isRight = checked.every(({ wrong, offers }) => wrong.length === 0 && offers === checked[0]?.offers);
  const each = throughput.map(digits).join(', ');
  console.log(
    `\n${renderTable(
      ['target', 'measured', ''],
      [
        [`throughput of ${many} ≥ ${MUST} × ${few}`, digits(ratio), ratio >= MUST ? 'PASS' : 'MISS'],
        ['both answers are right', isRight ? 'yes' : 'no', isRight ? 'PASS' : 'MISS'],
      ],
    )}\n\nEach round: ${each}. Process CPU: ${digits(median(ratios('cpuMs')))} ×.\n${((Date.now() - startedAt) / 1000).toFixed(0)} s`,
  );
  return !isRight || (strict && ratio < MUST) ? 1 : 0;
}

function progress(text: string): void {
  console.error(`… ${text}`);
}
