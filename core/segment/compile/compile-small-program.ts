import { ok, type Result } from '../../lib/result.ts';
import type { OwnedProblem } from '../language/check-rules.ts';
import type { Expression } from '../language/expression.ts';
import { partsOf } from '../language/expression-size.ts';
import { needsGeneralCode } from '../runtime/create-core-engine.ts';
import type { Program } from '../runtime/program.ts';
import { type CompiledSegments, type CompileInput, compileProgram } from './compile-program.ts';

/** Rules as trees: what they are built on is read from them. */
export interface SmallProgramInput extends CompileInput {
  readonly segments: readonly (CompileInput['segments'][number] & { readonly rule: Expression })[];
  readonly measures: readonly (CompileInput['measures'][number] & { readonly expression: Expression })[];
}

export interface SmallProgram {
  /** Only what the wanted segments need. A segment that was not asked for is there without its name: its id is ''. */
  readonly program: Program;
  /** Wanted segments that the small engine cannot run, by id; with one of them it refuses the program. */
  readonly beyond: readonly string[];
}

/** Compiles some segments, and what they are built on, for the small engine. Problems are those of `compileProgram`. */
export function compileSmallProgram(
  input: SmallProgramInput,
  wanted: ReadonlySet<string>,
): Result<SmallProgram, readonly OwnedProblem[]> {
  const compiled = compileProgram({ ...input, ...closureOf(input, wanted), limiting: [], only: wanted });
  if (!compiled.ok) return compiled;
  const { program } = compiled.value;
  const beyond = needsGeneralCode(program)
    ? [...wanted].filter((id) => [...readsOf(id, compiled.value)].some((node) => isGeneral(node, program)))
    : [];
  const segments = program.segments.map((segment) => (wanted.has(segment.id) ? segment : { ...segment, id: '' }));
  return ok({ program: { ...program, segments }, beyond });
}

/** The wanted segments and everything that they name, and so on. A field of an event may have the name of a measure, which then comes along in vain. */
function closureOf(
  { segments, measures }: SmallProgramInput,
  wanted: ReadonlySet<string>,
): Pick<SmallProgramInput, 'segments' | 'measures'> {
  const rules = new Map(segments.map((segment) => [segment.id, segment.rule]));
  const expressions = new Map(measures.map((measure) => [measure.id, measure.expression]));
  const needed = { segments: new Set<string>(), measures: new Set<string>() };
  const open: Expression[] = [];
  const need = (of: keyof typeof needed, id: string, tree: Expression | undefined): void => {
    if (tree === undefined || needed[of].has(id)) return;
    needed[of].add(id);
    open.push(tree);
  };
  for (const id of wanted) need('segments', id, rules.get(id));
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.op === 'inSegment') need('segments', node.segment, rules.get(node.segment));
    const [name] = node.op === 'path' ? node.steps : [];
    if (name !== undefined) need('measures', name, expressions.get(name));
    open.push(...partsOf(node));
  }
  return {
    segments: segments.filter(({ id }) => needed.segments.has(id)),
    measures: measures.filter(({ id }) => needed.measures.has(id)),
  };
}

/** A segment's id, and all that it reads itself or through others: ids of segments, positions of cells. */
function readsOf(id: string, { lineage }: CompiledSegments): ReadonlySet<string | number> {
  const seen = new Set<string | number>();
  const open: (string | number)[] = [id];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    const reads = typeof node === 'number' ? lineage.cells[node] : lineage.segments[node];
    open.push(...(reads?.cells ?? []), ...(reads?.segments ?? []));
  }
  return seen;
}

function isGeneral(node: string | number, { cells, queries }: Program): boolean {
  const cell = typeof node === 'number' ? cells[node] : undefined;
  if (cell === undefined) return false;
  return needsGeneralCode({ cells: [cell], queries: cell.reads.queries.flatMap((query) => queries[query] ?? []) });
}
