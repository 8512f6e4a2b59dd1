import type { Instant } from '../../../core/lib/ids.ts';
import { DAY_MS } from '../../../core/lib/instant.ts';
import { err, ok, type Result } from '../../../core/lib/result.ts';
import { replaceData } from '../../../core/ruleset/data-parts.ts';
import type { Manifest } from '../../../core/ruleset/manifest.ts';
import type { DataPut, PublisherProblem, PutDataCommand } from '../../../core/ruleset/publisher-rpc.ts';
import { partKey } from '../../stores/cache-keys.ts';
import { attempt } from './finish.ts';
import { goLive, sequenceOf } from './go-live.ts';
import { withDataForBoth } from './gradual.ts';
import type { PublishingContext } from './publishing-context.ts';
import { settleIntent } from './settle-intent.ts';

/** How long a data part that nobody names any more can still be read: by isolates that have not heard of the newest ruleset, by an upload that goes on. */
const DATA_KEPT_MS = DAY_MS;

/** A new sequence with the rules of now and other data; none when the data is as it was. */
export async function putData(
  context: PublishingContext,
  { actor, families, parts: given, note }: PutDataCommand,
): Promise<Result<DataPut, PublisherProblem>> {
  const { ledger, now } = context;
  await settleIntent(context);
  const current = ledger.current();
  if (!current) return err({ kind: 'notPublished' });
  const missing = ledger.missingParts(Object.values(given), now());
  if (missing.length > 0) return err({ kind: 'missingParts', hashes: missing });
  const parts = replaceData(current.parts, families, given);
  const names = Object.keys({ ...current.parts, ...parts });
  if (names.every((name) => current.parts[name] === parts[name]))
    return ok({ manifest: current, cached: true, changed: false });
  // Of use until now: what goes stays for those who have not heard of it.
  ledger.missingParts(Object.values(current.parts), now());
  const data = families.join(', ');
  const bodies = new Map<string, string>();
  const told = { actor, note: note ?? null, restored: null, data, changeSet: null };
  const next = withDataForBoth(context, current, sequenceOf(context, { ...told, parts, bodies }));
  const live = await goLive(context, next);
  if (!live.ok) return live;
  const { manifest, cached } = live.value;
  await attempt(context, 'forget', () => forgetData(context, manifest));
  return ok({ manifest, cached, changed: true });
}

async function forgetData(
  { ledger, cache, space, now }: PublishingContext,
  { parts, stableParts = {} }: Manifest,
): Promise<void> {
  const gone = ledger.forgetData(
    (now() - DATA_KEPT_MS) as Instant,
    new Set([...Object.values(parts), ...Object.values(stableParts)]),
  );
  for (const hash of gone) await cache.delete(partKey(space, hash));
}
