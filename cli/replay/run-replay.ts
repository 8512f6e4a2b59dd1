import { parseInstant } from '../../core/lib/instant.ts';
import { AckLedger } from './ack-ledger.ts';
import type { Checkpoint } from './checkpoint.schema.ts';
import { CheckpointStore } from './checkpoint-store.ts';
import { type LoadedMapping, loadMapping } from './load-mapping.ts';
import { findLastInstant, type MappedFile, mapFile, type Selection } from './map-file.ts';
import { pause } from './pause.ts';
import { Player } from './player.ts';
import { count, showProgress } from './progress.ts';
import { queueEvent } from './queued-event.ts';
import { openSource, type SourceFile } from './read-rows.ts';
import { ReplayError } from './replay-error.ts';
import type { ReplayOptions, ReplaySurroundings } from './replay-options.ts';
import { Pace, shiftToNow } from './schedule.ts';
import { SEND_SETTINGS, type SendSettings } from './send-batch.ts';
import { SendCounts } from './send-counts.ts';
import { describeSummary, exitCodeOf, type Summary } from './summary.ts';
import { findTarget, targetFingerprint } from './target.ts';

const CHECKPOINT_EVERY_MS = 2_000;
/** After a stop, requests under way have this long to be answered. */
const STOP_GRACE_MS = 10_000;

/** Plays a file. Answers the exit code; throws ReplayError for what a person has to put right before anything is sent. */
export async function runReplay(
  options: ReplayOptions,
  around: ReplaySurroundings,
  sending: SendSettings = SEND_SETTINGS,
): Promise<number> {
  const loaded = await loadMapping(options.mapping);
  const file = await openSource(options.file, loaded.compiled.mapping, options.encoding);
  const selection: Selection = { fromMs: options.fromMs, toMs: options.toMs, limit: options.limit };
  if (options.dryRun) return dryRun(mapFile(file, loaded.compiled, selection), options, around);

  const target = await findTarget(options, around.env, around.stateDir);
  const store = new CheckpointStore(around.stateDir, file, loaded.text);
  const settings: Settings = {
    version: 1,
    file: file.path,
    mapping: loaded.compiled.mapping.name,
    target: targetFingerprint(target),
    fromMs: options.fromMs,
    toMs: options.toMs,
    encoding: file.encoding,
  };
  const resumed = options.restart ? null : await findResumable(store, settings, options.shiftToNow, around);
  const shiftMs = options.shiftToNow
    ? (resumed?.shiftMs ?? (await measureShift(file, loaded, selection, around)))
    : null;

  const ledger = new AckLedger(resumed?.done ?? 0);
  const owed: ReadonlySet<number> = new Set(resumed?.unavailable);
  const counts = new SendCounts(resumed?.refused, resumed?.unavailable);
  const checkpoint = (): Checkpoint => ({
    ...settings,
    shiftMs,
    done: ledger.done,
    unavailable: [...counts.unavailable].filter((ordinal) => ordinal < ledger.done),
    refused: Object.fromEntries(counts.refused),
  });
  const startMs = around.nowMs();
  let savedMs = startMs;
  const onSettled = (): void => {
    if (around.nowMs() - savedMs < CHECKPOINT_EVERY_MS) return;
    savedMs = around.nowMs();
    void store.save(checkpoint());
  };

  const mapped = mapFile(file, loaded.compiled, selection);
  const progress = showProgress(
    { totalBytes: file.bytes, counts, bytesRead: mapped.bytesRead, nowMs: around.nowMs },
    around.isTerminal,
    around.print,
  );
  const abort = new AbortController();
  const onStop = (): void => void setTimeout(() => abort.abort(), STOP_GRACE_MS).unref();
  around.stop.addEventListener('abort', onStop);
  let lastWhy = '';
  const onRetry = (why: string): void => {
    counts.retries++;
    if (why !== lastWhy) progress.note(`Trying again: ${why}.`);
    lastWhy = why;
  };
  const player = new Player(
    { target, settings: sending, stop: around.stop, abort: abort.signal, onRetry },
    { concurrency: options.concurrency, paced: options.speed !== null },
    ledger,
    counts,
    onSettled,
  );
  let state: Summary['state'] = 'complete';
  let failure: unknown = null;
  try {
    await play(mapped, player, shiftMs ?? 0, options.speed, { done: ledger.done, owed }, around);
  } catch (error) {
    failure = error;
    state = 'failed';
  } finally {
    await player.finish().catch((error: unknown) => {
      failure ??= error;
      state = 'failed';
    });
    progress.stop();
    around.stop.removeEventListener('abort', onStop);
  }
  if (state === 'complete' && around.stop.aborted) state = 'interrupted';

  const summary: Summary = {
    tally: mapped.tally,
    outside: mapped.outside(),
    counts,
    before: (resumed?.done ?? 0) - owed.size,
    elapsedMs: around.nowMs() - startMs,
    state,
  };
  if (state === 'complete' && counts.unavailable.size === 0) await store.remove();
  else await store.save(checkpoint());
  for (const line of [...mapped.tally.told, ...counts.told, '', ...describeSummary(summary)]) around.print(line);
  if (failure !== null && !(failure instanceof ReplayError)) throw failure;
  for (const line of verdict(summary, failure, store.path, ledger.done, options.strict)) around.print(line);
  return exitCodeOf(summary, options.strict);
}

type Settings = Omit<Checkpoint, 'shiftMs' | 'done' | 'unavailable' | 'refused'>;

async function play(
  mapped: MappedFile,
  player: Player,
  shiftMs: number,
  speed: number | null,
  resume: { readonly done: number; readonly owed: ReadonlySet<number> },
  around: ReplaySurroundings,
): Promise<void> {
  const pace = speed === null ? null : new Pace(speed);
  let ordinal = -1;
  for await (const event of mapped.events) {
    if (around.stop.aborted) return;
    ordinal++;
    if (ordinal < resume.done && !resume.owed.has(ordinal)) continue;
    if (pace && !(await pause(pace.waitMs(event.at, around.nowMs()), around.stop))) return;
    if (!(await player.offer(queueEvent(event, ordinal, shiftMs)))) return;
  }
}

async function findResumable(
  store: CheckpointStore,
  settings: Settings,
  shifts: boolean,
  around: ReplaySurroundings,
): Promise<Checkpoint | null> {
  const found = await store.load();
  if (!found) return null;
  const differs = (Object.keys(settings) as (keyof Settings)[]).filter(
    (name) => name !== 'file' && found[name] !== settings[name],
  );
  if ((found.shiftMs !== null) !== shifts) differs.push('mapping');
  if (differs.length > 0) {
    around.print(
      'An interrupted replay of this file had another endpoint, key or other options (--from, --to, --encoding, --shift-to-now): starting from the beginning. What has arrived there is not stored twice.',
    );
    return null;
  }
  around.print(
    `Going on after ${count(found.done)} events of an interrupted replay${found.unavailable.length > 0 ? `, ${count(found.unavailable.length)} of which are owed` : ''} (--restart begins anew).`,
  );
  return found;
}

async function measureShift(
  file: SourceFile,
  loaded: LoadedMapping,
  selection: Selection,
  around: ReplaySurroundings,
): Promise<number> {
  const { span } = loaded.compiled.mapping;
  const whole = selection.fromMs === null && selection.toMs === null && selection.limit === null;
  const declared = whole && span ? parseInstant(span.to) : null;
  const last = declared ?? (await findLastInstant(file, loaded.compiled, selection));
  if (last === null)
    throw new ReplayError('There is nothing to shift: the selection holds no event. Look at it with `replay preview`.');
  return shiftToNow(last, around.nowMs());
}

async function dryRun(mapped: MappedFile, options: ReplayOptions, around: ReplaySurroundings): Promise<number> {
  const startMs = around.nowMs();
  for await (const _ of mapped.events) if (around.stop.aborted) break;
  const state = around.stop.aborted ? 'interrupted' : 'complete';
  const summary: Summary = {
    tally: mapped.tally,
    outside: mapped.outside(),
    counts: null,
    before: 0,
    elapsedMs: around.nowMs() - startMs,
    state,
  };
  for (const line of [...mapped.tally.told, '', ...describeSummary(summary), '', 'Dry run: nothing was sent.'])
    around.print(line);
  return exitCodeOf(summary, options.strict);
}

function verdict(summary: Summary, failure: unknown, path: string, done: number, strict: boolean): readonly string[] {
  const position = `The position (${count(done)} events) is saved in ${path}. Run the same command again to go on; --restart begins anew.`;
  if (failure instanceof ReplayError) return ['', failure.message, position];
  if (summary.state === 'interrupted') return ['', 'Interrupted.', position];
  const lines: string[] = [];
  const { tally, counts } = summary;
  if (tally.rowsLost > 0)
    lines.push(
      `${count(tally.rowsLost)} rows could not be mapped and were not sent: put the file or the mapping right and run again; what has arrived is not stored twice.`,
    );
  if (counts && counts.unavailable.size > 0)
    lines.push(
      `${count(counts.unavailable.size)} events were not stored: run the same command again, it sends only these.`,
    );
  if (counts && counts.refusedTotal > 0)
    lines.push(`${count(counts.refusedTotal)} events were refused by rule${strict ? ' (--strict)' : ''}.`);
  return lines.length > 0 ? ['', ...lines] : [];
}
