import { type Document, isScalar, parseDocument, Scalar, stringify, YAMLMap } from 'yaml';
import { stableJson } from '../../../core/lib/stable-json.ts';
import { KINDS, type ResourceKind } from '../../../core/ruleset/resources.ts';
import { RESOURCE_INPUT_SCHEMAS } from '../../../core/ruleset/schema.ts';
import type { Expression } from '../../../core/segment/language/expression.ts';
import { printExpression } from '../../../core/segment/language/print-expression.ts';
import { canonicalResource, type Plain } from './canonical.ts';
import { SCHEMA_FOLDER } from './layout.ts';
import { wrapRule } from './wrap-rule.ts';

/** Of no use in a file: a server key is made and taken away on the server, and its hash says nothing to people. */
const LEFT_OUT: { readonly [K in ResourceKind]?: readonly string[] } = { source: ['serverKeyHashes'] };
/** Line breaks of ours alone, so that reading gives the same text. */
const FORM = { lineWidth: 0 };

/**
 * A resource as its file says it: rules as text, members in one order, defaults left out. `present` is what the file holds now: comments beside what
 * has not changed stay.
 */
export function yamlText(kind: ResourceKind, resource: Plain, present: string | null): string {
  const shown = shownMembers(kind, resource);
  const rule = KINDS[kind].expression;
  const held = present === null ? null : parseDocument(present);
  const doc = held && held.errors.length === 0 && held.contents instanceof YAMLMap ? held : parseDocument('{}');
  if (doc !== held) {
    doc.contents = new YAMLMap() as unknown as typeof doc.contents;
    doc.commentBefore = ` yaml-language-server: $schema=../${SCHEMA_FOLDER}/${kind}.json`;
  }
  const before = (doc.toJS() ?? {}) as Plain;
  for (const member of Object.keys(before)) if (!Object.hasOwn(shown, member)) doc.delete(member);
  for (const [member, value] of Object.entries(shown)) {
    if (member === rule && isSameRule(kind, member, before, resource)) continue;
    if (stableJson(before[member]) !== stableJson(value)) setMember(doc, member, value, member === rule);
  }
  return doc.toString(FORM);
}

function setMember(doc: Document, member: string, value: unknown, asBlock: boolean): void {
  const node = doc.createNode(value);
  if (asBlock && isScalar(node)) node.type = Scalar.BLOCK_LITERAL;
  doc.set(member, node);
}

/** A rule that is only written otherwise is not written anew. */
function isSameRule(kind: ResourceKind, member: string, before: Plain, resource: Plain): boolean {
  if (before[member] === undefined) return false;
  const [held, now] = [before, resource].map((each) => canonicalResource(kind, { ...resource, ...each }, null)[member]);
  return stableJson(held) === stableJson(now);
}

function shownMembers(kind: ResourceKind, resource: Plain): Plain {
  const { id, name, ...rest } = canonicalResource(kind, resource, null);
  const rule = KINDS[kind].expression;
  const full: Record<string, unknown> = { id, ...(name === undefined ? {} : { name }), ...rest };
  for (const member of LEFT_OUT[kind] ?? []) delete full[member];
  // Any rule will do to find out what the rest may leave out, and a small one is quickly read.
  const probe = rule === null || full[rule] === undefined ? full : { ...full, [rule]: ANY_RULE };
  for (const member of Object.keys(rest)) if (member !== rule && isDefault(kind, probe, member)) delete full[member];
  if (rule !== null && typeof full[rule] === 'object' && full[rule] !== null)
    full[rule] = wrapRule(printExpression(full[rule] as Expression));
  return full;
}

const ANY_RULE: Expression = { op: 'literal', value: true };

/** Leaving the member out gives the same resource. */
function isDefault(kind: ResourceKind, full: Plain, member: string): boolean {
  const { [member]: value, ...without } = full;
  const parsed = RESOURCE_INPUT_SCHEMAS[kind].safeParse(without);
  return parsed.success && stableJson((parsed.data as Plain)[member]) === stableJson(value);
}

/** Any other small file. */
export function plainYaml(value: unknown, comment: string): string {
  return `${comment.replaceAll(/^/gm, '# ')}\n${stringify(value, FORM)}`;
}
