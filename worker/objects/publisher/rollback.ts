import { err, type Result } from '../../../core/lib/result.ts';
import { contentPart, layOver } from '../../../core/ruleset/content.ts';
import { withDataOf } from '../../../core/ruleset/data-parts.ts';
import { type Manifest, PART_FORMATS, type SourcesPart } from '../../../core/ruleset/manifest.ts';
import type { Published, PublisherProblem, RollbackCommand } from '../../../core/ruleset/publisher-rpc.ts';
import { sha256Hex } from '../../sha256.ts';
import { goLive } from './go-live.ts';
import type { Ledger } from './ledger.ts';
import { contentOf, liveContent, reviewEntry } from './live-content.ts';
import { withLiveCredentials } from './live-credentials.ts';
import type { PublishingContext } from './publishing-context.ts';
import { settleIntent } from './settle-intent.ts';

/** A new sequence with the rules of an old one and the data of now. Credentials that were taken away since stay away, and whoever has to approve changes still has to. */
export async function rollback(
  context: PublishingContext,
  { actor, sequence }: RollbackCommand,
): Promise<Result<Published, PublisherProblem>> {
  const { ledger } = context;
  await settleIntent(context);
  const old = ledger.find(sequence);
  const body = old && ledger.part(old.parts.sources ?? '');
  if (!old || body === null) return err({ kind: 'notFound' });
  // Nothing could read it once it is live. The drafts are still there to be published.
  const content = contentToRestore(ledger, old);
  if (content === 'unknown' || isOutdated(ledger, old)) return err({ kind: 'outdated' });
  const bodies = new Map<string, string>();
  const restored: Record<string, string> = { ...old.parts };
  const put = async (name: string, part: unknown): Promise<void> => {
    const text = JSON.stringify(part);
    const hash = await sha256Hex(text);
    restored[name] = hash;
    bodies.set(hash, text);
  };
  await put('sources', await withLiveCredentials(context, JSON.parse(body) as SourcesPart));
  if (content !== null) await put('content', content);
  const parts = withDataOf(restored, ledger.current()?.parts ?? {});
  return goLive(context, { actor, note: null, restored: old.sequence, data: null, changeSet: null, parts, bodies });
}

/** Null: it has none, and nothing is lost by it. `unknown`: it has none, and the live setting `review` would be lost. */
function contentToRestore(ledger: Ledger, old: Manifest) {
  const content = contentOf(ledger, old);
  const review = reviewEntry(liveContent(ledger) ?? []);
  if (content === null) return review ? ('unknown' as const) : null;
  return contentPart(layOver(content, [{ kind: 'setting', id: 'review', version: review?.[2] ?? null }]));
}

const READ_FORMATS = ['program', 'identity', 'retention', 'plans', 'browserRules'] as const;

function isOutdated(ledger: Ledger, { parts }: Manifest): boolean {
  return READ_FORMATS.some((name) => {
    const hash = parts[name] ?? (name === 'program' ? '' : undefined);
    return hash !== undefined && !isReadable(ledger.part(hash), PART_FORMATS[name]);
  });
}

function isReadable(part: string | null, format: number): boolean {
  return part !== null && (JSON.parse(part) as { readonly format?: unknown }).format === format;
}
