import { RESOURCE_KINDS, type ResourceKind } from '../resources.ts';
import { type FieldDiff, fieldDiffs } from './field-diff.ts';

/** One resource of a configuration, in its stored form. */
export interface ContentResource {
  readonly kind: ResourceKind;
  readonly id: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What becomes of one resource. */
export interface ResourceChange {
  readonly kind: ResourceKind;
  readonly id: string;
  readonly name: string | null;
  readonly change: 'added' | 'removed' | 'changed';
  /** Of one that is new or gone: all of them. Rules as text, secrets as dots. */
  readonly fields: readonly FieldDiff[];
  /** Null: it is not there. */
  readonly before: ContentResource | null;
  readonly after: ContentResource | null;
}

/** What differs between two configurations, resource by resource, in the order of the kinds and then of ids. */
export function diffContents(
  before: readonly ContentResource[],
  after: readonly ContentResource[],
): readonly ResourceChange[] {
  const [was, is] = [byKey(before), byKey(after)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .flatMap((key) => changeOf(was.get(key) ?? null, is.get(key) ?? null))
    .sort((a, b) => RESOURCE_KINDS.indexOf(a.kind) - RESOURCE_KINDS.indexOf(b.kind) || (a.id < b.id ? -1 : 1));
}

function changeOf(before: ContentResource | null, after: ContentResource | null): readonly ResourceChange[] {
  const one = after ?? before;
  if (one === null) return [];
  const fields = fieldDiffs(one.kind, before?.body ?? {}, after?.body ?? {});
  if (before !== null && after !== null && fields.length === 0) return [];
  const change = before === null ? 'added' : after === null ? 'removed' : 'changed';
  const { name } = one.body;
  return [{ kind: one.kind, id: one.id, name: typeof name === 'string' ? name : null, change, fields, before, after }];
}

function byKey(resources: readonly ContentResource[]): ReadonlyMap<string, ContentResource> {
  return new Map(resources.map((resource) => [`${resource.kind}/${resource.id}`, resource]));
}
