import { keepCredentials } from '../../../core/ruleset/keep-credentials.ts';
import type { SourcesPart } from '../../../core/ruleset/manifest.ts';
import type { Source } from '../../../core/ruleset/resources.ts';
import type { PublishingContext } from './publishing-context.ts';

/** Sources of an older content, without the credentials that the newest versions have no more. */
export async function withLiveCredentials(
  { space, config }: Pick<PublishingContext, 'space' | 'config'>,
  part: SourcesPart,
): Promise<SourcesPart> {
  const newest = new Map<string, Source>();
  for (const { id } of part.sources) {
    const stored = await config.find(space, 'source', id);
    if (stored) newest.set(id, JSON.parse(stored.body) as Source);
  }
  return keepCredentials(part, (id) => newest.get(id) ?? null);
}
