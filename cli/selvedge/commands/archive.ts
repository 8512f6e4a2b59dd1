import { readFile, rename, writeFile } from 'node:fs/promises';
import { limit } from '../../../core/lib/limits.ts';
import { type AdminApi, connect } from '../admin-api.ts';
import { CliError, EXIT } from '../cli-error.ts';
import { startProgress } from '../progress.ts';
import { type ArchiveFile, archiveFile, type Imported, imported } from '../resource-answers.schema.ts';
import { answer, type Shell } from '../shell.ts';
import { oneLine } from '../table.ts';

/** Writes everything that is configured into one file: a line a resource, no secrets. */
export async function exportArchive(shell: Shell, file: string): Promise<number> {
  const api = await connect(shell);
  const archive = await api.ask(archiveFile, { method: 'GET', path: '/export' });
  const { resources, leftOut = [], ...head } = archive;
  const lines = resources.map((each) => JSON.stringify(each)).join(',\n');
  const text = `${JSON.stringify(head).slice(0, -1)},"resources":[\n${lines}\n],"leftOut":${JSON.stringify(leftOut)}}\n`;
  // Whole, or not at all.
  const beside = `${file}.part`;
  await writeFile(beside, text);
  await rename(beside, file);
  answer(shell, { file, resources: resources.length, leftOut }, () => [
    `${resources.length} resources in ${file}.`,
    ...(leftOut.length === 0 ? [] : ['Left out, because an archive holds no secrets:']),
    ...leftOut.map(({ kind, id, what }) => `  ${kind} ${id}: ${oneLine(what)}`),
  ]);
  return EXIT.ok;
}

interface ImportFlags {
  readonly dryRun?: boolean;
  readonly drafts?: boolean;
}

/** So many the server takes at once, and so many bytes with room for what is around them. */
const MOST = { resources: limit('importResources'), bytes: limit('importBytes') - 64 * 1024 };

/** Puts what an archive says into a change set, or into the drafts. What differs is found out first: only that is sent. */
export async function importArchive(shell: Shell, file: string, { dryRun, drafts }: ImportFlags): Promise<number> {
  const archive = await readArchive(file);
  const api = await connect(shell);
  const judged = await send(shell, api, archive, archive.resources, { dryRun: 'true' });
  const wanted = archive.resources.filter((_, i) => ['created', 'updated'].includes(judged.items[i]?.outcome ?? ''));
  let done = judged;
  if (!dryRun && wanted.length > 0) {
    if (!drafts && piecesOf(wanted).length > 1)
      throw new CliError(
        `${wanted.length} resources differ: more than one change set holds.`,
        EXIT.problems,
        'Use --drafts to write them into the drafts.',
      );
    const put = await send(shell, api, archive, wanted, { into: drafts ? 'drafts' : 'changeSet' });
    const rest = judged.items.filter(({ outcome }) => outcome === 'same' || outcome === 'refused');
    done = { changeSet: put.changeSet, items: [...put.items, ...rest] };
  }
  const isWhole = done.items.every(({ outcome }) => outcome !== 'refused');
  answer(shell, { dryRun: dryRun ?? false, ...done }, () => [
    ...done.items.flatMap(describeItem),
    summary(done.items, dryRun ?? false),
    ...(done.changeSet === null ? [] : [`They are in the change set ${done.changeSet}.`]),
  ]);
  return isWhole ? EXIT.ok : EXIT.problems;
}

async function readArchive(file: string): Promise<ArchiveFile> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) throw new CliError(`There is no file ${file}.`, EXIT.usage);
  try {
    const parsed = archiveFile.safeParse(JSON.parse(text));
    if (parsed.success && parsed.data.format === 1) return parsed.data;
  } catch {
    // Told below.
  }
  throw new CliError(`${file} is no archive that this version reads.`, EXIT.problems, '"selvedge export" makes one.');
}

type Entries = ArchiveFile['resources'];

interface Sent {
  readonly changeSet: string | null;
  readonly items: readonly Imported[];
}

async function send(
  shell: Shell,
  api: AdminApi,
  { space }: ArchiveFile,
  entries: Entries,
  query: Readonly<Record<string, string>>,
): Promise<Sent> {
  const pieces = piecesOf(entries);
  const progress = await startProgress(shell, 'import', pieces.length);
  const items: Imported[] = [];
  let changeSet: string | null = null;
  try {
    for (const resources of pieces) {
      const body = { format: 1, ...(space !== undefined && { space }), resources };
      const answered = await api.ask(imported, { method: 'POST', path: '/import', query, body });
      items.push(...answered.items);
      changeSet = answered.changeSet ?? changeSet;
      progress.step();
    }
  } finally {
    progress.stop();
  }
  return { changeSet, items };
}

function piecesOf(entries: Entries): readonly Entries[] {
  const pieces: Entries[] = [];
  let [piece, bytes]: [Entries, number] = [[], 0];
  for (const entry of entries) {
    const size = Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (piece.length === MOST.resources || (piece.length > 0 && bytes + size > MOST.bytes)) {
      pieces.push(piece);
      [piece, bytes] = [[], 0];
    }
    piece.push(entry);
    bytes += size;
  }
  return piece.length > 0 ? [...pieces, piece] : pieces;
}

const SIGNS = { created: '+', updated: '~', same: ' ', refused: '!' } as const;

function describeItem({ kind, id, outcome, errors, notes }: Imported): readonly string[] {
  if (outcome === 'same' && notes.length === 0) return [];
  return [
    `${SIGNS[outcome]} ${kind} ${oneLine(id)}`,
    ...errors.map(({ pointer, detail }) => `    ${oneLine(`${pointer} ${detail}`.trim())}`),
    ...notes.map((note) => `    note: ${oneLine(note)}`),
  ];
}

function summary(items: readonly Imported[], dryRun: boolean): string {
  const words = dryRun
    ? { created: 'to create', updated: 'to change', same: 'the same', refused: 'refused' }
    : { created: 'created', updated: 'changed', same: 'the same', refused: 'refused' };
  const counts = (['created', 'updated', 'same', 'refused'] as const)
    .map((outcome) => [items.filter((each) => each.outcome === outcome).length, words[outcome]] as const)
    .filter(([count]) => count > 0);
  return counts.length === 0 ? 'The archive is empty.' : `${counts.map((each) => each.join(' ')).join(', ')}.`;
}
