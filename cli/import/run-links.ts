import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import type { Instant } from '../../core/lib/ids.ts';
import { AckLedger } from '../replay/ack-ledger.ts';
import { Player } from '../replay/player.ts';
import { count, duration, showProgress } from '../replay/progress.ts';
import { queueEvent } from '../replay/queued-event.ts';
import { openSource, readRows, type SourceFile } from '../replay/read-rows.ts';
import { ReplayError } from '../replay/replay-error.ts';
import type { ReplaySurroundings } from '../replay/replay-options.ts';
import { SEND_SETTINGS, type SendSettings } from '../replay/send-batch.ts';
import { SendCounts } from '../replay/send-counts.ts';
import { increase, sum } from '../replay/tally.ts';
import { findTarget } from '../replay/target.ts';
import { linkEvent } from './link-event.ts';
import { missingLinkColumns, parseLink } from './parse-link.ts';

export interface LinksOptions {
  readonly file: string;
  readonly endpoint: string | undefined;
  readonly key: string | undefined;
  readonly encoding: 'utf8' | 'latin1' | undefined;
  readonly concurrency: number;
  /** Time of rows that say none; null: when the file was last written. */
  readonly atMs: number | null;
  /** Writes every refused row as NDJSON. */
  readonly refusedFile: string | null;
  readonly dryRun: boolean;
}

/** Refused rows that are printed; a file takes them all. */
const MAX_TOLD = 20;
const STOP_GRACE_MS = 10_000;

/**
 * Sends pairs of identities as events. Answers the exit code: 0 when every row was sent and taken, 1 when some were not, 130
 * when interrupted. Running it again changes nothing. Throws ReplayError for what a person has to put right first.
 */
export async function runLinks(
  options: LinksOptions,
  around: ReplaySurroundings,
  sending: SendSettings = SEND_SETTINGS,
): Promise<number> {
  const file = await openSource(options.file, {}, options.encoding);
  const target = options.dryRun ? null : await findTarget(options, around.env, around.stateDir);
  const defaultAt = Math.floor(options.atMs ?? (await stat(file.path)).mtimeMs) as Instant;
  const refusals = new Refusals(options.refusedFile, around.print);
  const startMs = around.nowMs();
  const counts = new SendCounts({}, [], ({ event, code, detail }) =>
    refusals.add(event.rows.first, code, detail === '' ? code : detail),
  );
  const reader = readRows(file, missingLinkColumns);
  const tally = { rows: 0, pairs: 0, bytesRead: reader.bytesRead };

  async function* events(): AsyncGenerator<ReturnType<typeof queueEvent>> {
    for await (const row of reader.rows) {
      if (around.stop.aborted) return;
      tally.rows++;
      const link = 'raw' in row ? parseLink(row.raw) : ({ ok: false, error: row.unreadable } as const);
      if (link.ok) yield queueEvent(linkEvent(link.value, row.row, defaultAt), tally.pairs++, 0);
      else refusals.add(row.row, 'notAPair', link.error);
    }
  }

  let failure: unknown = null;
  if (target === null) for await (const _ of events());
  else
    failure = await send(events(), { file, target, counts, tally, sending, concurrency: options.concurrency }, around);
  await refusals.close();
  for (const line of summary(tally, counts, refusals, around.nowMs() - startMs, options.dryRun)) around.print(line);
  if (failure !== null && !(failure instanceof ReplayError)) throw failure;
  if (failure !== null) around.print(failure.message);
  if (around.stop.aborted)
    around.print('Interrupted. Run the same command again: what has arrived is not stored twice.');
  if (around.stop.aborted) return 130;
  return failure !== null || refusals.total > 0 || counts.unavailable.size > 0 ? 1 : 0;
}

interface Sending {
  readonly file: SourceFile;
  readonly target: Awaited<ReturnType<typeof findTarget>>;
  readonly counts: SendCounts;
  readonly tally: { bytesRead(): number };
  readonly sending: SendSettings;
  readonly concurrency: number;
}

/** Answers what made it fail, or null. */
async function send(
  events: AsyncIterable<ReturnType<typeof queueEvent>>,
  { file, target, counts, tally, sending, concurrency }: Sending,
  around: ReplaySurroundings,
): Promise<unknown> {
  const source = { totalBytes: file.bytes, counts, bytesRead: tally.bytesRead, nowMs: around.nowMs };
  const progress = showProgress(source, around.isTerminal, around.print);
  const abort = new AbortController();
  const onStop = (): void => void setTimeout(() => abort.abort(), STOP_GRACE_MS).unref();
  around.stop.addEventListener('abort', onStop);
  const onRetry = (why: string): void => {
    if (counts.retries++ === 0) progress.note(`Trying again: ${why}.`);
  };
  const context = { target, settings: sending, stop: around.stop, abort: abort.signal, onRetry };
  const player = new Player(context, { concurrency, paced: false }, new AckLedger(0), counts, () => undefined);
  let failure: unknown = null;
  try {
    for await (const event of events) if (!(await player.offer(event))) break;
  } catch (error) {
    failure = error;
  }
  await player.finish().catch((error: unknown) => {
    failure ??= error;
  });
  progress.stop();
  around.stop.removeEventListener('abort', onStop);
  return failure;
}

/** Rows that were not taken, by us or by the endpoint, each with its line and the reason. */
class Refusals {
  readonly byCode = new Map<string, number>();
  readonly #print: (line: string) => void;
  readonly #file: ReturnType<typeof createWriteStream> | null;

  constructor(path: string | null, print: (line: string) => void) {
    this.#print = print;
    this.#file = path === null ? null : createWriteStream(path);
  }

  get total(): number {
    return sum(this.byCode);
  }

  add(row: number, code: string, reason: string): void {
    if (this.total < MAX_TOLD) this.#print(`row ${row} refused: ${reason}`);
    increase(this.byCode, code, 1);
    this.#file?.write(`${JSON.stringify({ row, code, reason })}\n`);
  }

  async close(): Promise<void> {
    const more = this.total - MAX_TOLD;
    if (more > 0)
      this.#print(`… and ${count(more)} more refused rows${this.#file ? '' : ' (--refused <file> lists all)'}`);
    if (!this.#file) return;
    this.#file.end();
    await finished(this.#file);
  }
}

function summary(
  tally: { readonly rows: number; readonly pairs: number },
  counts: SendCounts,
  refusals: Refusals,
  elapsedMs: number,
  dryRun: boolean,
): readonly string[] {
  const rows: readonly (readonly [string, string])[] = [
    ['rows', count(tally.rows)],
    ['pairs', count(tally.pairs)],
    ...(dryRun
      ? []
      : ([
          ['sent', count(counts.answered + counts.unavailable.size)],
          ['accepted', count(counts.accepted)],
          ['duplicates', count(counts.duplicates)],
        ] as const)),
    ['refused', count(refusals.total)],
    ...[...refusals.byCode].map(([code, n]) => [`  ${code}`, count(n)] as const),
    ...(counts.unavailable.size > 0 ? [['unavailable, not stored', count(counts.unavailable.size)] as const] : []),
    ['elapsed', duration(elapsedMs)],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`);
  return ['', ...lines, ...(dryRun ? ['', 'Dry run: nothing was sent.'] : [])];
}
