import type { ImportLine, SourceFile } from './source-file.ts';

/** What the rules look at: every parsed source, and whether some other file (JSON, SQL, HTML …) exists. */
export interface Tree {
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly exists: (path: string) => boolean;
}

export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly problem: string;
}

export interface Rule {
  readonly id: string;
  /** What whoever broke it should do. */
  readonly todo: string;
  readonly check: (tree: Tree) => Violation[];
}

/** A rule that judges each import line by itself. The judge answers with the problem, or null. */
export function importRule(
  id: string,
  todo: string,
  judge: (file: SourceFile, line: ImportLine, tree: Tree) => string | null,
): Rule {
  return fileRule(id, todo, (file, tree) =>
    file.imports.flatMap((line) => {
      const problem = judge(file, line, tree);
      return problem ? [{ line: line.line, problem }] : [];
    }),
  );
}

/** A rule that judges each file by itself. */
export function fileRule(
  id: string,
  todo: string,
  judge: (file: SourceFile, tree: Tree) => readonly { line: number; problem: string }[],
): Rule {
  const check = (tree: Tree) =>
    [...tree.files.values()].flatMap((file) => judge(file, tree).map((found) => ({ path: file.path, ...found })));
  return { id, todo, check };
}

/** The room a path lies in: its first folder, `.` for files beside package.json. */
export function roomOf(path: string): string {
  const slash = path.indexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash);
}

/** One line an engineer can act on. */
export function describeViolation(rule: Rule, { path, line, problem }: Violation): string {
  return `${path}:${line}  [${rule.id}] ${problem} → ${rule.todo}`;
}
