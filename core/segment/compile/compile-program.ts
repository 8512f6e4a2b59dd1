import type { Instant } from '../../lib/ids.ts';
import { limit } from '../../lib/limits.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { Label } from '../../policy/labels.ts';
import type { Purpose } from '../../policy/purposes.ts';
import type { AttributeType } from '../attribute-type.ts';
import { checkRules, type OwnedProblem } from '../language/check-rules.ts';
import type { Expression } from '../language/expression.ts';
import type { RuleProblemCode } from '../language/problem.ts';
import type { Owner } from '../language/rule-cycle.ts';
import type { Program } from '../runtime/program.ts';
import { assembleProgram } from './assemble-program.ts';
import type { Lineage } from './lineage.ts';
import { type CheckedRule, RuleFormulas } from './rule-formulas.ts';
import { Tables } from './tables.ts';
import { compileZone } from './zone-table.ts';

/** Everything that is published together. */
export interface CompileInput {
  /** Segments of the product and hidden eligibility rules alike. Rules are text, or stored trees. */
  readonly segments: readonly { readonly id: string; readonly rule: string | Expression; readonly purpose: Purpose }[];
  /** Hidden rules that limit how often something is shown: like segments, and not counted among them. */
  readonly limiting?: readonly { readonly id: string; readonly rule: Expression; readonly purpose: Purpose }[];
  readonly measures: readonly {
    readonly id: string;
    readonly expression: string | Expression;
    readonly purpose: Purpose;
  }[];
  /** Null: a profile may hold anything. */
  readonly attributes: ReadonlyMap<string, { readonly type: AttributeType; readonly labels: readonly Label[] }> | null;
  /** Published models; null: not known. */
  readonly models: ReadonlySet<string> | null;
  /** IANA name. */
  readonly timeZone: string;
  /** Where the zone's table is centred. */
  readonly now: Instant;
  /** Ids of segments: nothing is evaluated but for them. Others that their rules name for nothing have no members, and measures no cells of their own. Left out: everything is. */
  readonly only?: ReadonlySet<string>;
  /** Labels of a field of events: a dotted path in the data, or from `context` on. The type `*` asks for those of any type. */
  readonly eventLabels?: (type: string, path: string) => readonly Label[];
}

export interface CompiledSegments {
  readonly program: Program;
  readonly lineage: Lineage;
  /** By id: the position of its cell in the program, for its own purpose alone. None where the program is of some segments only. */
  readonly measures: Readonly<Record<string, number>>;
}

/**
 * Checks all rules with each other and compiles them into one program. Reports every problem it finds. The program does not
 * depend on the order of the input. Linear in the size of the rules.
 */
export function compileProgram(given: CompileInput): Result<CompiledSegments, readonly OwnedProblem[]> {
  const most = limit('segmentsPerRuleset');
  if (given.segments.length > most) {
    const detail = `A ruleset holds at most ${most} segments; these are ${given.segments.length}.`;
    return err([{ owner: null, code: 'tooManySegments', detail, position: null }]);
  }
  const input = { ...given, segments: [...given.segments, ...(given.limiting ?? [])] };
  const problems = nameProblems(input);
  const types = input.attributes && new Map([...input.attributes].map(([name, { type }]) => [name, type]));
  const checked = checkRules({
    segments: new Map(input.segments.map(({ id, rule }) => [id, rule])),
    measures: new Map(input.measures.map(({ id, expression }) => [id, expression])),
    attributes: types,
    models: input.models,
    timeZone: input.timeZone,
  });
  if (!checked.ok) return err([...problems, ...checked.error]);
  if (problems.length > 0) return err(problems);

  const tables = new Tables();
  const segments = sorted(input.segments, checked.value.segments);
  const measures = sorted(input.measures, checked.value.measures);
  const context = { tables, attributes: types, timeZone: input.timeZone };
  const rules = new RuleFormulas(segments, measures, context);
  const zone = compileZone(input.timeZone, input.now);
  return ok(assembleProgram(rules, { ...input, segments, measures: input.only ? [] : measures, tables, zone }));
}

function sorted(
  rules: readonly { readonly id: string; readonly purpose: Purpose }[],
  trees: ReadonlyMap<string, Expression>,
): readonly CheckedRule[] {
  const checked = rules.map(({ id, purpose }) => {
    const tree = trees.get(id);
    if (!tree) throw new Error(`no tree of ${id}`);
    return { id, purpose, tree };
  });
  return checked.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function nameProblems({ segments, measures, attributes }: CompileInput): readonly OwnedProblem[] {
  const problems: OwnedProblem[] = [];
  const report = (kind: Owner['kind'], name: string, code: RuleProblemCode, detail: string) => {
    problems.push({ owner: { kind, name }, code, detail, position: null });
  };
  for (const [kind, rules] of [
    ['segment', segments],
    ['measure', measures],
  ] as const) {
    const seen = new Map<string, number>();
    for (const { id } of rules) {
      const times = (seen.get(id) ?? 0) + 1;
      seen.set(id, times);
      if (times === 2) report(kind, id, 'duplicateName', `There are two ${kind}s "${id}".`);
    }
  }
  for (const { id } of measures) {
    if (id === 'xEvent') report('measure', id, 'shadowedName', '"xEvent" is the list of events and names no measure.');
    if (attributes?.has(id)) report('measure', id, 'shadowedName', `There is an attribute "${id}" already.`);
  }
  return problems;
}
