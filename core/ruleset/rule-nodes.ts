import type { Attribute } from '../profile/attribute.ts';
import type { Expression } from '../segment/language/expression.ts';
import { partsOf } from '../segment/language/expression-size.ts';
import { printExpression } from '../segment/language/print-expression.ts';
import type { RuleNode, RuleSet } from '../segment/preview/changed-segments.ts';
import { eligibilityId } from './eligibility.ts';
import type { LiveRule, RulesPart } from './manifest.ts';

/** The rules of one ruleset, live or not, with all that decides over their values. */
export interface RulesSide {
  readonly rules: Pick<RulesPart, 'segments' | 'measures' | 'eligibility'>;
  /** Ids of all offers: who has no rule reaches everybody. */
  readonly offers: readonly string[];
  readonly attributes: readonly Attribute[];
  readonly timeZone: string;
}

/** Segments, and who is eligible for an offer as a segment of its own. */
export function conditionsOf({ rules, offers }: RulesSide): readonly LiveRule[] {
  const eligibility = new Map(rules.eligibility.map((rule) => [rule.id, rule]));
  return [
    ...rules.segments,
    ...offers.map((offer): LiveRule => {
      const { rule, purpose } = eligibility.get(offer) ?? EVERYBODY;
      return { id: eligibilityId(offer), rule, purpose };
    }),
  ];
}

const EVERYBODY: Pick<LiveRule, 'rule' | 'purpose'> = { rule: { op: 'literal', value: true }, purpose: 'necessary' };

/** As the comparison of two rulesets reads them. */
export function ruleNodes(side: RulesSide): RuleSet {
  const measures = new Set(side.rules.measures.map(({ id }) => id));
  const attributes = new Map(side.attributes.map((attribute) => [attribute.id, attribute]));
  const node = (kind: RuleNode['kind'], name: string, tree: Expression, purpose: string): RuleNode => {
    const names = namesIn(tree);
    const read = [...names.paths].filter((path) => attributes.has(path)).sort();
    const typed = read.map((path) => [path, attributes.get(path)?.type, attributes.get(path)?.merge ?? null]);
    return {
      kind,
      name,
      meaning: JSON.stringify([printExpression(tree), purpose, typed]),
      reads: [
        ...[...names.segments].map((segment) => ({ kind: 'segment' as const, name: segment })),
        // A variable may have the name of a measure: then one too many is run, and nothing is missed.
        ...[...names.paths]
          .filter((path) => measures.has(path) && !(kind === 'measure' && path === name))
          .map((measure) => ({ kind: 'measure' as const, name: measure })),
      ],
    };
  };
  return {
    context: side.timeZone,
    nodes: [
      ...conditionsOf(side).map(({ id, rule, purpose }) => node('segment', id, rule, purpose)),
      ...side.rules.measures.map(({ id, expression, purpose }) => node('measure', id, expression, purpose)),
    ],
  };
}

interface Names {
  readonly segments: ReadonlySet<string>;
  /** First steps of paths: attributes, measures, variables. */
  readonly paths: ReadonlySet<string>;
}

function namesIn(tree: Expression): Names {
  const segments = new Set<string>();
  const paths = new Set<string>();
  const open: Expression[] = [tree];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.op === 'inSegment') segments.add(node.segment);
    if (node.op === 'path' && node.steps[0] !== undefined) paths.add(node.steps[0]);
    open.push(...partsOf(node));
  }
  return { segments, paths };
}
