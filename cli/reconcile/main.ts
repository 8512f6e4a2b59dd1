import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { listCloudflareObjects, listLocalObjects, type ObjectLister } from './object-lister.ts';
import { createOperatorApi } from './operator-api.ts';
import { ReconcileError } from './reconcile-error.ts';
import { describeReport } from './report.ts';
import { reconcile } from './run-reconcile.ts';
import { findTarget } from './target.ts';

const STATE_DIR = '.selvedge';
const FIRST_HOUR = '0000-01-01T00';

interface Flags {
  readonly check?: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
  readonly from: string;
  readonly to?: string;
  readonly endpoint?: string;
  readonly token?: string;
  readonly persist: string;
  readonly account?: string;
  readonly namespace?: string;
}

function readHour(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}$/.test(text)) throw new InvalidArgumentError('an hour in UTC: 2026-11-22T06.');
  return text;
}

function listerOf(flags: Flags): ObjectLister {
  if (!flags.account && !flags.namespace) return listLocalObjects(flags.persist);
  const token = process.env.CLOUDFLARE_API_TOKEN;
  if (!flags.account || !flags.namespace) throw new ReconcileError('--account and --namespace go together.');
  if (!token)
    throw new ReconcileError('Set CLOUDFLARE_API_TOKEN to a token that may read Workers: it lists the objects.');
  return listCloudflareObjects({ account: flags.account, namespace: flags.namespace, token });
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const program = new Command('reconcile')
  .description(
    'Holds archive and rollups against the facts in the profile objects, and mends what differs. Run it as often as you like.',
  )
  .showHelpAfterError()
  .option('--check', 'change nothing; exit code 1 when something differs')
  .option('--all', 'also the running hour: for a system without traffic')
  .option('--from <hour>', 'first hour, UTC', readHour, FIRST_HOUR)
  .option('--to <hour>', 'last hour, UTC (default: the last one that has ended)', readHour)
  .option('--json', 'print the report as JSON')
  .option('--endpoint <url>', 'where the Worker answers (default: .selvedge/demo.json, else http://127.0.0.1:8787)')
  .option(
    '--token <token>',
    'operator token op_…; better SELVEDGE_OPERATOR_TOKEN, which no process list shows (default: .selvedge/demo.json)',
  )
  .option('--persist <folder>', 'data folder of the local platform', join(STATE_DIR, 'data'))
  .option('--account <id>', 'Cloudflare account: list the objects there, with CLOUDFLARE_API_TOKEN')
  .option('--namespace <id>', 'Durable Object namespace of ProfileObject in that account')
  .action(async (flags: Flags) => {
    const run = `${new Date()
      .toISOString()
      .slice(0, 19)
      .replaceAll(/[^0-9]/g, '')}-${process.pid.toString(36)}`;
    const target = await findTarget({ endpoint: flags.endpoint, token: flags.token }, process.env, STATE_DIR);
    const note = (line: string) => void process.stderr.write(`reconcile: ${line}\n`);
    const report = await reconcile(
      { run, check: flags.check ?? false, all: flags.all ?? false, from: flags.from, to: flags.to ?? null },
      { api: createOperatorApi(target, run, { fetch, sleep }), list: listerOf(flags), note, sleep },
    );
    process.stdout.write(
      flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${describeReport(report).join('\n')}\n`,
    );
    process.exitCode = report.remaining > 0 ? 1 : 0;
  });

/** 1 is for differences, so everything that kept it from looking is 2. */
const COULD_NOT_RUN = 2;

try {
  await program.exitOverride().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : COULD_NOT_RUN;
  else {
    const why =
      error instanceof ReconcileError
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
    process.stderr.write(`reconcile: ${why}\n`);
    process.exitCode = COULD_NOT_RUN;
  }
}
