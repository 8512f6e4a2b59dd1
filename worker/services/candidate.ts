import type { Space } from '../../core/lib/ids.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import type { ResourceKind } from '../../core/ruleset/resources.ts';
import { type ContentSources, readContent } from './contents.ts';

/** What somebody wants to look at before it is live. */
export type CandidateRef = { readonly kind: 'drafts' } | { readonly kind: 'changeSet'; readonly id: string };

export interface CandidateResource {
  readonly kind: ResourceKind;
  readonly id: string;
  /** The stored form. */
  readonly body: unknown;
}

/**
 * The resources that a publish would compile, in the order of (kind, id): the drafts, or what is live with a change set laid over it. `notFound`: there is no such change
 * set, or nobody kept what is live. Throws when the publisher does not answer.
 */
export async function readCandidate(
  from: ContentSources,
  space: Space,
  ref: CandidateRef,
): Promise<Result<readonly CandidateResource[], 'notFound'>> {
  const content = await readContent(from, space, ref);
  if (content.ok) return ok(content.value.map((each) => ({ ...each, body: JSON.parse(each.body) as unknown })));
  if (content.error.kind === 'unavailable') throw new Error('the publisher does not answer');
  return err('notFound');
}
