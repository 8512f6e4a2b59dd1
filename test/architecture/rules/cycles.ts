import type { Rule, Tree, Violation } from '../rule.ts';

/**
 * Finds one cycle per group of files that reach each other: depth first, and an import of a file that is still open
 * closes a cycle. Imports of types count, because they too make two files one thing to understand.
 */
function findCycles(tree: Tree): Violation[] {
  const done = new Set<string>();
  const open: string[] = [];
  const found: Violation[] = [];

  const visit = (path: string): void => {
    open.push(path);
    for (const { target, line } of tree.files.get(path)?.imports ?? []) {
      if (target === null || done.has(target) || !tree.files.has(target)) continue;
      const start = open.indexOf(target);
      if (start >= 0) found.push({ path, line, problem: [...open.slice(start), target].join(' → ') });
      else visit(target);
    }
    open.pop();
    done.add(path);
  };
  for (const path of tree.files.keys()) if (!done.has(path)) visit(path);
  return found;
}

export const CYCLE_RULES: readonly Rule[] = [
  {
    id: 'no-cycles',
    todo: 'move what both sides need into a third file that neither side is behind',
    check: findCycles,
  },
];
