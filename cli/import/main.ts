import { Command, InvalidArgumentError, Option } from 'commander';
import { parseInstant } from '../../core/lib/instant.ts';
import { ReplayError } from '../replay/replay-error.ts';
import { runLinks } from './run-links.ts';

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

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function readConcurrency(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 32)
    throw new InvalidArgumentError('a whole number from 1 to 32.');
  return value;
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
  .action(async (file: string, flags: LinksFlags) => {
    const stop = new AbortController();
    const onSignal = (): void => {
      if (stop.signal.aborted) process.exit(130);
      print('\nStopping: requests under way are let finish. Once more stops at once.');
      stop.abort();
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
    process.exitCode = await runLinks(
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
        stop: stop.signal,
        nowMs: Date.now,
        print,
      },
    );
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof ReplayError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
