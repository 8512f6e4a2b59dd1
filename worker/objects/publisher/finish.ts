import type { AuditAction } from '../../../core/ruleset/audit-entry.ts';
import { type Manifest, OPERATOR_PARTS } from '../../../core/ruleset/manifest.ts';
import { sha256Hex } from '../../sha256.ts';
import { manifestKey, partKey } from '../../stores/cache-keys.ts';
import type { Unfinished } from './ledger.ts';
import type { PublishingContext } from './publishing-context.ts';
import { settleIntent } from './settle-intent.ts';

/**
 * Ends what was begun: an interrupted publish, then what committed sequences still owe, the cache of the newest and an audit entry of each. Never throws; what fails
 * is tried again at the next call or alarm. True when nothing is owed to the cache.
 */
export async function finish(context: PublishingContext): Promise<boolean> {
  const settled = await attempt(context, 'intent', () => settleIntent(context));
  const owed = context.ledger.unfinished();
  const newest = owed.at(-1);
  let cached = true;
  let audited = true;
  if (newest && !newest.cached) {
    cached = await attempt(context, 'cache', () => fillCache(context, newest.manifest));
  }
  for (const sequence of owed) {
    if (audited && !sequence.audited) audited = await attempt(context, 'audit', () => auditSequence(context, sequence));
  }
  if (!settled || !cached || !audited) await context.retryLater();
  return cached;
}

/** False: it failed, and the log says so. */
export async function attempt(
  context: Pick<PublishingContext, 'report'>,
  stage: string,
  task: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await task();
    return true;
  } catch (error) {
    context.report(stage, error);
    return false;
  }
}

/** Parts before the manifest: who sees the manifest finds its parts. */
async function fillCache({ space, ledger, cache }: PublishingContext, manifest: Manifest): Promise<void> {
  const wanted = [...Object.entries(manifest.parts), ...Object.entries(manifest.stableParts ?? {})].filter(
    ([name]) => !OPERATOR_PARTS.has(name),
  );
  const missing = [...new Set(wanted.map(([, hash]) => hash))].filter((hash) => !ledger.isPartCached(hash));
  for (const hash of missing) {
    const body = ledger.part(hash);
    if (body === null) throw new Error('a part is missing');
    await cache.put(partKey(space, hash), body);
    ledger.partCached(hash);
  }
  await cache.put(manifestKey(space), JSON.stringify(manifest));
  ledger.manifestCached(manifest.sequence);
}

async function auditSequence({ chain, ledger }: PublishingContext, owed: Unfinished): Promise<void> {
  await chain.settle();
  const { sequence, publishedAt } = owed.manifest;
  // Settling may just have found the entry of this very sequence.
  if (!ledger.unfinished().some((other) => other.manifest.sequence === sequence && !other.audited)) return;
  const previous = ledger.find(sequence - 1);
  const entry = {
    at: publishedAt,
    actor: owed.actor.name,
    requestId: owed.actor.requestId,
    from: owed.actor.from ?? null,
    action: actionOf(owed),
    kind: 'ruleset',
    subject: String(sequence),
    beforeVersion: null,
    beforeHash: previous && (await sha256Hex(JSON.stringify(previous))),
    afterVersion: null,
    afterHash: await sha256Hex(JSON.stringify(owed.manifest)),
    note: noteOf(owed),
  };
  await chain.append(entry, [], sequence);
}

function actionOf({ data, restored }: Unfinished): AuditAction {
  if (data !== null) return 'dataPut';
  return restored === null ? 'published' : 'rolledBack';
}

function noteOf({ manifest, ...owed }: Unfinished): string | null {
  const note = noteOfAll(owed);
  return manifest.percent === undefined ? note : [`${manifest.percent} %`, note].filter(Boolean).join(': ');
}

function noteOfAll({ data, restored, changeSet, note }: Omit<Unfinished, 'manifest'>): string | null {
  if (data !== null) return note === null ? data : `${data}: ${note}`;
  if (changeSet !== null) return note === null ? changeSet : `${changeSet}: ${note}`;
  return restored === null ? note : `restores ${restored}`;
}
