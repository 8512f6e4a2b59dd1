import { PUBLISH_PACKAGES, PUBLISH_ROOMS, START_UP } from '../house.ts';
import type { Rule, Tree, Violation } from '../rule.ts';
import type { ImportLine } from '../source-file.ts';

/** What an import brings in that only publishing needs, or null. */
function publishOnly({ specifier, target }: ImportLine): string | null {
  if (specifier !== null && Object.hasOwn(PUBLISH_PACKAGES, specifier)) return specifier;
  return target !== null && PUBLISH_ROOMS.some((room) => target.startsWith(room)) ? target : null;
}

/** Walks what is loaded at once, and names for each offending import the chain from the start to it. */
function findEarlyLoads(tree: Tree): Violation[] {
  const found: Violation[] = [];
  const seen = new Set<string>();
  const visit = (path: string, chain: readonly string[]): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const line of tree.files.get(path)?.imports ?? []) {
      if (line.typeOnly || line.dynamic) continue;
      const early = publishOnly(line);
      if (early !== null) found.push({ path, line: line.line, problem: [...chain, path, early].join(' → ') });
      else if (line.target !== null) visit(line.target, [...chain, path]);
    }
  };
  for (const path of START_UP) visit(path, []);
  return found;
}

export const START_UP_RULES: readonly Rule[] = [
  {
    id: 'nothing-to-publish-at-start',
    todo: 'load the parser and the compiler with `await import(…)` where they are used, or take the type with `import type`',
    check: findEarlyLoads,
  },
];
