import { parseArgs } from 'node:util';
import { openCatalogue } from '../../core/model/recommend/catalogue.ts';
import { packCatalogue } from '../../core/model/recommend/catalogue-part.ts';
import { digits, renderTable } from '../stats.ts';
import { makeBaskets, readBaskets } from './baskets.ts';
import { type Evaluation, evaluate, itemOf } from './evaluate.ts';

/** Fewer questions say nothing: one hit would be a percent or more. */
const MIN_ASKED = 200;

/** `npm run bench -- recommend [--file online_retail.csv] [--strict]`. The exit code: with `--strict` 1 when a target is missed. */
export async function runRecommendBench(args: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({
    args: [...args],
    options: { file: { type: 'string' }, strict: { type: 'boolean', default: false } },
  });
  const made = evaluate(makeBaskets(12_000, 7));
  const runs: (readonly [string, Evaluation])[] = [['made orders, seed 7', made]];
  if (flags.file !== undefined) runs.push(['the file', evaluate(await readBaskets(flags.file))]);
  const pct = (share: number): string => `${(100 * share).toFixed(1)} %`;
  console.log(
    renderTable(
      [
        'left-out item among ten',
        'learned from',
        'asked',
        'popular',
        'cosine',
        'G²',
        'lift',
        'cosine, then popular',
        'µs each',
      ],
      runs.map(([name, of]) => [
        name,
        String(of.trained),
        String(of.asked),
        pct(of.popular),
        pct(of.together.cosine),
        pct(of.together.logLikelihood),
        pct(of.together.lift),
        pct(of.chain),
        digits(of.microsecondsEach),
      ]),
    ),
  );
  const memory = catalogueMemory(100_000);
  console.log(
    `\n100,000 items: ${memory.parts} parts, ${digits(memory.partMb)} MB of JSON, ${digits(memory.heldMb)} MB when open.`,
  );
  const judged = runs.filter(([, of]) => of.asked >= MIN_ASKED);
  const met = judged.every(([, of]) => of.chain > of.popular);
  console.log(
    `\nmore hits than the list of what is popular (runs with ${MIN_ASKED} questions or more): ${met ? 'PASS' : 'MISS'}`,
  );
  return flags.strict && !met ? 1 : 0;
}

/** Heap that a catalogue takes once its parts are parsed and opened. Meaningful with `--expose-gc` only; else an upper estimate. */
function catalogueMemory(items: number): { readonly parts: number; readonly partMb: number; readonly heldMb: number } {
  const texts = packedTexts(items);
  const collect = (globalThis as { gc?: () => void }).gc;
  const held = (): number => {
    // One pass leaves behind what only finalisers let go.
    for (let i = 0; i < 3; i++) collect?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = held();
  const opened = openCatalogue(texts.map((text) => JSON.parse(text) as Parameters<typeof openCatalogue>[0][number]));
  const after = held();
  if (!opened.ok || opened.value.size !== items) throw new Error('the catalogue does not open');
  return {
    parts: texts.length,
    partMb: texts.reduce((sum, text) => sum + text.length, 0) / 1e6,
    heldMb: (after - before) / 1e6,
  };
}

/** A call of its own: what it works with must be gone before memory is looked at. */
function packedTexts(items: number): readonly string[] {
  return packCatalogue(Array.from({ length: items }, (_, i) => itemOf(`sku-${i}`))).map((part) => JSON.stringify(part));
}
