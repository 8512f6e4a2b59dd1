import type { Space } from '../../core/lib/ids.ts';
import { ok, type Result } from '../../core/lib/result.ts';
import type { ResourceKind } from '../../core/ruleset/resources.ts';
import type { ConfigStore } from '../stores/config-store.ts';

/** What somebody wants to look at before it is live. */
export type CandidateRef = { readonly kind: 'drafts' } | { readonly kind: 'changeSet'; readonly id: string };

export interface CandidateResource {
  readonly kind: ResourceKind;
  readonly id: string;
  /** The stored form. */
  readonly body: unknown;
}

/** The resources that a publish would compile, in the order of (kind, id). `notFound`: there is no such change set. */
export async function readCandidate(
  { config }: { readonly config: ConfigStore },
  space: Space,
  _ref: CandidateRef,
): Promise<Result<readonly CandidateResource[], 'notFound'>> {
  const drafts = await config.readDraft(space);
  return ok(drafts.map(({ kind, id, body }) => ({ kind, id, body: JSON.parse(body) as unknown })));
}
