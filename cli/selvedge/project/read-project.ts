import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseSpace } from '../../../core/lib/ids.ts';
import { limit } from '../../../core/lib/limits.ts';
import { RESOURCE_KINDS } from '../../../core/ruleset/resources.ts';
import { CliError, EXIT } from '../cli-error.ts';
import { CONFIG_FILE, KIND_FOLDERS, PROJECT_FILE } from './layout.ts';
import { loadConfig } from './load-config.ts';
import type { FileProblem, Project, WrittenResource } from './project.ts';
import { readYamlFile } from './read-yaml-file.ts';
import { keyOf } from './resource-key.ts';

const projectFile = z.strictObject({
  space: z.string().refine((text) => parseSpace(text) !== null, 'a space such as main'),
});

/** Reads every resource of a folder. Problems are collected: one command shows all of them. */
export async function readProject(folder: string): Promise<Project> {
  const space = await readSpaceOf(folder);
  const resources: WrittenResource[] = [];
  const problems: FileProblem[] = [...(await misplaced(folder))];
  const unread: string[] = [];
  for (const [plural, kind] of KIND_FOLDERS) {
    for (const name of (await readdir(join(folder, plural)).catch(() => [])).sort()) {
      const id = /^([^.].*)\.ya?ml$/.exec(name)?.[1];
      if (id === undefined) continue;
      const file = `${plural}/${name}`;
      const path = join(folder, plural, name);
      if ((await stat(path)).size > limit('adminBodyBytes')) {
        unread.push(id);
        problems.push({
          file,
          line: 1,
          column: 1,
          code: 'tooLarge',
          detail: `more than ${limit('adminBodyBytes')} bytes`,
        });
        continue;
      }
      const read = readYamlFile(kind, id, file, await readFile(path, 'utf8'));
      problems.push(...read.problems);
      if (read.resource) resources.push(read.resource);
      else unread.push(id);
    }
  }
  const config = await loadConfig(folder);
  problems.push(...config.problems);
  resources.push(...config.resources);
  unread.push(...config.unread);
  const first = new Map<string, string>();
  for (const each of resources) {
    const held = first.get(keyOf(each));
    if (held === undefined) first.set(keyOf(each), each.file);
    else
      problems.push({
        file: each.file,
        line: 1,
        column: 1,
        code: 'duplicate',
        detail: `${keyOf(each)} is in ${held} already`,
      });
  }
  return { folder, space, resources, problems, unread };
}

export async function readSpaceOf(folder: string): Promise<string> {
  const text = await readFile(join(folder, PROJECT_FILE), 'utf8').catch(() => null);
  if (text === null)
    throw new CliError(
      `There is no ${PROJECT_FILE} in ${folder}.`,
      EXIT.usage,
      'Begin with "selvedge init" or "selvedge pull", or name the folder: selvedge --folder <folder> …',
    );
  try {
    return projectFile.parse(parse(text)).space;
  } catch {
    throw new CliError(
      `${join(folder, PROJECT_FILE)} cannot be read.`,
      EXIT.problems,
      `Write one line into it: space: main`,
    );
  }
}

/** A folder that is almost one of ours would be passed over in silence. */
async function misplaced(folder: string): Promise<readonly FileProblem[]> {
  const names = new Set(await readdir(folder));
  return RESOURCE_KINDS.filter((kind) => names.has(kind)).map((kind) => ({
    file: kind,
    line: 1,
    column: 1,
    code: 'misplaced',
    detail: `files of this kind belong into ${[...KIND_FOLDERS].find(([, each]) => each === kind)?.[0]}/; ${CONFIG_FILE} is the other place`,
  }));
}
