import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseInstant } from '../../core/lib/instant.ts';
import { ReplayError } from '../replay/replay-error.ts';
import { FEED_FORMATS, type FeedFormat, runCatalogue } from './catalogue/run-catalogue.ts';
import { runLinks } from './run-links.ts';
import { runUpload } from './upload/run-upload.ts';

const STATE_DIR = '.selvedge';

interface LinksFlags {
  readonly url?: string;
  readonly key?: string;
  readonly encoding?: 'utf8' | 'latin1';
  readonly concurrency: number;
  readonly at?: number;
  readonly refused?: string;
  readonly dryRun?: boolean;
}

interface CatalogueFlags {
  readonly format?: FeedFormat;
  readonly encoding: 'utf8' | 'latin1';
  readonly currency?: string;
  readonly out?: string;
  readonly refused?: string;
  readonly partial?: boolean;
  readonly dryRun?: boolean;
  readonly upload?: boolean;
  readonly url?: string;
  readonly token?: string;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function readConcurrency(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 32)
    throw new InvalidArgumentError('a whole number from 1 to 32.');
  return value;
}

function readCurrency(text: string): string {
  if (!/^[A-Za-z]{3}$/.test(text)) throw new InvalidArgumentError('three letters (ISO 4217), such as EUR.');
  return text.toUpperCase();
}

/** Runs until it ends or is interrupted; once more stops at once. */
async function untilStopped(note: string, run: (stop: AbortSignal) => Promise<number>): Promise<void> {
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130);
    print(note);
    stop.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  process.exitCode = await run(stop.signal);
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
}

function readInstant(text: string): number {
  const at = parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (at === null) throw new InvalidArgumentError('a day (2026-11-22, UTC) or an instant with an offset.');
  return at;
}

const program = new Command('import').description('Brings in what other systems know.').showHelpAfterError();

program
  .command('links')
  .description('pairs of identities that are one person each, from CSV or NDJSON, as events of type identity.linked')
  .argument(
    '<file>',
    'columns namespace_a, value_a, namespace_b, value_b[, at][, source]; or a, b as namespace:value; aliases: docs/reference/replay.md',
  )
  .option('--url <url>', 'where to send (default: .selvedge/demo.json, else http://127.0.0.1:8787)')
  .option(
    '--key <key>',
    'server key sk_…; better SELVEDGE_SERVER_KEY, which no process list shows (default: .selvedge/demo.json)',
  )
  .addOption(new Option('--encoding <name>', 'how the bytes of the file are to be read').choices(['utf8', 'latin1']))
  .option('--concurrency <n>', 'requests side by side', readConcurrency, 4)
  .option('--at <when>', 'time of rows that say none (default: when the file was last written)', readInstant)
  .option('--refused <file>', 'write every refused row there, as NDJSON')
  .option('--dry-run', 'read and check, send nothing')
  .action((file: string, flags: LinksFlags) =>
    untilStopped('\nStopping: requests under way are let finish. Once more stops at once.', (stop) =>
      runLinks(
        {
          file,
          endpoint: flags.url,
          key: flags.key,
          encoding: flags.encoding,
          concurrency: flags.concurrency,
          atMs: flags.at ?? null,
          refusedFile: flags.refused ?? null,
          dryRun: flags.dryRun ?? false,
        },
        {
          env: process.env,
          stateDir: STATE_DIR,
          isTerminal: process.stderr.isTTY === true && process.stdout.isTTY === true,
          stop,
          nowMs: Date.now,
          print,
        },
      ),
    ),
  );

program
  .command('catalogue')
  .description('items that can be recommended, from CSV, NDJSON or a Google Merchant feed, as parts of the ruleset')
  .argument('<file>', 'columns id, title, link, price and more: docs/reference/catalogue.md')
  .addOption(new Option('--format <name>', "default: by the file's ending").choices([...FEED_FORMATS]))
  .addOption(
    new Option('--encoding <name>', 'how the bytes of the file are to be read')
      .choices(['utf8', 'latin1'])
      .default('utf8'),
  )
  .option('--currency <code>', 'of every price; others are refused (default: that of the first good row)', readCurrency)
  .option('--out <file>', 'write the parts there, as NDJSON')
  .option('--refused <file>', 'write every refused row there, as NDJSON')
  .option('--partial', 'write what could be read of a file that breaks off')
  .option('--upload', 'make it the catalogue of a space: of the local start, or where --url says')
  .option('--url <url>', 'upload there (default: .selvedge/demo.json, else http://127.0.0.1:8787)')
  .option(
    '--token <token>',
    'operator token op_…; better SELVEDGE_OPERATOR_TOKEN, which no process list shows (default: .selvedge/demo.json)',
  )
  .option('--dry-run', 'read and check, write nothing')
  .action((file: string, flags: CatalogueFlags) =>
    untilStopped('\nStopping: nothing is made live. Once more stops at once.', (stop) => bringIn(file, flags, stop)),
  );

/** Packs a catalogue and, where that is wanted, uploads what was packed. */
async function bringIn(file: string, flags: CatalogueFlags, stop: AbortSignal): Promise<number> {
  const uploads = !flags.dryRun && (flags.upload === true || flags.url !== undefined);
  const folder = uploads ? await mkdtemp(join(tmpdir(), 'selvedge-upload-')) : null;
  const out = flags.out ?? (folder ? join(folder, 'parts.ndjson') : null);
  const refusedFile = flags.refused ?? (folder ? join(folder, 'refused.ndjson') : null);
  try {
    const code = await runCatalogue(
      {
        file,
        format: flags.format,
        encoding: flags.encoding,
        currency: flags.currency ?? null,
        out,
        refusedFile,
        partial: flags.partial ?? false,
        dryRun: flags.dryRun ?? false,
      },
      { stop, nowMs: Date.now, print },
    );
    const isPacked = folder && out && !stop.aborted && (await stat(out).catch(() => null)) !== null;
    if (!isPacked) return code;
    const { url, token } = flags;
    const sent = await runUpload(
      { file: out, refusedFile, url, token },
      { env: process.env, stateDir: STATE_DIR, stop, print },
    );
    return sent === 0 ? code : sent;
  } finally {
    if (folder) await rm(folder, { recursive: true, force: true });
  }
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof ReplayError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
