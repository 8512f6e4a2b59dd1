import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { count } from '../../replay/progress.ts';
import { increase, sum } from '../../replay/tally.ts';

/** Refused rows that are printed; a file takes them all. */
const MAX_TOLD = 20;

/** Rows that are not in the catalogue, each with its line and the reason. */
export class RowRefusals {
  readonly byKind = new Map<string, number>();
  readonly #print: (line: string) => void;
  readonly #file: WriteStream | null;

  constructor(path: string | null, print: (line: string) => void) {
    this.#print = print;
    this.#file = path === null ? null : createWriteStream(path);
  }

  get total(): number {
    return sum(this.byKind);
  }

  add(line: number, kind: string, reason: string): void {
    if (this.total < MAX_TOLD) this.#print(`line ${line} refused: ${reason}`);
    increase(this.byKind, kind, 1);
    this.#file?.write(`${JSON.stringify({ line, kind, reason })}\n`);
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
