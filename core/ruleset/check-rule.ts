import type { Instant } from '../lib/ids.ts';
import { ok } from '../lib/result.ts';
import type { Purpose } from '../policy/purposes.ts';
import { lineageOf, type RuleLineage } from '../segment/compile/lineage.ts';
import type { Expression } from '../segment/language/expression.ts';
import { partsOf } from '../segment/language/expression-size.ts';
import { compileBrowserRules } from './compile-browser-rules.ts';
import { compileRules, NOTHING_HIDDEN } from './compile-rules.ts';
import { readDraft, type StoredResource } from './draft.ts';
import type { RulesetProblem } from './problem.ts';
import type { RulesetSources } from './resources.ts';
import { type RuleViews, readRule, viewsOf } from './rule-form.ts';

/** A rule or a measure that may not be stored yet. */
export interface RuleToCheck {
  readonly rule: string | Expression;
  readonly as: 'segment' | 'measure';
  /** Of the resource that it would replace; null: a new one. */
  readonly id: string | null;
  readonly purpose: Purpose;
  /** A segment that is to be marked for browsers: judged as a public one, and as if it were the only one. Says nothing about measures. */
  readonly inBrowser?: boolean;
}

export interface CheckedRule {
  /** Null where the text is no rule. */
  readonly tree: Expression | null;
  readonly views: RuleViews | null;
  /** What would keep it from being published, in itself and in what it names. Positions are in the text that came, or in `views.text`. */
  readonly problems: readonly RulesetProblem[];
  /** What it reads; null where it cannot be compiled. */
  readonly lineage: RuleLineage | null;
}

/** No id of a resource: nothing can be named so by accident. */
const UNNAMED = 'this rule';

/** Judges one rule as a part of the draft. Parts of the draft that the rule does not lead to may be broken. */
export function checkRule(
  { rule, as, id, purpose, inBrowser = false }: RuleToCheck,
  stored: readonly StoredResource[],
  now: Instant,
): CheckedRule {
  const name = id ?? UNNAMED;
  const read = readRule(rule);
  if (!read.ok) {
    const { code, detail, position } = read.error;
    const problem: RulesetProblem = { kind: as, id: id ?? '', pointer: '/rule', code, detail, ...position };
    return { tree: null, views: null, problems: [problem], lineage: null };
  }
  const tree = read.value;
  const draft = reduceDraft(readDraft(stored).sources, tree, as === 'segment' ? { segment: name } : { measure: name });
  // Text as it came keeps its positions.
  const written = rule as Expression;
  const sources: RulesetSources =
    as === 'segment'
      ? {
          ...draft,
          segment: [
            ...draft.segment,
            { id: name, name, rule: written, purpose, public: inBrowser, observed: false, inBrowser },
          ],
        }
      : { ...draft, measure: [...draft.measure, { id: name, name, expression: written, purpose, public: false }] };
  const compiled = compileRules(sources, NOTHING_HIDDEN, now);
  const views = viewsOf(tree);
  if (compiled.ok) {
    const browser = inBrowser ? compileBrowserRules(withTree(sources, name, tree), compiled.value, now) : ok(null);
    const problems = browser.ok ? [] : browser.error.map((problem) => ({ ...problem, id: id ?? '' }));
    return { tree, views, problems, lineage: lineageOf(compiled.value.lineage, as, name) };
  }
  const problems = compiled.error.map((problem) =>
    problem.kind === as && problem.id === name ? { ...problem, id: id ?? '', pointer: '/rule' } : problem,
  );
  return { tree, views, problems, lineage: null };
}

/** Rules for browsers are read, not only parsed. */
function withTree(sources: RulesetSources, name: string, rule: Expression): RulesetSources {
  return { ...sources, segment: sources.segment.map((each) => (each.id === name ? { ...each, rule } : each)) };
}

/** The draft without offers, experiments and without the replaced resource; what the rule does not lead to keeps its name and loses its content. */
function reduceDraft(
  sources: RulesetSources,
  tree: Expression,
  without: { readonly segment?: string; readonly measure?: string },
): RulesetSources {
  const segments = new Map(sources.segment.map((segment) => [segment.id, segment]));
  const measures = new Map(sources.measure.map((measure) => [measure.id, measure]));
  segments.delete(without.segment ?? '');
  measures.delete(without.measure ?? '');
  const needed = new Set<object>();
  const open: Expression[] = [tree];
  const need = (found: { readonly content: Expression; readonly resource: object } | null): void => {
    if (found === null || needed.has(found.resource)) return;
    needed.add(found.resource);
    open.push(found.content);
  };
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    open.push(...partsOf(node));
    if (node.op === 'inSegment') {
      const resource = segments.get(node.segment);
      need(resource ? { resource, content: resource.rule } : null);
    }
    if (node.op === 'path') {
      // It may be a field of an element or a variable; then the measure of that name comes along in vain.
      const resource = measures.get(node.steps[0] ?? '');
      need(resource ? { resource, content: resource.expression } : null);
    }
  }
  return {
    ...sources,
    offer: [],
    experiment: [],
    segment: [...segments.values()].map((each) => ({
      ...(needed.has(each) ? each : { ...each, rule: ALWAYS }),
      inBrowser: false,
    })),
    measure: [...measures.values()].map((each) => (needed.has(each) ? each : { ...each, expression: ALWAYS })),
  };
}

const ALWAYS: Expression = { op: 'literal', value: true };
