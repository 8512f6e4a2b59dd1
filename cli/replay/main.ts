import { Command, InvalidArgumentError, Option } from 'commander';
import { parseInstant } from '../../core/lib/instant.ts';
import { runPeople } from '../people/run-people.ts';
import { runPreview } from './preview.ts';
import { ReplayError } from './replay-error.ts';
import { runReplay } from './run-replay.ts';

const STATE_DIR = '.selvedge';

interface PlayFlags {
  readonly mapping: string;
  readonly endpoint?: string;
  readonly key?: string;
  readonly encoding?: 'utf8' | 'latin1';
  readonly concurrency: number;
  readonly speed?: number;
  readonly shiftToNow?: boolean;
  readonly from?: number;
  readonly to?: number;
  readonly limit?: number;
  readonly dryRun?: boolean;
  readonly restart?: boolean;
  readonly strict?: boolean;
}

interface PreviewFlags {
  readonly mapping: string;
  readonly encoding?: 'utf8' | 'latin1';
  readonly rows: number;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function readWhole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max)
      throw new InvalidArgumentError(`a whole number from ${min} to ${max}.`);
    return value;
  };
}

function readSpeed(text: string): number {
  const value = Number(text.replace(/[x×]$/, ''));
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('times real time, above 0: 1, 60, 86400.');
  return value;
}

/** A day alone is its midnight in UTC. */
function readInstant(text: string): number {
  const at = parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (at === null)
    throw new InvalidArgumentError('a day (2011-06-01, UTC) or an instant with an offset (2011-06-01T08:00:00+01:00).');
  return at;
}

function encodingOption(): Option {
  return new Option(
    '--encoding <name>',
    'how the bytes of the file are to be read (default: the mapping, else utf8)',
  ).choices(['utf8', 'latin1']);
}

const MAPPING_HELP = 'name of a shipped mapping, or the path of your own .yaml';

const program = new Command('replay')
  .description('Plays real history through the public API as if it happened.')
  .showHelpAfterError();

program
  .command('play', { isDefault: true })
  .description('send a CSV or NDJSON file as events (the default)')
  .argument('<file>', 'CSV or NDJSON file')
  .requiredOption('-m, --mapping <name>', MAPPING_HELP)
  .option('--endpoint <url>', 'where to send (default: .selvedge/demo.json, else http://127.0.0.1:8787)')
  .option(
    '--key <key>',
    'server key sk_…; better SELVEDGE_SERVER_KEY, which no process list shows (default: .selvedge/demo.json)',
  )
  .addOption(encodingOption())
  .option('--concurrency <n>', 'requests side by side', readWhole(1, 32), 4)
  .option('--speed <n>', 'times real time (default: as fast as possible)', readSpeed)
  .option('--shift-to-now', 'move the whole history so that its last event is now')
  .option('--from <when>', 'only events at or after this original time', readInstant)
  .option('--to <when>', 'only events before this original time', readInstant)
  .option('--limit <n>', 'at most so many events', readWhole(1, Number.MAX_SAFE_INTEGER))
  .option('--dry-run', 'map and count, send nothing')
  .option('--restart', 'begin anew, whatever an interrupted run has done')
  .option('--strict', 'fail when the endpoint refused any event')
  .action(async (file: string, flags: PlayFlags) => {
    const stop = new AbortController();
    const onSignal = (): void => {
      if (stop.signal.aborted) process.exit(130);
      print('\nStopping: requests under way are let finish. Once more stops at once.');
      stop.abort();
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
    process.exitCode = await runReplay(
      {
        file,
        mapping: flags.mapping,
        endpoint: flags.endpoint,
        key: flags.key,
        encoding: flags.encoding,
        concurrency: flags.concurrency,
        speed: flags.speed ?? null,
        shiftToNow: flags.shiftToNow ?? false,
        fromMs: flags.from ?? null,
        toMs: flags.to ?? null,
        limit: flags.limit ?? null,
        dryRun: flags.dryRun ?? false,
        restart: flags.restart ?? false,
        strict: flags.strict ?? false,
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

program
  .command('preview')
  .description('show the first rows beside the events they become, and the problems of the whole file; sends nothing')
  .argument('<file>', 'CSV or NDJSON file')
  .requiredOption('-m, --mapping <name>', MAPPING_HELP)
  .addOption(encodingOption())
  .option('--rows <n>', 'rows to show', readWhole(1, 10_000), 5)
  .action(async (file: string, flags: PreviewFlags) => {
    process.exitCode = await runPreview(
      { file, mapping: flags.mapping, encoding: flags.encoding, rows: flags.rows },
      print,
    );
  });

program
  .command('people')
  .description('stitch several files on this machine: how many people they hold, and what contradicts; sends nothing')
  .argument('<file=mapping...>', 'files, each with its mapping: contacts.csv=contoso-contacts')
  .option('--report <file>', 'write the whole report there, as JSON')
  .action(async (sources: readonly string[], flags: { readonly report?: string }) => {
    const named = sources.map((text) => {
      const at = text.lastIndexOf('=');
      if (at < 1)
        throw new ReplayError(`${text}: write the file with its mapping, as in contacts.csv=contoso-contacts.`);
      return { file: text.slice(0, at), mapping: text.slice(at + 1) };
    });
    process.exitCode = await runPeople({ sources: named, report: flags.report ?? null }, print);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof ReplayError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
