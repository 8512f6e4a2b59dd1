/// <reference path="./cli-progress.d.ts" />
import { SingleBar } from 'cli-progress';
import type { SendCounts } from './send-counts.ts';

/** How often a log gets a line when there is no terminal. */
const PLAIN_EVERY_MS = 5_000;
const BAR_EVERY_MS = 100;

export interface ProgressSource {
  readonly totalBytes: number;
  readonly counts: SendCounts;
  bytesRead(): number;
  nowMs(): number;
}

/** Shows how far the file is: a bar on a terminal, plain lines elsewhere. */
export interface Progress {
  note(line: string): void;
  stop(): void;
}

export function showProgress(source: ProgressSource, isTerminal: boolean, print: (line: string) => void): Progress {
  const startMs = source.nowMs();
  const figures = (): Readonly<Record<string, string>> => {
    const { counts } = source;
    const seconds = Math.max(0.001, (source.nowMs() - startMs) / 1000);
    return {
      sent: count(counts.answered),
      rate: count(Math.round(counts.answered / seconds)),
      accepted: count(counts.accepted),
      duplicates: count(counts.duplicates),
      refused: count(counts.refusedTotal),
      elapsed: duration(seconds * 1000),
    };
  };
  if (!isTerminal) {
    const timer = setInterval(() => {
      const f = figures();
      const pct = source.totalBytes === 0 ? 100 : Math.floor((100 * source.bytesRead()) / source.totalBytes);
      print(
        `${pct} % read, ${f.sent} events answered, ${f.rate}/s, ${f.accepted} accepted, ${f.duplicates} already there, ${f.refused} refused, ${f.elapsed}`,
      );
    }, PLAIN_EVERY_MS);
    return { note: print, stop: () => clearInterval(timer) };
  }
  const bar = new SingleBar({
    format:
      '{bar} {percentage} % | {rate}/s | {accepted} accepted, {duplicates} already there, {refused} refused | {elapsed}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(source.totalBytes, 0, figures());
  const timer = setInterval(() => bar.update(source.bytesRead(), figures()), BAR_EVERY_MS);
  return {
    // The bar repaints its line at the next tick; a note goes above it.
    note: (line) => print(`\r\u001b[2K${line}`),
    stop() {
      clearInterval(timer);
      bar.stop();
    },
  };
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
