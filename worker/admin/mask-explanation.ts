import { isPersonal as isPersonalLabel, type Label } from '../../core/policy/labels.ts';
import type { Attribute } from '../../core/profile/attribute.ts';
import { eventLabels } from '../../core/ruleset/event-labels.ts';
import type { RuleLineage } from '../../core/segment/compile/lineage.ts';
import type { ExplainedNode } from '../../core/segment/explain/explained-tree.ts';

/** Stands where a value is kept from an operator who does not need it. */
export const MASK = '•••';

export function isPersonal(labels: readonly Label[]): boolean {
  return labels.some(isPersonalLabel);
}

/**
 * Takes personal values out of an explanation. Where a rule reads something personal, a value is shown only if it is known what it comes of, and none of that is
 * personal. What conditions are true stays: it is membership, and the rules are others'.
 */
export function maskExplanation(
  tree: ExplainedNode,
  { labels, events }: RuleLineage,
  attributes: ReadonlyMap<string, Pick<Attribute, 'labels'>>,
): ExplainedNode {
  if (!isPersonal(labels)) return tree;
  const isEventPersonal = events.some(({ type, fields }) =>
    fields.some((field) => isPersonal(eventLabels(type ?? '*', field))),
  );
  const isShown = ({ evidence }: ExplainedNode): boolean => {
    const names = evidence.attributes;
    if (names.length + evidence.events.length === 0) return false;
    if (evidence.events.length > 0 && isEventPersonal) return false;
    return names.every((name) => !isPersonal(attributes.get(name)?.labels ?? []));
  };
  const masked = (node: ExplainedNode): ExplainedNode => ({
    ...node,
    ...(node.value === undefined || node.value === null || isShown(node) ? {} : { value: MASK }),
    children: node.children.map(masked),
  });
  return masked(tree);
}
