import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { addChangeSetCommands } from './change-set-commands.ts';
import { CliError, EXIT } from './cli-error.ts';
import { addResourceCommands } from './resource-commands.ts';
import type { Shell } from './shell.ts';
import { addSweepCommands } from './sweep-commands.ts';

// Commands are loaded when they run: `--help` needs none of them.

interface Globals {
  readonly folder: string;
  readonly url?: string;
  readonly json?: boolean;
}

/** In `commands/delegate.ts` each has its main; the texts are here because help must not load it. */
const DELEGATED = {
  import: 'bring in identities and catalogues from files (own options: selvedge import --help)',
  replay: 'play files of history through the public API (own options: selvedge replay --help)',
  reconcile: 'hold archive and rollups against the facts, and mend (own options: selvedge reconcile --help)',
} as const;

function shellOf({ folder, url, json }: Globals): Shell {
  return {
    env: process.env,
    folder,
    url,
    json: json ?? false,
    isTerminal: process.stderr.isTTY === true && process.stdout.isTTY === true,
    print: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
  };
}

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max)
      throw new InvalidArgumentError(`a whole number from ${min} to ${max}.`);
    return value;
  };
}

const program = new Command('selvedge')
  .description('Configuration as code for Selvedge: pull, plan, push, publish, and look behind what people see.')
  .option('-C, --folder <folder>', 'where the configuration files lie', '.')
  .option('--url <url>', 'the deployment (default: SELVEDGE_URL, else the last login, else the local platform)')
  .option('--json', 'print JSON, for scripts')
  .showHelpAfterError()
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 1 problems found, 2 wrong usage, 3 server or credentials. SELVEDGE_TOKEN stands in for a login.\nEvery command with an example: docs/reference/cli.md',
  );

/** What a command answers is the exit code. */
async function run(work: (shell: Shell) => Promise<number>): Promise<void> {
  process.exitCode = await work(shellOf(program.opts<Globals>()));
}

program
  .command('login')
  .description('try an operator token and keep it; asks for it where none is given')
  .option('--token <token>', 'op_…, or - to read it from standard input, which no list of processes shows')
  .option('--browser', 'sign in with your browser instead, where the deployment has an identity provider')
  .option('--space <space>', 'where to sign in, with --browser (default: main)')
  .action((flags: { token?: string; browser?: boolean; space?: string }) =>
    run(async (shell) => (await import('./commands/login.ts')).login(shell, flags)),
  );
program
  .command('logout')
  .description('forget the token of a deployment')
  .action(() => run(async (shell) => (await import('./commands/login.ts')).logout(shell)));
program
  .command('whoami')
  .description('which deployment and space commands go to, and as whom')
  .action(() => run(async (shell) => (await import('./commands/login.ts')).whoami(shell)));
program
  .command('doctor')
  .description('check a deployment, and say what is wrong and what to do')
  .action(() => run(async (shell) => (await import('./commands/doctor.ts')).doctor(shell)));

program
  .command('init')
  .description('lay out a folder with example files')
  .option('--space <space>', 'whose configuration it is (default: that of the login, else main)')
  .action((flags: { space?: string }) => run(async (shell) => (await import('./commands/init.ts')).init(shell, flags)));
program
  .command('pull')
  .description("write the server's drafts into files; what was edited here stays")
  .option('--force', 'write over what was edited here')
  .action((flags: { force?: boolean }) =>
    run(async (shell) => (await import('./commands/pull.ts')).pull(shell, flags)),
  );
program
  .command('validate')
  .description('check the files by themselves: every problem with its place')
  .action(() => run(async (shell) => (await import('./commands/plan.ts')).validate(shell)));
program
  .command('plan')
  .description('say what a push would do')
  .option('--prune', 'archive what is in no file')
  .option('--force', 'the files are right, whatever happened on the server since')
  .option('--exit-code', '2 where there are changes, 0 where there are none')
  .option('--shadow', 'and who would enter and leave if the drafts of the server were published')
  .option('--change-set <id>', 'with --shadow: this change set, not the drafts')
  .action((flags) => run(async (shell) => (await import('./commands/plan.ts')).plan(shell, flags)));
program
  .command('push')
  .description("make the server's drafts say what the files say")
  .option('--prune', 'archive what is in no file')
  .option('--force', 'the files are right, whatever happened on the server since')
  .option('--publish', 'and make them live')
  .option('--note <text>', 'why, for the history (with --publish)')
  .addOption(
    new Option('--change-set <title>', 'into a new change set, to be reviewed and published by itself').conflicts(
      'publish',
    ),
  )
  .action((flags) =>
    run(async (shell) =>
      flags.changeSet === undefined
        ? (await import('./commands/push.ts')).push(shell, flags)
        : (await import('./commands/push-change-set.ts')).pushChangeSet(shell, flags),
    ),
  );
program
  .command('publish')
  .description('make the drafts live under the next sequence')
  .option('--note <text>', 'why, for the history')
  .option('--percent <n>', 'for so many of the profiles; the others keep what they have', whole(1, 100))
  .action((flags: { note?: string; percent?: number }) =>
    run(async (shell) => (await import('./commands/publish.ts')).publish(shell, flags)),
  );
program
  .command('gradual')
  .description('how far a publish for a part of the profiles is; with a percent, on to so many (100: all)')
  .argument('[percent]', 'more than now', whole(2, 100))
  .option('--give-up', 'everybody gets what most have')
  .action((percent: number | undefined, flags: { giveUp?: boolean }) =>
    run(async (shell) => (await import('./commands/publish.ts')).gradual(shell, percent, flags)),
  );
program
  .command('rollback')
  .description('make an old sequence live again, under a new number')
  .argument('<sequence>', 'see history', whole(1, Number.MAX_SAFE_INTEGER))
  .action((sequence: number) =>
    run(async (shell) => (await import('./commands/publish.ts')).rollback(shell, sequence)),
  );
program
  .command('history')
  .description('what was published, newest first')
  .option('--limit <n>', 'at most so many', whole(1, 200), 20)
  .action((flags: { limit: number }) =>
    run(async (shell) => (await import('./commands/publish.ts')).history(shell, flags)),
  );
addChangeSetCommands(program, run, whole);

program
  .command('smoke')
  .description('after deploying: send a page view through the public door, twice, and check every answer')
  .requiredOption('--source <id>', 'a source of a website; its first origin is used')
  .action((flags: { source: string }) =>
    run(async (shell) => (await import('./commands/smoke.ts')).smoke(shell, flags)),
  );
const watching = (command: Command): Command =>
  command
    .option('--is <kinds>', 'event, refusal, decision: those only, with commas between them')
    .option('--source <id>', 'of this source')
    .option('--name <name>', 'of this event type or placement')
    .option('--profile <id>', 'of this profile')
    .option('--problems', 'what was refused, or differs from its tracking plan');
watching(program.command('live').description('what goes on: recent events, queues, dead letters, limits'))
  .option('--limit <n>', 'at most so many entries', whole(1, 500), 20)
  .action((flags) => run(async (shell) => (await import('./commands/live.ts')).live(shell, flags)));
watching(program.command('tail').description('watch events, refusals and decisions as they come'))
  .option('--data', 'with the values of events (needs a role that may see personal data; audited)')
  .option('--most <n>', 'stop after so many', whole(1, 1_000_000))
  .action((flags) => run(async (shell) => (await import('./commands/live.ts')).tail(shell, flags)));
program
  .command('tracking')
  .description('what a source sends beside its tracking plan; exit code 1 where it differs')
  .argument('<source>', 'its id')
  .option('--days <n>', 'of so many days', whole(1, 30), 7)
  .action((source: string, flags: { days: number }) =>
    run(async (shell) => (await import('./commands/live.ts')).tracking(shell, source, flags)),
  );
const deadLetters = program.command('dead-letters').description('what could not be processed');
deadLetters
  .command('list')
  .description('newest first')
  .option('--limit <n>', 'at most so many', whole(1, 200), 50)
  .action((flags: { limit: number }) =>
    run(async (shell) => (await import('./commands/live.ts')).listDeadLetters(shell, flags)),
  );
for (const act of ['replay', 'discard'] as const) {
  deadLetters
    .command(act)
    .description(act === 'replay' ? 'give to the queue once more' : 'throw away')
    .argument('[ids...]', 'see list')
    .option('--all', 'all of them, up to 200')
    .action((ids: string[], flags: { all?: boolean }) =>
      run(async (shell) => (await import('./commands/live.ts')).settleDeadLetters(shell, act, ids, flags)),
    );
}

addResourceCommands(program, run);
addSweepCommands(program, run);

const WHO = 'namespace:value, as in email:ada@shop.example, or a profile id';
const REASON = 'goes into the audit; name nobody in it';
const profile = program.command('profile').description('people: look up, explain, link, erase, export');
profile
  .command('get')
  .description('identities, links and attributes of somebody')
  .argument('<who>', WHO)
  .action((who: string) => run(async (shell) => (await import('./commands/profile.ts')).getProfile(shell, who)));
profile
  .command('explain')
  .description('why somebody is in a segment, or eligible for an offer, or is not')
  .argument('<who>', WHO)
  .option('--segment <id>', 'a live segment')
  .option('--offer <id>', 'a live offer')
  .option('--rule <pql>', 'any rule, as part of the drafts')
  .action((who: string, flags) =>
    run(async (shell) => (await import('./commands/explain.ts')).explainProfile(shell, who, flags)),
  );
for (const change of ['link', 'unlink'] as const) {
  profile
    .command(change)
    .description(
      change === 'link' ? 'two identities are one person' : 'undo a link: both sides get back what was theirs',
    )
    .argument('<a>', 'namespace:value')
    .argument('<b>', 'namespace:value')
    .requiredOption('--reason <text>', REASON)
    .option('--dry-run', 'only tell what it would do')
    .action((a: string, b: string, flags) =>
      run(async (shell) => (await import('./commands/profile.ts')).changeLink(shell, change, [a, b], flags)),
    );
}
profile
  .command('erase')
  .description('erase somebody everywhere, and show the certificate')
  .argument('<who>', WHO)
  .requiredOption('--reason <text>', REASON)
  .addOption(
    new Option('--scope <scope>', 'identity: only this id and what came through it')
      .choices(['person', 'identity'])
      .default('person'),
  )
  .option('--suppress', 'block the ids from now on')
  .option('--wait <seconds>', 'how long to wait for the end', whole(0, 3600), 30)
  .option('--yes', 'it cannot be undone: say that you mean it')
  .action((who: string, flags) =>
    run(async (shell) => (await import('./commands/profile.ts')).eraseProfile(shell, who, flags)),
  );
profile
  .command('export')
  .description('everything held about somebody, as NDJSON')
  .argument('<who>', WHO)
  .option('--out <file>', 'write it there, readable to you alone')
  .action((who: string, flags: { out?: string }) =>
    run(async (shell) => (await import('./commands/profile.ts')).exportProfile(shell, who, flags)),
  );

const segment = program.command('segment').description('who is in a segment, and why');
segment
  .command('members')
  .description('how many people each live segment has; of one also who came and went')
  .argument('[segment]', 'id')
  .addOption(new Option('--per <step>', 'of who came and went').choices(['hour', 'day']).default('day'))
  .option('--list', 'profile ids of known members instead (audited)')
  .option('--most <n>', 'with --list: at most so many', whole(1, 1_000_000), 200)
  .action((id: string | undefined, flags: { per: 'hour' | 'day'; list?: boolean; most: number }) =>
    run(async (shell) =>
      flags.list && id !== undefined
        ? (await import('./commands/shadow.ts')).listMembers(shell, id, flags)
        : (await import('./commands/reports.ts')).segmentMembers(shell, id, flags),
    ),
  );
segment
  .command('estimate')
  .description('how many people a rule would hold, as a part of the drafts')
  .argument('<rule>', 'PQL')
  .option('--replaces <segment>', 'in the place of this segment')
  .option('--purpose <purpose>', 'what its data may be used for (default: personalization)')
  .action((rule: string, flags: { replaces?: string; purpose?: string }) =>
    run(async (shell) => (await import('./commands/shadow.ts')).estimateSegment(shell, rule, flags)),
  );
segment
  .command('explain')
  .description('why somebody is in a segment or is not')
  .argument('<segment>', 'id')
  .argument('<who>', WHO)
  .action((id: string, who: string) =>
    run(async (shell) => (await import('./commands/explain.ts')).explainProfile(shell, who, { segment: id })),
  );

program
  .command('decision')
  .description('why somebody saw what they saw')
  .command('explain')
  .description('why each offer won or lost')
  .argument('<proposition>', 'its id: prp_…')
  .action((id: string) => run(async (shell) => (await import('./commands/explain.ts')).explainDecision(shell, id)));
program
  .command('experiment')
  .description('what experiments have shown')
  .command('results')
  .description('lift of each variant with intervals that hold at every look')
  .argument('<experiment>', 'id')
  .action((id: string) => run(async (shell) => (await import('./commands/reports.ts')).showExperiment(shell, id)));

const audit = program.command('audit').description('who changed what');
audit
  .command('list', { isDefault: true })
  .description('newest first (the default)')
  .option('--limit <n>', 'at most so many', whole(1, 200), 20)
  .action((flags: { limit: number }) =>
    run(async (shell) => (await import('./commands/reports.ts')).listAudit(shell, flags)),
  );
audit
  .command('verify')
  .description('recompute the chain of hashes')
  .action(() => run(async (shell) => (await import('./commands/reports.ts')).verifyAudit(shell)));

// They read their own options, so they are handed over before any are read here: see below.
for (const [name, text] of Object.entries(DELEGATED)) {
  program
    .command(name)
    .description(text)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new CliError(`"${name}" has options of its own.`, EXIT.usage, `Write it first: selvedge ${name} …`);
    });
}

function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  } else if (error instanceof CliError) {
    process.stderr.write(`selvedge: ${error.message}\n${error.hint === null ? '' : `  ${error.hint}\n`}`);
    process.exitCode = error.exitCode;
  } else {
    process.stderr.write(`selvedge: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = EXIT.server;
  }
}

// Whoever reads the answer may have read enough: `selvedge audit | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const [first = ''] = process.argv.slice(2);
try {
  if (Object.hasOwn(DELEGATED, first)) {
    const { delegate } = await import('./commands/delegate.ts');
    await delegate(shellOf({ folder: '.' }), first as keyof typeof DELEGATED);
  } else {
    const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)];
    for (const each of all(program)) each.exitOverride();
    await program.parseAsync();
  }
} catch (error) {
  fail(error);
}
