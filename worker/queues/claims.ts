import type { Identity } from '../../core/event/event.ts';
import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import type { Space } from '../../core/lib/ids.ts';
import { dayOf } from '../../core/lib/instant.ts';
import { notEnded } from '../stores/rollup-store.ts';

/**
 * Notes which profiles claim which ids of people, once for each pair, for the list of suspected duplicates. Devices and clients' own ids are not people's.
 */
export async function noteClaims(
  d1: D1Database,
  hash: (space: Space, identity: Identity) => Promise<string>,
  messages: readonly EffectMessage[],
): Promise<void> {
  const rows = new Map<string, readonly string[]>();
  for (const { space, profile, facts } of messages) {
    for (const { claims = [], receivedAt } of facts) {
      for (const identity of claims) {
        if (identity.namespace === 'device' || identity.namespace === 'anonymous') continue;
        const key = [space, identity.namespace, identity.value, profile].join('\n');
        if (rows.has(key)) continue;
        rows.set(key, [space, identity.namespace, await hash(space, identity), profile, dayOf(receivedAt)]);
      }
    }
  }
  if (rows.size === 0) return;
  await d1
    .prepare(
      `INSERT INTO identity_claim (space, namespace, hash, pid, day)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?) AS said
       WHERE ${notEnded('said.value ->> 0', 'said.value ->> 3')} ON CONFLICT DO NOTHING`,
    )
    .bind(JSON.stringify([...rows.values()]))
    .run();
}
