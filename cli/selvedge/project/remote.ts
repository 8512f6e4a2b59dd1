import { KINDS, RESOURCE_KINDS, type ResourceKind } from '../../../core/ruleset/resources.ts';
import type { AdminApi } from '../admin-api.ts';
import { auditPage, resourcePage, type ShownResource } from '../answers.schema.ts';
import { keyOf, type ResourceKey } from './resource-key.ts';

export interface RemoteResource extends ShownResource {
  readonly kind: ResourceKind;
}
export type Remote = ReadonlyMap<ResourceKey, RemoteResource>;

const PAGE = 200;
/** How far back the audit is read for changes that nobody has published. */
const AUDIT_PAGES = 10;

/** Every resource as the server's drafts have it, archived ones too. */
export async function readRemote(api: AdminApi): Promise<Remote> {
  const found = new Map<ResourceKey, RemoteResource>();
  for (const kind of RESOURCE_KINDS) {
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const query = { limit: PAGE, archived: 'true', cursor };
      const page = await api.ask(resourcePage, { method: 'GET', path: `/${KINDS[kind].plural}`, query });
      for (const item of page.items) found.set(keyOf({ kind, id: item.id }), { ...item, kind });
      cursor = page.next ?? undefined;
    }
  }
  return found;
}

/** What was put or archived since rules were last published, by name; after a rollback also that, because the drafts are not what is live then. */
export async function readUnpublished(api: AdminApi): Promise<readonly string[]> {
  const changed = new Set<string>();
  let restored: string | null = null;
  for (let before: number | undefined, page = 0; page < AUDIT_PAGES; page++) {
    const query = { limit: PAGE, before };
    const { items, next } = await api.ask(auditPage, { method: 'GET', path: '/audit', query });
    for (const { action, kind, subject, note } of items) {
      if (action === 'published') return listed(changed, restored);
      if (action === 'rolledBack') restored ??= note ?? '';
      if (action === 'put' || action === 'archived') changed.add(`${kind} ${subject}`);
    }
    if (next === null) break;
    before = next;
  }
  return listed(changed, restored);
}

function listed(changed: ReadonlySet<string>, restored: string | null): readonly string[] {
  return [...(restored === null ? [] : [`all that the last rollback undid (${restored})`]), ...[...changed].sort()];
}
