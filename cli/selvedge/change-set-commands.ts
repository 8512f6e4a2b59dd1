import type { Command } from 'commander';
import type { Shell } from './shell.ts';

type Run = (work: (shell: Shell) => Promise<number>) => Promise<void>;
type Whole = (min: number, max: number) => (text: string) => number;

/** Differences, change sets and the freeze. What each does is loaded when it runs. */
export function addChangeSetCommands(program: Command, run: Run, whole: Whole): void {
  program
    .command('diff')
    .description('what differs between two configurations, and what that means')
    .argument('[from]', 'live, drafts, a sequence, or the id of a change set', 'live')
    .argument('[to]', 'likewise', 'drafts')
    .option('--exit-code', '2 where there is a difference, 0 where there is none')
    .action((from: string, to: string, flags: { exitCode?: boolean }) =>
      run(async (shell) => (await import('./commands/diff.ts')).diff(shell, from, to, flags)),
    );
  program
    .command('freeze')
    .description('stop every publish of rules; without a reason, say whether it is stopped')
    .argument('[reason]', 'what others are told')
    .action((reason?: string) => run(async (shell) => (await import('./commands/freeze.ts')).freeze(shell, reason)));
  program
    .command('unfreeze')
    .description('let publishing go on')
    .action(() => run(async (shell) => (await import('./commands/freeze.ts')).unfreeze(shell)));

  const changes = program.command('changes').description('change sets: propose, review, schedule, publish');
  const NOTE = ['--note <text>', 'for its history'] as const;
  const SET = 'id of a change set, see list';
  changes
    .command('list')
    .description('newest first')
    .option('--state <state>', 'open, inReview, approved, scheduled, published, withdrawn or failed: those only')
    .option('--limit <n>', 'at most so many', whole(1, 200), 20)
    .action((flags: { limit: number; state?: string }) =>
      run(async (shell) => (await import('./commands/changes.ts')).listChanges(shell, flags)),
    );
  changes
    .command('show')
    .description('what it changes, what that means, and what became of it; exit code 1 where it cannot be published')
    .argument('<set>', SET)
    .action((set: string) => run(async (shell) => (await import('./commands/changes.ts')).showChange(shell, set)));
  changes
    .command('create')
    .description('begin an empty one ("selvedge push --change-set" makes one of files)')
    .argument('<title>')
    .option('--description <text>', 'why')
    .action((title: string, flags: { description?: string }) =>
      run(async (shell) => (await import('./commands/changes.ts')).createChange(shell, title, flags)),
    );
  for (const [act, words] of [
    ['submit', 'ask for a review'],
    ['reject', 'send it back to whoever made it'],
    ['unschedule', 'take it off the schedule'],
    ['withdraw', 'give it up, for good'],
  ] as const) {
    changes
      .command(act)
      .description(words)
      .argument('<set>', SET)
      .option(...NOTE)
      .action((set: string, flags: { note?: string }) =>
        run(async (shell) => (await import('./commands/changes.ts')).actOnChange(shell, act, set, flags)),
      );
  }
  changes
    .command('approve')
    .description('approve what somebody else made; what is edited after has to be approved again')
    .argument('<set>', SET)
    .option('--hash <hash>', 'only if its items are those that were looked at, see show --json')
    .option(...NOTE)
    .action((set: string, flags: { hash?: string; note?: string }) =>
      run(async (shell) => (await import('./commands/changes.ts')).approveChange(shell, set, flags)),
    );
  changes
    .command('schedule')
    .description('publish it later, by itself')
    .argument('<set>', SET)
    .argument('<at>', 'as 2026-12-01T08:00:00Z')
    .option(...NOTE)
    .action((set: string, at: string, flags: { note?: string }) =>
      run(async (shell) => (await import('./commands/changes.ts')).scheduleChange(shell, set, at, flags)),
    );
  changes
    .command('publish')
    .description('make it live, and nothing else')
    .argument('<set>', SET)
    .option('--percent <n>', 'for so many of the profiles, from 1 to 99: see selvedge gradual', Number)
    .action((set: string, flags: { percent?: number }) =>
      run(async (shell) => (await import('./commands/changes.ts')).publishChange(shell, set, flags)),
    );
}
