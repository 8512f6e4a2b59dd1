import type { Experiment, Variant } from '../../experiment/experiment.ts';
import type { JsonValue } from '../../lib/json.ts';
import type { Expression } from '../../segment/language/expression.ts';
import { partsOf } from '../../segment/language/expression-size.ts';
import type { CompiledContent } from '../content/compiled-content.ts';
import type { CompiledEffect } from '../experiment-effect.ts';
import type { Offer } from '../offer.ts';
import type { ContentKind, Placement } from '../placement.ts';
import type { DecisionNames } from './decision-names.ts';
import type { DecisionProblem } from './decision-problem.ts';
import type { HiddenRules } from './hidden-rules.ts';
import { compileForKind } from './kind-content.ts';
import { takersOf } from './plan-offer.ts';

/** An effect before the program is there. */
export type PlannedEffect = (ruleOf: (id: string) => number) => CompiledEffect;

/**
 * What the variants of an experiment need beside ids: content of their own, compiled; on a segment the eligibility of each offer that asks for it, with the
 * variant's segment in its place. An offer that asks for it by way of another segment is not varied.
 */
export function planEffect(
  experiment: Experiment,
  offers: readonly Offer[],
  placements: ReadonlyMap<string, Placement>,
  names: DecisionNames,
  rules: HiddenRules,
  problems: DecisionProblem[],
): PlannedEffect | null {
  const contents = variantContents(experiment, offers, placements, names, problems);
  const isDraft = experiment.status === 'draft';
  const varied = experiment.on.kind === 'segment' && !isDraft ? variantRules(experiment, offers, rules) : {};
  const hasContents = Object.keys(contents).length > 0;
  if (isDraft || (!hasContents && Object.keys(varied).length === 0)) return null;
  return (ruleOf) => ({
    experiment: experiment.id,
    ...(hasContents && { contents }),
    ...(experiment.on.kind === 'segment' && { rules: mapValues(varied, (byOffer) => mapValues(byOffer, ruleOf)) }),
  });
}

type Contents = { readonly [K in ContentKind]?: Readonly<Record<string, CompiledContent>> };

function variantContents(
  experiment: Experiment,
  offers: readonly Offer[],
  placements: ReadonlyMap<string, Placement>,
  names: DecisionNames,
  problems: DecisionProblem[],
): Readonly<Record<string, Contents>> {
  const takers = takersOf(placementsOf(experiment, offers), placements);
  const found: Record<string, Contents> = {};
  experiment.variants.forEach(({ id, value }, i) => {
    if (value.use !== 'content') return;
    const place = { kind: 'experiment', id: experiment.id, pointer: `/variants/${i}/value/content` } as const;
    let contents: Contents = {};
    for (const taker of takers) {
      const compiled = compileForKind(value.content, taker, place, names);
      if (compiled.ok) contents = { ...contents, [taker.kind]: { '': compiled.value } };
      else problems.push(...compiled.error);
    }
    found[id] = contents;
  });
  return found;
}

function placementsOf({ on }: Experiment, offers: readonly Offer[]): readonly string[] {
  if (on.kind === 'placement') return [on.id];
  return on.kind === 'offer' ? (offers.find(({ id }) => id === on.id)?.placements ?? []) : [];
}

/** By variant, then by offer: the id of the rule that stands for the offer's own. */
function variantRules(
  { id, on, variants }: Experiment,
  offers: readonly Offer[],
  rules: HiddenRules,
): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const asking = offers.flatMap(({ id: offer, eligibility, purpose }) =>
    eligibility && namesSegment(eligibility, on.id) ? [{ offer, eligibility, purpose }] : [],
  );
  return Object.fromEntries(
    variants
      .filter(({ value }) => value.use !== 'default')
      .map(({ id: variant, value }) => [
        variant,
        Object.fromEntries(
          asking.map(({ offer, eligibility, purpose }) => {
            const tree = withSegment(eligibility, on.id, value);
            const place = { kind: 'offer', id: offer, pointer: '/eligibility' } as const;
            return [offer, rules.add({ id: `variant:${id}:${variant}:${offer}`, tree, purpose, place })];
          }),
        ),
      ]),
  );
}

export function namesSegment(tree: Expression, segment: string): boolean {
  const open: Expression[] = [tree];
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.op === 'inSegment' && node.segment === segment) return true;
    open.push(...partsOf(node));
  }
  return false;
}

/** A tree is plain JSON, so its parts are found without knowing every kind of node. */
function withSegment(tree: Expression, segment: string, value: Variant['value']): Expression {
  const stand: Expression =
    value.use === 'segment' ? { op: 'inSegment', segment: value.id } : { op: 'literal', value: false };
  const walk = (node: JsonValue): JsonValue => {
    if (typeof node !== 'object' || node === null) return node;
    if (Array.isArray(node)) return node.map(walk);
    const { op, segment: named } = node as { readonly op?: JsonValue; readonly segment?: JsonValue };
    if (op === 'inSegment' && named === segment) return stand as unknown as JsonValue;
    return mapValues(node as Readonly<Record<string, JsonValue>>, walk);
  };
  return walk(tree as unknown as JsonValue) as unknown as Expression;
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
