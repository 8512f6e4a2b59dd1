import { digits, median, renderTable } from '../stats.ts';
import type { CaseResult } from './case-process.ts';
import type { Footprints } from './footprint.ts';
import { ratioOf, type Times } from './measure.ts';
import {
  BUNDLE_MUST,
  CASES,
  type CaseName,
  COLD_MUST,
  GROWTH_MUST,
  HEAP_BYTES_MUST,
  HONEST,
  RATIO_TARGETS,
  type RatioTarget,
  SEGMENTS,
  STATE_BYTES_MUST,
  TABLE_RATIO,
  TOLERANCE,
} from './targets.ts';

/** Everything that one seed gave. */
export interface SeedResult {
  readonly seed: number;
  readonly node: Partial<Readonly<Record<CaseName, CaseResult>>>;
  readonly workerd: Partial<Readonly<Record<CaseName, Times>>>;
  readonly footprints: Footprints;
  /** T13. */
  readonly agreed: boolean;
}

/** One line of the table of targets. */
export interface TargetRow {
  readonly id: string;
  readonly what: string;
  /** NaN: not measured. */
  readonly got: number;
  readonly must: number;
  readonly atMost: boolean;
  readonly met: boolean;
}

/** ns per operation, or per segment where an operation is many of them. */
export function renderTimes({ node, workerd }: SeedResult): string {
  const rows = CASES.flatMap((name) => {
    const result = node[name];
    const lines = result ? timeRows(name, 'Node', result.times) : [];
    const inWorkerd = workerd[name];
    return inWorkerd ? [...lines, ...timeRows(name, 'workerd', inWorkerd)] : lines;
  });
  return renderTable(['case', 'runtime', 'side', 'ns', 'unit', '× closure'], rows);
}

function timeRows(name: CaseName, runtime: string, times: Times): string[][] {
  const segments = SEGMENTS[name];
  return Object.entries(times).map(([label, rounds]) => [
    name,
    runtime,
    label,
    digits(median(rounds) / (segments ?? 1)),
    segments === null ? 'operation' : 'segment',
    digits(ratioOf(times, label, 'closure')),
  ]);
}

/** Is the baseline an honest one? GrowthBook ÷ closure against the specification's. */
export function renderHonesty({ node }: SeedResult): string {
  const rows = CASES.flatMap((name) => {
    const times = node[name]?.times;
    if (!times) return [];
    const got = ratioOf(times, 'growthbook', 'closure');
    const against = got / TABLE_RATIO[name];
    const fits = against >= HONEST.least && against <= HONEST.most;
    return [[name, digits(got), digits(TABLE_RATIO[name]), digits(against), fits ? 'yes' : 'NO']];
  });
  return renderTable(['case', 'GrowthBook ÷ closure', 'in the table', 'quotient', '0.8 to 1.5'], rows);
}

export function renderShapes({ node }: SeedResult): string {
  const lines = CASES.flatMap((name) => {
    const shape = Object.entries(node[name]?.shape ?? {});
    return shape.length === 0
      ? []
      : [`- ${name}: ${shape.map(([what, value]) => `${what} ${digits(value)}`).join(', ')}`];
  });
  return lines.join('\n');
}

/** T11, and what is not in it. */
export function renderExtras({ footprints: { numbers, extras } }: SeedResult): string {
  if (numbers.gzipBytes === undefined) return '';
  const rows = Object.entries(extras).map(([name, bytes]) => [name, digits(bytes)]);
  return renderTable(
    ['bundle', 'bytes gzip'],
    [
      ['small engine (T11)', digits(numbers.gzipBytes)],
      ...rows.map(([name = '', bytes = '']) => [`with ${name}`, `+ ${bytes}`]),
    ],
  );
}

export function targetRows(result: SeedResult): readonly TargetRow[] {
  const { node, agreed } = result;
  const footprints = result.footprints.numbers;
  const most = (id: string, what: string, got: number | undefined, must: number) => row(id, what, got, must, true);
  return [
    ...RATIO_TARGETS.map((target) => ratioRow(target, result)),
    most('T3', 'W2x10 ÷ W2, ns per segment', growth(result), GROWTH_MUST),
    most('T8', 'bytes of the state', node.state?.shape.bytes, STATE_BYTES_MUST),
    most('T10', 'load of 1,000 segments, ms', footprints.loadMs, COLD_MUST.loadMs),
    most('T10', 'first evaluation, ms', footprints.firstMs, COLD_MUST.firstMs),
    most('T10', 'evaluations 2 to 21, us', footprints.evals2To21Us, COLD_MUST.evals2To21Us),
    most('T11', 'small engine, bytes gzip', footprints.gzipBytes, BUNDLE_MUST.gzipBytes),
    most('T11', 'import, CPU ms', footprints.importMs, BUNDLE_MUST.importMs),
    most('T12', 'heap, bytes per segment', footprints.bytesPerSegment, HEAP_BYTES_MUST),
    row('T13', 'same members as closure and GrowthBook, no code from strings', agreed ? 1 : 0, 1, false),
  ].sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
}

function ratioRow(target: RatioTarget, { node, workerd }: SeedResult): TargetRow {
  const times = target.runtime === 'node' ? node[target.case]?.times : workerd[target.case];
  const atMost = target.versus === 'closure';
  const [of, to] = atMost ? [target.ours, 'closure'] : ['growthbook', target.ours];
  const what = `${target.case}: ${of} ÷ ${to}${target.runtime === 'workerd' ? ', workerd' : ''}`;
  return row(target.id, what, ratioOf(times ?? {}, of, to), target.must, atMost);
}

function growth({ node }: SeedResult): number | undefined {
  const [large, small] = [node.W2x10?.times.ours, node.W2?.times.ours];
  return large && small ? median(large) / 10_000 / (median(small) / 1000) : undefined;
}

function row(id: string, what: string, got: number | undefined, must: number, atMost: boolean): TargetRow {
  const value = got ?? Number.NaN;
  return { id, what, got: value, must, atMost, met: atMost ? value <= must : value >= must };
}

export function renderTargets(rows: readonly TargetRow[]): string {
  return renderTable(
    ['target', 'what', 'measured', 'must', 'met'],
    rows.map(({ id, what, got, must, atMost, met }) => [
      id,
      what,
      digits(got),
      `${atMost ? '≤' : '≥'} ${digits(must)}`,
      Number.isNaN(got) ? '–' : met ? 'yes' : 'NO',
    ]),
  );
}

/** Missed by so much that it is not the machine. What was not measured has not failed. */
export function failed(rows: readonly TargetRow[]): readonly TargetRow[] {
  return rows.filter(({ got, must, atMost }) => {
    if (Number.isNaN(got)) return false;
    return atMost ? got > must * TOLERANCE : got < must / TOLERANCE;
  });
}
