import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { connect } from '../admin-api.ts';
import { EXIT } from '../cli-error.ts';
import { type Base, hashOf, readBase, writeBase } from '../project/base-file.ts';
import { canonicalResource } from '../project/canonical.ts';
import { CONFIG_FILE, fileOf, PROJECT_FILE } from '../project/layout.ts';
import type { Project, WrittenResource } from '../project/project.ts';
import { readProject } from '../project/read-project.ts';
import { type Remote, type RemoteResource, readRemote } from '../project/remote.ts';
import { requireSpace } from '../project/require-space.ts';
import { keyOf, type ResourceKey } from '../project/resource-key.ts';
import { yamlText } from '../project/yaml-text.ts';
import { answer, type Shell } from '../shell.ts';
import { layOut } from './init.ts';

interface Pulled {
  readonly written: string[];
  readonly removed: string[];
  /** Edited here and not there. */
  readonly kept: string[];
  /** Edited on both sides: the file stays. */
  readonly conflicts: string[];
}

/** Makes the files say what the server's drafts say. What somebody edited here is never written over without `--force`. */
export async function pull(shell: Shell, { force = false }: { readonly force?: boolean }): Promise<number> {
  const { folder } = shell;
  const api = await connect(shell);
  const { url, space } = api.login;
  if (existsSync(join(folder, PROJECT_FILE))) await requireSpace(folder, api.login);
  const remote = await readRemote(api);
  await layOut(folder, space);
  const project = await readProject(folder);
  const base = await readBase(folder, url, space);
  const pulled: Pulled = { written: [], removed: [], kept: [], conflicts: [] };
  const resources: Base['resources'] = {};
  const files = new Map(project.resources.map((file) => [keyOf(file), file]));
  for (const [key, held] of remote) {
    if (held.archived) continue;
    const outcome = await pullOne(folder, held, files.get(key), base, project, force);
    if (outcome !== 'same') pulled[outcome].push(files.get(key)?.file ?? fileOf(held.kind, held.id));
    const known = base?.resources[key];
    if (outcome === 'written' || outcome === 'same') {
      resources[key] = { version: held.version, hash: hashOf(canonicalResource(held.kind, held.resource, null)) };
    } else if (known) resources[key] = known;
  }
  await removeArchived(folder, files, remote, { base, force }, pulled, resources);
  await writeBase(folder, { url, space, resources });
  answer(shell, { url, space, folder, ...pulled }, () => describe(pulled));
  return pulled.conflicts.length > 0 ? EXIT.problems : EXIT.ok;
}

async function pullOne(
  folder: string,
  held: RemoteResource,
  file: WrittenResource | undefined,
  base: Base | null,
  project: Project,
  force: boolean,
): Promise<'written' | 'same' | 'kept' | 'conflicts'> {
  const { kind, id, resource, version } = held;
  const theirs = canonicalResource(kind, resource, null);
  const path = join(folder, file?.file ?? fileOf(kind, id));
  if (file) {
    const ours = hashOf(canonicalResource(kind, file.resource, theirs));
    if (ours === hashOf(theirs)) return 'same';
    const was = base?.resources[keyOf({ kind, id })];
    const isEdited = was?.hash !== ours;
    // Code is not ours to write.
    if (file.file === CONFIG_FILE) return was?.version === version ? 'kept' : 'conflicts';
    if (isEdited && !force) return was?.version === version ? 'kept' : 'conflicts';
  } else if (project.unread.includes(id) && existsSync(path) && !force) return 'conflicts';
  const present = await readFile(path, 'utf8').catch(() => null);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, yamlText(kind, resource, present));
  return 'written';
}

/** Files of what is gone on the server go too; one that was never there is new here, and stays. */
async function removeArchived(
  folder: string,
  files: ReadonlyMap<ResourceKey, WrittenResource>,
  remote: Remote,
  { base, force }: { readonly base: Base | null; readonly force: boolean },
  pulled: Pulled,
  resources: Base['resources'],
): Promise<void> {
  for (const [key, { kind, file, resource }] of files) {
    const held = remote.get(key);
    if (held && !held.archived) continue;
    const was = base?.resources[key];
    if (!was) {
      pulled.kept.push(file);
      continue;
    }
    const before = held ? canonicalResource(kind, held.resource, null) : null;
    const isEdited = hashOf(canonicalResource(kind, resource, before)) !== was.hash;
    if (file === CONFIG_FILE || (isEdited && !force)) {
      pulled.conflicts.push(file);
      resources[key] = was;
    } else {
      await rm(join(folder, file));
      pulled.removed.push(file);
    }
  }
}

function describe({ written, removed, kept, conflicts }: Pulled): readonly string[] {
  return [
    ...written.map((file) => `  ${file}`),
    ...removed.map((file) => `  ${file} (removed: archived on the server)`),
    ...kept.map((file) => `  ${file} (kept: changed here)`),
    ...conflicts.map((file) => `  ${file} (conflict: changed here and on the server; kept)`),
    conflicts.length > 0
      ? `${conflicts.length} in conflict: "selvedge plan" shows both sides; join them in the file and push with --force, or "selvedge pull --force" takes the server's.`
      : `${written.length} written, ${removed.length} removed, ${kept.length} kept.`,
  ];
}
