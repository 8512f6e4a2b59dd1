import type { Instant } from '../../lib/ids.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { PURPOSES, type Purpose } from '../../policy/purposes.ts';
import { type CompileInput, compileProgram } from '../compile/compile-program.ts';
import type { OwnedProblem } from '../language/check-rules.ts';
import type { Expression } from '../language/expression.ts';
import { partsOf } from '../language/expression-size.ts';
import type { ExplainPlan } from './explain-plan.ts';
import { type NamedRule, type RuleBook, type RuleNode, splitRule } from './split-rule.ts';

/** Nodes that an explanation shows at most. */
const MOST_NODES = 200;

export interface Explanation {
  readonly nodes: readonly RuleNode[];
  readonly plan: ExplainPlan;
}

export interface ExplanationInput {
  readonly rule: NamedRule;
  readonly book: RuleBook;
  readonly attributes: CompileInput['attributes'];
  readonly models: CompileInput['models'];
  /** IANA name. */
  readonly timeZone: string;
  /** Where the zone's table is centred. */
  readonly now: Instant;
}

type Segments = CompileInput['segments'][number];
type Measures = CompileInput['measures'][number];

/**
 * Splits a rule and compiles a program that has a segment, its negation and a measure for each of its nodes, together with the rules that it
 * names. Problems are those of the rule and of what it names.
 */
export function compileExplanation(input: ExplanationInput): Result<Explanation, readonly OwnedProblem[]> {
  const nodes = splitRule(input.rule, input.book, MOST_NODES);
  const asked = nodes.map((node, i) => questionsOf(node, i));
  let segments = [...asked.flatMap((each) => each.segments)];
  let measures = [...asked.flatMap((each) => each.measures)];
  const known = reachable(input.rule.tree, input.book);
  const compile = () =>
    compileProgram({
      segments: [...segments, ...known.segments],
      measures: [...measures, ...known.measures],
      attributes: input.attributes,
      models: input.models,
      timeZone: input.timeZone,
      now: input.now,
    });
  let compiled = compile();
  if (!compiled.ok) {
    // A rule at a limit has parts that go beyond it once a word stands around them. Those are not asked; the rule itself must be.
    const essential = compiled.error.filter(
      ({ owner }) => owner === null || !isQuestion(owner.name) || isRoot(owner.name),
    );
    if (essential.length > 0) return err(essential);
    const refused = new Set(compiled.error.flatMap(({ owner }) => namesWith(owner?.name ?? '')));
    const isLeft = ({ id }: { readonly id: string }) => !refused.has(id);
    segments = segments.filter(isLeft);
    measures = measures.filter(isLeft);
    compiled = compile();
    if (!compiled.ok) return err(compiled.error);
  }
  const { program, measures: cells } = compiled.value;
  const positions = new Map(program.segments.map(({ id }, position) => [id, position]));
  return ok({
    nodes,
    plan: {
      program,
      nodes: nodes.map(({ kind }, i) => ({
        isCondition: kind === 'condition',
        whenTrue: positions.get(segmentId(i, true)) ?? -1,
        whenFalse: positions.get(segmentId(i, false)) ?? -1,
        value: cells[measureId(i, 0)] ?? -1,
      })),
    },
  });
}

// No operator's segment has a colon in its id, and no measure begins with a low line.
const segmentId = (node: number, when: boolean) => `explain:${node}${when ? '' : ':not'}`;
const measureId = (node: number, level: number) => `_explain${node}_${level}`;
const isQuestion = (id: string) => id.startsWith('explain:') || id.startsWith('_explain');
const isRoot = (id: string) => id === segmentId(0, true);

/** A refused negation goes alone; without one of its measures nothing of a node can be asked. */
function namesWith(id: string): readonly string[] {
  const node = Number(/^_explain(\d+)/.exec(id)?.[1] ?? Number.NaN);
  if (Number.isNaN(node)) return [id];
  const levels = PURPOSES.map((_, level) => measureId(node, level));
  return [segmentId(node, true), segmentId(node, false), ...levels];
}

interface Questions {
  readonly segments: readonly Segments[];
  readonly measures: readonly Measures[];
}

function questionsOf({ kind, alone, purposes }: RuleNode, node: number): Questions {
  const [own = 'necessary', ...others] = purposes;
  const name = (level: number): Expression => ({ op: 'path', climb: 0, steps: [measureId(node, level)] });
  // What is reached through several purposes is asked through as many measures.
  const inner = others.length === 0 ? alone : name(1);
  const measure = (level: number, expression: Expression, purpose: Purpose): Measures => ({
    id: measureId(node, level),
    expression,
    purpose,
  });
  const measures = [
    measure(0, inner, own),
    ...others.map((purpose, i) => measure(i + 1, i === others.length - 1 ? alone : name(i + 2), purpose)),
  ];
  const segment = (when: boolean, rule: Expression): Segments => ({ id: segmentId(node, when), rule, purpose: own });
  const isKnown: Expression = { op: 'call', function: 'isNotNull', args: [inner] };
  const segments =
    kind === 'condition' ? [segment(true, inner), segment(false, { op: 'not', of: inner })] : [segment(true, isKnown)];
  return { segments, measures };
}

/** What the rule names, at first or second hand. A field may have the name of a measure: then that comes along in vain. */
function reachable(tree: Expression, book: RuleBook): Questions {
  const segments = new Map<string, Segments>();
  const measures = new Map<string, Measures>();
  const open: Expression[] = [tree];
  for (let node = open.pop(); node; node = open.pop()) {
    open.push(...partsOf(node));
    if (node.op === 'inSegment' && !segments.has(node.segment)) {
      const rule = book.segments.get(node.segment);
      if (!rule) continue;
      segments.set(node.segment, { id: node.segment, rule: rule.tree, purpose: rule.purpose });
      open.push(rule.tree);
    }
    const name = node.op === 'path' ? (node.steps[0] ?? '') : '';
    const rule = book.measures.get(name);
    if (node.op === 'path' && rule && !measures.has(name)) {
      measures.set(name, { id: name, expression: rule.tree, purpose: rule.purpose });
      open.push(rule.tree);
    }
  }
  return { segments: [...segments.values()], measures: [...measures.values()] };
}
