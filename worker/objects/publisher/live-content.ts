import type { ContentEntry, ContentPart } from '../../../core/ruleset/content.ts';
import type { Manifest } from '../../../core/ruleset/manifest.ts';
import type { ReviewSetting } from '../../../core/ruleset/resources.ts';
import type { Ledger } from './ledger.ts';
import type { PublishingContext } from './publishing-context.ts';

/** What a sequence was compiled of; null: nobody kept it. */
export function contentOf(ledger: Ledger, manifest: Manifest): readonly ContentEntry[] | null {
  const body = ledger.part(manifest.parts.content ?? '');
  return body === null ? null : (JSON.parse(body) as ContentPart).resources;
}

/** What is live; empty before the first publish. Null: it was published before contents were kept. */
export function liveContent(ledger: Ledger): readonly ContentEntry[] | null {
  const current = ledger.current();
  return current ? contentOf(ledger, current) : [];
}

/** How many people have to approve a change set, as it is live: so nobody switches it off in the very set that needs it. */
export async function liveApprovals({ ledger, contents, space }: PublishingContext): Promise<0 | 1> {
  const entry = reviewEntry(liveContent(ledger) ?? []);
  const stored = entry ? (await contents.versions(space, [entry]))[0] : undefined;
  return stored ? (JSON.parse(stored.body) as ReviewSetting).approvals : 0;
}

/** The version of the setting `review` in a content. */
export function reviewEntry(content: readonly ContentEntry[]): ContentEntry | undefined {
  return content.find(([kind, id]) => kind === 'setting' && id === 'review');
}
