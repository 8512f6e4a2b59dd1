import { posix } from 'node:path';
import { type Program, parseSync, Visitor } from 'oxc-parser';

/** One import, re-export, dynamic import or `import('…')` type of a file. */
export interface ImportLine {
  readonly line: number;
  /** Null for `import(expression)`: nobody can tell what it loads. */
  readonly specifier: string | null;
  /** Erased when the file runs. `import { type A }` is not: it still loads the module. */
  readonly typeOnly: boolean;
  /** `import(…)`: loaded when the code gets there, not when the file does. */
  readonly dynamic: boolean;
  /** Path in the repository that a relative specifier names, null for packages. */
  readonly target: string | null;
}

/** Something in the code that a rule may object to. */
export interface Finding {
  readonly line: number;
  readonly kind: 'any' | 'enum' | 'ts-ignore' | 'todo' | 'clock' | 'dice';
  readonly text: string;
}

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly ImportLine[];
  readonly findings: readonly Finding[];
  readonly exportedFunctions: number;
  /** Holds re-exports and nothing of its own. */
  readonly barrel: boolean;
}

type Statement = Program['body'][number];

/** Calls that read a clock or roll dice: what core gets passed in. */
const IMPURE: Readonly<Record<string, Finding['kind']>> = {
  'Date.now': 'clock',
  'performance.now': 'clock',
  'Math.random': 'dice',
  'crypto.randomUUID': 'dice',
  'crypto.getRandomValues': 'dice',
};

/** Reads the facts that the rules judge out of one file. Throws on code that does not parse. */
export function parseSource(path: string, text: string): SourceFile {
  const result = parseSync(path, text);
  const [error] = result.errors;
  if (error) throw new Error(`${path} does not parse: ${error.message}`);
  const lineOf = lineFinder(text);
  const imports: ImportLine[] = [];
  const findings: Finding[] = [];

  const addImport = (node: { start: number }, specifier: string | null, typeOnly: boolean, dynamic = false) => {
    const relative = specifier?.startsWith('.') === true;
    const target = relative ? posix.normalize(posix.join(posix.dirname(path), specifier)) : null;
    imports.push({ line: lineOf(node.start), specifier, typeOnly, dynamic, target });
  };
  const addFinding = (node: { start: number }, kind: Finding['kind'], found: string) =>
    findings.push({ line: lineOf(node.start), kind, text: found });

  new Visitor({
    ImportDeclaration: (node) => addImport(node, node.source.value, node.importKind === 'type'),
    ExportAllDeclaration: (node) => addImport(node, node.source.value, node.exportKind === 'type'),
    ExportNamedDeclaration: (node) => {
      if (node.source) addImport(node, node.source.value, node.exportKind === 'type');
    },
    ImportExpression: (node) => {
      const literal =
        node.source.type === 'Literal' && typeof node.source.value === 'string' ? node.source.value : null;
      addImport(node, literal, false, true);
    },
    TSImportType: (node) => addImport(node, node.source.value, true),
    TSAnyKeyword: (node) => addFinding(node, 'any', 'any'),
    TSEnumDeclaration: (node) => addFinding(node, 'enum', `enum ${node.id.name}`),
    MemberExpression: (node) => {
      const name = text.slice(node.start, node.end);
      const kind = Object.hasOwn(IMPURE, name) ? IMPURE[name] : undefined;
      if (kind) addFinding(node, kind, name);
    },
    NewExpression: (node) => {
      const isDate = node.callee.type === 'Identifier' && node.callee.name === 'Date';
      if (isDate && node.arguments.length === 0) addFinding(node, 'clock', 'new Date()');
    },
  }).visit(result.program);

  for (const comment of result.comments) {
    const ignore = /@ts-(?:ignore|nocheck)/.exec(comment.value);
    if (ignore) addFinding(comment, 'ts-ignore', ignore[0]);
    const unowned = /\b(?:TODO|FIXME|XXX)\b(?!\([\w-]+\))/.exec(comment.value);
    if (unowned) addFinding(comment, 'todo', unowned[0]);
  }

  const { body } = result.program;
  return {
    path,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    imports,
    findings,
    exportedFunctions: body.filter(isExportedFunction).length,
    barrel: body.length > 0 && body.every(isReExport),
  };
}

function isExportedFunction(statement: Statement): boolean {
  if (statement.type !== 'ExportNamedDeclaration') return false;
  const declared = statement.declaration;
  if (declared?.type === 'FunctionDeclaration') return true;
  if (declared?.type !== 'VariableDeclaration') return false;
  return declared.declarations.some(({ init }) => /^(?:ArrowFunction|Function)Expression$/.test(init?.type ?? ''));
}

function isReExport(statement: Statement): boolean {
  if (statement.type === 'ExportAllDeclaration') return true;
  return statement.type === 'ExportNamedDeclaration' && statement.source !== null;
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let line = starts.length;
    while (line > 1 && (starts[line - 1] ?? 0) > offset) line--;
    return line;
  };
}
