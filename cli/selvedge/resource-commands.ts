import { type Command, InvalidArgumentError } from 'commander';
import type { Shell } from './shell.ts';

type Run = (work: (shell: Shell) => Promise<number>) => Promise<void>;

const KIND = 'segment, offer, placement, …';

function version(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('a version is a whole number from 1.');
}

function most(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 100_000) return value;
  throw new InvalidArgumentError('a whole number from 1 to 100000.');
}

/** What is done with resources on the server, one by one and all together. */
export function addResourceCommands(program: Command, run: Run): void {
  // Loaded when one of them runs.
  const commands = () => import('./commands/resources.ts');
  const archive = () => import('./commands/archive.ts');
  program
    .command('list')
    .description('what is on the server: search, filter, sort')
    .argument('[kind]', `${KIND} (default: all)`)
    .option('--q <words>', 'each stands in id, name or description')
    .option('--tag <tag>', 'has it')
    // --folder is where the files lie.
    .option('--in <folder>', 'in this folder and those below it')
    .option('--owner <name>', 'who looks after it')
    .option('--sort <order>', 'id, name or updatedAt; -name turns it round')
    .option('--archived', 'archived ones as well')
    .option('--limit <n>', 'at most so many', most, 200)
    .action((kind: string | undefined, flags) =>
      run(async (shell) => (await commands()).listResources(shell, kind, flags)),
    );
  const one = (name: string, description: string) =>
    program.command(name).description(description).argument('<kind>', KIND).argument('<id>', 'see list');
  one('show', 'one resource as its file would say it')
    .option('--version <n>', 'as it was', version)
    .action((kind: string, id: string, flags) =>
      run(async (shell) => (await commands()).showResource(shell, [kind, id], flags)),
    );
  one('log', 'the versions of one resource, newest first')
    .option('--changes', 'what each of them changed')
    .option('--limit <n>', 'at most so many, up to 200', most, 20)
    .action((kind: string, id: string, flags) =>
      run(async (shell) => (await commands()).logResource(shell, [kind, id], flags)),
    );
  one('uses', 'who uses one resource, and what it uses').action((kind: string, id: string) =>
    run(async (shell) => (await commands()).showUses(shell, [kind, id])),
  );
  one('archive', 'archive one resource that nothing uses').action((kind: string, id: string) =>
    run(async (shell) => (await commands()).archiveResource(shell, [kind, id])),
  );
  one('restore', 'take one resource out of the archive, or an old version back')
    .option('--version <n>', 'see log', version)
    .action((kind: string, id: string, flags) =>
      run(async (shell) => (await commands()).restoreResource(shell, [kind, id], flags)),
    );
  one('copy', 'begin a resource with what another one says')
    .argument('<copy>', 'id of the new one')
    .option('--name <name>', 'of the new one')
    .action((kind: string, id: string, copy: string, flags) =>
      run(async (shell) => (await commands()).copyResource(shell, [kind, id, copy], flags)),
    );
  program
    .command('export')
    .description('write everything that is configured into one file, without secrets')
    .argument('<file>', 'JSON')
    .action((file: string) => run(async (shell) => (await archive()).exportArchive(shell, file)));
  program
    .command('import-config')
    .description('put what such a file says into a change set')
    .argument('<file>', 'of export')
    .option('--drafts', 'into the drafts instead, at once')
    .option('--dry-run', 'only tell what it would do')
    .action((file: string, flags) => run(async (shell) => (await archive()).importArchive(shell, file, flags)));
}
