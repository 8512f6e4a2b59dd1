import type { Space } from '../../core/lib/ids.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import type { ContentEntry, ContentPart } from '../../core/ruleset/content.ts';
import type { PublisherProblem, PublisherRpc } from '../../core/ruleset/publisher-rpc.ts';
import type { ResourceKind } from '../../core/ruleset/resources.ts';
import type { StoredVersion } from '../../core/ruleset/stored-version.ts';
import type { ChangeSetStore } from '../stores/change-set-store.ts';
import type { ConfigStore } from '../stores/config-store.ts';
import type { ContentStore } from '../stores/content-store.ts';

/** A whole configuration that can be named. */
export type ContentRef =
  | { readonly kind: 'live' }
  | { readonly kind: 'drafts' }
  | { readonly kind: 'sequence'; readonly sequence: number }
  /** What is live, with the items of a change set laid over it. */
  | { readonly kind: 'changeSet'; readonly id: string };

export interface ContentResource {
  readonly kind: ResourceKind;
  readonly id: string;
  /** JSON of the stored form. */
  readonly body: string;
}

/** What it takes to read them. */
export interface ContentSources {
  readonly config: ConfigStore;
  readonly contents: ContentStore;
  readonly changeSets: ChangeSetStore;
  readonly publisher: (space: Space) => PublisherRpc;
}

export type ContentProblem = Extract<PublisherProblem, { readonly kind: 'notFound' | 'noContent' | 'unavailable' }>;

/** All resources of a configuration, in the order of (kind, id). What is live is empty before the first publish. */
export async function readContent(
  from: ContentSources,
  space: Space,
  ref: ContentRef,
): Promise<Result<readonly ContentResource[], ContentProblem>> {
  switch (ref.kind) {
    case 'drafts':
      return ok(resourcesOf(await from.config.readDraft(space)));
    case 'live':
      return readSequence(from, space, null);
    case 'sequence':
      return readSequence(from, space, ref.sequence);
    case 'changeSet':
      return readChangeSet(from, space, ref.id);
  }
}

async function readChangeSet(from: ContentSources, space: Space, id: string) {
  if ((await from.changeSets.find(space, id)) === null) return err({ kind: 'notFound' as const });
  const live = await readSequence(from, space, null);
  if (!live.ok) return live;
  const laid = new Map(live.value.map((resource) => [`${resource.kind}/${resource.id}`, resource]));
  for (const { kind, id: resource, body } of await from.changeSets.items(space, id)) {
    if (body === null) laid.delete(`${kind}/${resource}`);
    else laid.set(`${kind}/${resource}`, { kind, id: resource, body });
  }
  return ok([...laid.values()].sort((a, b) => compare(a.kind, b.kind) || compare(a.id, b.id)));
}

/** Null: what is live. */
async function readSequence(
  from: ContentSources,
  space: Space,
  sequence: number | null,
): Promise<Result<readonly ContentResource[], ContentProblem>> {
  const entries = await entriesOf(from.publisher(space), sequence);
  return entries.ok ? ok(resourcesOf(await from.contents.versions(space, entries.value))) : entries;
}

async function entriesOf(
  publisher: PublisherRpc,
  sequence: number | null,
): Promise<Result<readonly ContentEntry[], ContentProblem>> {
  const manifest = await (sequence === null ? publisher.current() : publisher.manifest(sequence));
  if (!manifest.ok) return err({ kind: 'unavailable' });
  if (manifest.value === null) return sequence === null ? ok([]) : err({ kind: 'notFound' });
  const { content } = manifest.value.parts;
  if (content === undefined) return err({ kind: 'noContent' });
  const part = await publisher.part(content);
  if (!part.ok || part.value === null) return err({ kind: 'unavailable' });
  return ok((JSON.parse(part.value) as ContentPart).resources);
}

function resourcesOf(versions: readonly StoredVersion[]): readonly ContentResource[] {
  return versions.map(({ kind, id, body }) => ({ kind: kind as ResourceKind, id, body }));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
