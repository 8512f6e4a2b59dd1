import { stat } from 'node:fs/promises';
import { limit } from '../../../core/lib/limits.ts';
import { packNeighbours } from '../../../core/model/recommend/neighbours-part.ts';
import { SimilarItems } from '../../../core/model/recommend/similar.ts';
import { describeItemProblem } from '../../../core/source/catalogue/item-problem.ts';
import { parseItem } from '../../../core/source/catalogue/parse-item.ts';
import { count, duration } from '../../replay/progress.ts';
import { ReplayError } from '../../replay/replay-error.ts';
import { increase, sum } from '../../replay/tally.ts';
import { FeedBroken, type FeedRow } from './feed-row.ts';
import { ItemSpool, type RepeatedId } from './item-spool.ts';
import { PartFile } from './part-file.ts';
import { CSV_LINE_LENGTH, readCsv } from './read-csv.ts';
import { type FeedEncoding, readLines, readText } from './read-lines.ts';
import { readMerchantXml } from './read-merchant-xml.ts';
import { readNdjson } from './read-ndjson.ts';
import { RowRefusals } from './row-refusals.ts';

export const FEED_FORMATS = ['csv', 'ndjson', 'merchant-xml'] as const;
export type FeedFormat = (typeof FEED_FORMATS)[number];

export interface CatalogueOptions {
  readonly file: string;
  /** Undefined: by the file's ending. */
  readonly format: FeedFormat | undefined;
  readonly encoding: FeedEncoding;
  /** ISO 4217; null: that of the first good row. */
  readonly currency: string | null;
  readonly out: string | null;
  readonly refusedFile: string | null;
  /** Writes what could be read of a file that breaks off. */
  readonly partial: boolean;
  readonly dryRun: boolean;
}

export interface CatalogueSurroundings {
  readonly stop: AbortSignal;
  nowMs(): number;
  print(line: string): void;
}

/** Repeated ids that are printed. */
const MAX_TOLD = 20;

/**
 * Reads a catalogue and writes it as parts. Answers the exit code: 0 when every row was taken, 1 when some were not, 130 when interrupted. Throws
 * ReplayError for what a person has to put right first.
 */
export async function runCatalogue(options: CatalogueOptions, around: CatalogueSurroundings): Promise<number> {
  const format = options.format ?? formatOf(options.file);
  if (!(await stat(options.file).catch(() => null))?.isFile())
    throw new ReplayError(`There is no file ${options.file}.`);
  if (options.out === null && !options.dryRun)
    throw new ReplayError('Say where the parts are to go: --out parts.ndjson; or --dry-run to check only.');
  const startMs = around.nowMs();
  const refusals = new RowRefusals(options.refusedFile, around.print);
  const spool = await ItemSpool.open();
  const parts = new PartFile(options.dryRun ? null : options.out);
  try {
    const read = await readItems(options, format, spool, refusals, around.stop);
    if (around.stop.aborted) {
      around.print('Interrupted. Nothing was written.');
      return 130;
    }
    const repeated = { ids: 0, rows: 0 };
    const items = await spool.end(({ id, lines }: RepeatedId) => {
      repeated.rows += lines.length - 1;
      if (++repeated.ids > MAX_TOLD) return;
      around.print(`id ${id} stands on lines ${lines.slice(-5).join(', ')}: the last one counts`);
    });
    if (items > limit('catalogueItems'))
      throw new ReplayError(
        `${count(items)} items; a catalogue holds up to ${count(limit('catalogueItems'))}. Nothing was written.`,
      );
    const similar = new SimilarItems();
    for await (const item of spool.items()) similar.add(item);
    for await (const part of spool.parts(read.currency ?? '')) await parts.add(`catalogue/${part.shard}`, part);
    for (const part of packNeighbours('similar', similar.lists()))
      await parts.add(`neighbours/${part.kind}/${part.shard}`, part);
    const writes = items > 0 && !options.dryRun && (!read.isBroken || options.partial);
    if (writes) await parts.commit();
    await refusals.close();
    const figures = { ...read, items, repeated, writes, elapsedMs: around.nowMs() - startMs };
    for (const line of summary(figures, refusals, parts, options)) around.print(line);
    return refusals.total > 0 || items === 0 ? 1 : 0;
  } finally {
    await parts.abandon();
    await spool.remove();
  }
}

interface Read {
  readonly rows: number;
  /** ISO 4217; null: no row was good. */
  readonly currency: string | null;
  /** Fields that items were taken without, by name. */
  readonly leftOut: ReadonlyMap<string, number>;
  /** The rest of the file could not be read. */
  readonly isBroken: boolean;
}

/** Rows until the end of the file, or until what cannot be read on; what was good before it stays. */
async function readItems(
  options: CatalogueOptions,
  format: FeedFormat,
  spool: ItemSpool,
  refusals: RowRefusals,
  stop: AbortSignal,
): Promise<Read> {
  let rows = 0;
  let currency = options.currency;
  let isBroken = false;
  const leftOut = new Map<string, number>();
  try {
    for await (const row of openFeed(options.file, format, options.encoding)) {
      if (stop.aborted) break;
      rows++;
      if ('unreadable' in row) {
        refusals.add(row.line, 'unreadable', row.unreadable);
        continue;
      }
      const parsed = parseItem(row.row, currency);
      if (!parsed.ok) {
        refusals.add(row.line, parsed.error.kind, describeItemProblem(parsed.error));
        continue;
      }
      currency ??= parsed.value.item.price.currency;
      for (const name of parsed.value.leftOut) increase(leftOut, name, 1);
      await spool.add(parsed.value.item, row.line);
    }
  } catch (error) {
    if (!(error instanceof FeedBroken)) throw error;
    isBroken = true;
    refusals.add(error.line, 'broken', `reading ends here: ${error.message}`);
  }
  return { rows, currency, leftOut, isBroken };
}

function openFeed(file: string, format: FeedFormat, encoding: FeedEncoding): AsyncIterable<FeedRow> {
  const texts = readText(file, encoding);
  switch (format) {
    case 'csv':
      return readCsv(readLines(texts, CSV_LINE_LENGTH), /\.tsv$/i.test(file) ? '\t' : ',');
    case 'ndjson':
      return readNdjson(readLines(texts, limit('catalogueRowBytes')));
    case 'merchant-xml':
      return readMerchantXml(texts);
  }
}

function formatOf(file: string): FeedFormat {
  if (/\.(csv|tsv|txt)$/i.test(file)) return 'csv';
  if (/\.(ndjson|jsonl)$/i.test(file)) return 'ndjson';
  if (/\.(xml|rss|atom)$/i.test(file)) return 'merchant-xml';
  throw new ReplayError(`What is ${file}? Say --format ${FEED_FORMATS.join(' | ')}.`);
}

interface Figures extends Read {
  readonly items: number;
  readonly repeated: { readonly ids: number; readonly rows: number };
  readonly writes: boolean;
  readonly elapsedMs: number;
}

function summary(
  { rows, currency, leftOut, items, repeated, elapsedMs, writes }: Figures,
  refusals: RowRefusals,
  parts: PartFile,
  options: CatalogueOptions,
): readonly string[] {
  const left = [...leftOut].sort((a, b) => b[1] - a[1]).slice(0, 5);
  const figures: readonly (readonly [string, string])[] = [
    ['rows', count(rows)],
    ['items', `${count(items)}${currency === null ? '' : ` in ${currency}`}`],
    ['refused', count(refusals.total)],
    ...[...refusals.byKind].map(([kind, n]) => [`  ${kind}`, count(n)] as const),
    ['repeated', `${count(repeated.rows)} rows of ${count(repeated.ids)} ids: the last one counts`],
    ...(left.length === 0
      ? []
      : [
          [
            'fields left out',
            `${count(sum(leftOut))}: ${left.map(([name, n]) => `${name} (${count(n)})`).join(', ')}`,
          ] as const,
        ]),
    ['parts', `${count(parts.names.length)}, ${count(parts.bytes)} bytes, the largest ${count(parts.largest)}`],
    ['elapsed', duration(elapsedMs)],
  ];
  const width = Math.max(...figures.map(([label]) => label.length));
  const end = options.dryRun
    ? 'Dry run: nothing was written.'
    : writes
      ? `Written to ${options.out}.`
      : items === 0
        ? 'No item is good: nothing was written.'
        : 'The file breaks off, so the rest of the catalogue would be lost: nothing was written. --partial writes what was read.';
  return ['', ...figures.map(([label, value]) => `${label.padEnd(width)}  ${value}`), '', end];
}
