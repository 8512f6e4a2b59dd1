import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RESOURCE_KINDS } from '../../../core/ruleset/resources.ts';
import type { Defined } from '../define.ts';
import { CONFIG_FILE } from './layout.ts';
import type { FileProblem, WrittenResource } from './project.ts';
import { resourceProblems } from './read-yaml-file.ts';

interface LoadedConfig {
  readonly resources: readonly WrittenResource[];
  readonly problems: readonly FileProblem[];
  readonly unread: readonly string[];
}

const START = { line: 1, column: 1 };

/**
 * Runs `selvedge.config.ts`, where there is one, and takes every definition that it exports. It is code of the project and runs with the rights of whoever
 * starts the command, as any build script.
 */
export async function loadConfig(folder: string): Promise<LoadedConfig> {
  const path = resolve(folder, CONFIG_FILE);
  if (!existsSync(path)) return { resources: [], problems: [], unread: [] };
  const define = new URL('../define.ts', import.meta.url).href;
  // The folder need not have the package installed.
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'selvedge/define' ? { url: define, shortCircuit: true } : next(specifier, context),
  });
  try {
    const module = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
    return collect(Object.values(module).flat().filter(isDefined));
  } catch (error) {
    return {
      resources: [],
      problems: [{ file: CONFIG_FILE, ...placeOf(error, path), code: 'config', detail: reasonOf(error) }],
      unread: [],
    };
  } finally {
    hooks.deregister();
  }
}

function collect(defined: readonly Defined[]): LoadedConfig {
  const found = defined.map(({ selvedgeKind: kind, resource }): WrittenResource => {
    const json = JSON.parse(JSON.stringify(resource)) as Readonly<Record<string, unknown>>;
    return { kind, id: String(json.id), file: CONFIG_FILE, resource: json, place: () => START };
  });
  const judged = found.map((each) => ({
    each,
    problems: resourceProblems(each).map((problem) => ({
      ...problem,
      detail: `${each.kind} ${each.id}: ${problem.detail}`,
    })),
  }));
  return {
    resources: judged.filter(({ problems }) => problems.length === 0).map(({ each }) => each),
    problems: judged.flatMap(({ problems }) => problems),
    unread: judged.filter(({ problems }) => problems.length > 0).map(({ each }) => each.id),
  };
}

function isDefined(value: unknown): value is Defined {
  return (
    typeof value === 'object' &&
    value !== null &&
    'selvedgeKind' in value &&
    RESOURCE_KINDS.some((kind) => kind === value.selvedgeKind) &&
    'resource' in value
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `it cannot be run: ${error.message.split('\n')[0]}` : 'it cannot be run';
}

/** The first line of the file in the stack. */
function placeOf(error: unknown, path: string): { readonly line: number; readonly column: number } {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const at = stack.split('\n').find((line) => line.includes(path));
  const [, line, column] = /:(\d+):(\d+)\)?$/.exec(at ?? '') ?? [];
  return line === undefined ? START : { line: Number(line), column: Number(column) };
}
