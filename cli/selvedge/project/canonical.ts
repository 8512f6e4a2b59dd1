import { KINDS, type ResourceKind } from '../../../core/ruleset/resources.ts';
import { readRule } from '../../../core/ruleset/rule-form.ts';
import { RESOURCE_INPUT_SCHEMAS } from '../../../core/ruleset/schema.ts';
import type { Expression } from '../../../core/segment/language/expression.ts';

export type Plain = Readonly<Record<string, unknown>>;

/** Left out of a file they stay on the server as they are: keys are made there, and taken away there. */
const KEPT: { readonly [K in ResourceKind]?: readonly string[] } = {
  source: ['writeKeys', 'serverKeyHashes', 'proofKeys'],
};

/** The form in which two resources are compared: defaults written out, the rule as its tree. `held` lends what a file may leave out. */
export function canonicalResource(kind: ResourceKind, resource: Plain, held: Plain | null): Plain {
  const parsed = RESOURCE_INPUT_SCHEMAS[kind].safeParse(resource);
  const full = { ...((parsed.success ? parsed.data : resource) as Plain) };
  for (const member of KEPT[kind] ?? []) {
    if (full[member] === undefined && held?.[member] !== undefined) full[member] = held[member];
  }
  const member = KINDS[kind].expression;
  const rule = member === null ? undefined : full[member];
  if (member === null || rule === undefined) return full;
  const read = readRule(rule as string | Expression);
  return { ...full, [member]: read.ok ? read.value : rule };
}
