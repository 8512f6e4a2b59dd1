import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tree } from './rule.ts';
import { parseSource, type SourceFile } from './source-file.ts';

const SOURCES = /\.(?:[cm]?ts|tsx|mjs|js)$/;
const SKIPPED = new Set(['node_modules', 'dist', 'coverage', 'docs']);

/** Every source file below the root of the repository, parsed. Folders with a leading dot are output, not source. */
export function readTree(root: string): Tree {
  const files = new Map<string, SourceFile>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) continue;
      if (entry.isDirectory()) walk(path);
      else if (SOURCES.test(entry.name)) files.set(path, parseSource(path, readFileSync(join(root, path), 'utf8')));
    }
  };
  walk('');
  return { files, exists: (path) => existsSync(join(root, path)) };
}

/** A tree out of the table `path → text`: how the rules are tested themselves. */
export function treeOf(sources: Readonly<Record<string, string>>): Tree {
  const files = new Map(Object.entries(sources).map(([path, text]) => [path, parseSource(path, text)]));
  return { files, exists: (path) => Object.hasOwn(sources, path) };
}
