import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReplayOptions } from '../../cli/replay/replay-options.ts';
import { runReplay } from '../../cli/replay/run-replay.ts';
import { SEND_SETTINGS } from '../../cli/replay/send-batch.ts';
import { CollectEndpoint, SERVER_KEY } from './collect-endpoint.ts';

export const ROOT = join(import.meta.dirname, '..', '..');
export const SAMPLE = join(ROOT, 'test/data/online-retail-sample.csv');

/** One event a row; identities repeat, so that order per person can be seen. */
export const VISITS = `
name: visits
columns:
  n: { type: integer, required: true }
  who: { type: text, required: true }
  mail: { type: text, optional: true }
  at: { type: date, formats: [iso], required: true }
events:
  - type: custom.visit
    id: 'v:{n}'
    at: at
    identities: { all: [{ namespace: customer, value: '{who}' }, { namespace: email, value: '{mail}' }] }
    data: { n: '{n}', filler: '{{padding}} padding padding padding padding padding padding padding' }
`;

const HOUR_MS = 3_600_000;
export const FIRST_AT = Date.UTC(2011, 0, 1);

/** Rows of `VISITS`, an hour apart. */
export function visits(count: number, people: number): string {
  const lines = ['n,who,at'];
  for (let n = 0; n < count; n++)
    lines.push(`${n},p${(n * 7) % people},${new Date(FIRST_AT + n * HOUR_MS).toISOString()}`);
  return `${lines.join('\n')}\n`;
}

/** A folder of its own, an endpoint and what one run printed. */
export class ReplayRig {
  readonly endpoint = new CollectEndpoint();
  readonly printed: string[] = [];
  #url = '';
  #folder = '';

  async start(): Promise<void> {
    this.#url = await this.endpoint.start();
    this.#folder = await mkdtemp(join(tmpdir(), 'replay-'));
    await writeFile(this.path('visits.yaml'), VISITS);
  }

  async stop(): Promise<void> {
    await this.endpoint.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get url(): string {
    return this.#url;
  }

  get folder(): string {
    return this.#folder;
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  async write(name: string, text: string | Uint8Array): Promise<string> {
    await writeFile(this.path(name), text);
    return this.path(name);
  }

  /** Runs in this process, with short back-off. */
  run(
    options: Partial<ReplayOptions> & { readonly file: string },
    stop = new AbortController().signal,
  ): Promise<number> {
    this.printed.length = 0;
    return runReplay(
      {
        mapping: this.path('visits.yaml'),
        endpoint: this.#url,
        key: SERVER_KEY,
        encoding: undefined,
        concurrency: 4,
        speed: null,
        shiftToNow: false,
        fromMs: null,
        toMs: null,
        limit: null,
        dryRun: false,
        restart: false,
        strict: false,
        ...options,
      },
      {
        env: {},
        stateDir: this.path('.selvedge'),
        isTerminal: false,
        stop,
        nowMs: Date.now,
        print: (line) => void this.printed.push(line),
      },
      { ...SEND_SETTINGS, baseDelayMs: 2, maxDelayMs: 10 },
    );
  }

  get output(): string {
    return this.printed.join('\n');
  }
}
