import { KINDS, RESOURCE_KINDS, type ResourceKind } from '../../../core/ruleset/resources.ts';
import type { AdminApi } from '../admin-api.ts';
import { resourcePage, type ShownResource, sequencePage } from '../answers.schema.ts';
import { keyOf, type ResourceKey } from './resource-key.ts';

export interface RemoteResource extends ShownResource {
  readonly kind: ResourceKind;
}
export type Remote = ReadonlyMap<ResourceKey, RemoteResource>;

const PAGE = 200;

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

/** What was put or archived since rules were last published, by name; after a rollback all that it undid, too. */
export async function readUnpublished(api: AdminApi, remote: Remote): Promise<readonly string[]> {
  let restored: number | null = null;
  for (let before: number | undefined, first = true; first || before !== undefined; first = false) {
    const page = await api.ask(sequencePage, { method: 'GET', path: '/sequences', query: { limit: PAGE, before } });
    for (const sequence of page.items) {
      if (sequence.data !== null) continue;
      if (sequence.restored === null) return changedSince(remote, sequence.publishedAt, restored);
      restored ??= sequence.restored;
    }
    before = page.next ?? undefined;
  }
  return changedSince(remote, '', restored);
}

function changedSince(remote: Remote, published: string, restored: number | null): readonly string[] {
  const changed = [...remote].filter(([, { updatedAt }]) => updatedAt > published).map(([key]) => key);
  const undone = restored === null ? [] : [`what the rollback to sequence ${restored} undid`];
  return [...undone, ...changed.sort()];
}
