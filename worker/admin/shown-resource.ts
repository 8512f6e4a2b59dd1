import { z } from 'zod';
import { formatInstant } from '../../core/lib/instant.ts';
import { KINDS, type ResourceKind } from '../../core/ruleset/resources.ts';
import { RESOURCE_INPUT_SCHEMAS } from '../../core/ruleset/schema.ts';
import type { StoredVersion } from '../../core/ruleset/stored-version.ts';
import type { Permission } from './roles.ts';
import type { AdminAnswer } from './route.ts';
import { ruleViews, viewsOfStored } from './rule-member.ts';
import { showBody } from './stored-form.ts';

/** A resource as operators see it: in the form that can be put back, without secrets. */
export function shownResource(kind: ResourceKind) {
  return z.object({
    id: z.string(),
    version: z.number().int(),
    archived: z.boolean(),
    updatedAt: z.string(),
    updatedBy: z.string(),
    resource: RESOURCE_INPUT_SCHEMAS[kind],
    ...(KINDS[kind].expression === null ? {} : { views: ruleViews }),
  });
}

export async function showResource(kind: ResourceKind, { id, version, archived, at, actor, body }: StoredVersion) {
  const resource = showBody(kind, body);
  const views = KINDS[kind].expression === null ? {} : { views: await viewsOfStored(kind, resource) };
  return { id, version, archived, updatedAt: formatInstant(at), updatedBy: actor, resource, ...views };
}

export async function answerResource(
  status: 200 | 201,
  kind: ResourceKind,
  stored: StoredVersion,
): Promise<AdminAnswer> {
  return { status, body: await showResource(kind, stored), headers: { etag: `"${stored.version}"` } };
}

/** What changing a resource needs: a source holds the keys of who may speak for anybody. */
export function changing(kind: ResourceKind): Permission {
  return kind === 'source' ? 'credentials' : 'edit';
}

/** `TrackingPlan`: part of the ids of operations. */
export function title(kind: ResourceKind): string {
  return kind.charAt(0).toUpperCase() + kind.slice(1);
}
