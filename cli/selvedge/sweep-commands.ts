import { type Command, InvalidArgumentError } from 'commander';
import type { Shell } from './shell.ts';

type Run = (work: (shell: Shell) => Promise<number>) => Promise<void>;

function rate(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('profiles per second: a number above 0.');
  return value;
}

/** `selvedge sweep …`. What it does is loaded when it runs. */
export function addSweepCommands(program: Command, run: Run): void {
  const sweep = program.command('sweep').description('bring everybody up to date after a publish, at a pace');
  sweep
    .command('status', { isDefault: true })
    .description('how far it is, and when it will end (the default)')
    .option('--watch', 'until it rests')
    .action((flags: { watch?: boolean }) =>
      run(async (shell) => (await import('./commands/sweep.ts')).sweepStatus(shell, flags)),
    );
  sweep
    .command('start')
    .description('begin one with what is live, or set the pace of the one that goes on')
    .option('--rate <n>', 'profiles per second', rate)
    .option('--watch', 'until it rests')
    .action((flags: { rate?: number; watch?: boolean }) =>
      run(async (shell) => (await import('./commands/sweep.ts')).startSweep(shell, flags)),
    );
  const about = {
    pause: 'stop it where it is',
    resume: 'go on where it was paused',
    cancel: 'end it; the rest catch up when they come',
  } as const;
  for (const [command, text] of Object.entries(about) as readonly [keyof typeof about, string][]) {
    sweep
      .command(command)
      .description(text)
      .action(() => run(async (shell) => (await import('./commands/sweep.ts')).steerSweep(shell, command)));
  }
}
