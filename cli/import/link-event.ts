import { createHash } from 'node:crypto';
import type { EventId, Instant } from '../../core/lib/ids.ts';
import type { MappedEvent } from '../../core/source/build-event.ts';
import type { LinkRow } from './parse-link.ts';

/**
 * A pair as an ordinary event of a server. Its id comes from what the row says, whichever side stands first, so the same
 * pair is the same event in every run and every file; a time that the row does not say is no part of it.
 */
export function linkEvent({ a, b, at, source }: LinkRow, row: number, defaultAt: Instant): MappedEvent {
  const sides = [a, b]
    .map(({ namespace, value }) => [namespace, value])
    .sort((x, y) => (String(x) < String(y) ? -1 : 1));
  const digest = createHash('sha256')
    .update(JSON.stringify([sides, at, source]))
    .digest('hex');
  return {
    id: `link:${digest.slice(0, 40)}` as EventId,
    type: 'identity.linked',
    at: at ?? defaultAt,
    identities: [a, b],
    data: source === null ? {} : { source },
    rows: { first: row, last: row },
    lines: 1,
    itemsOmitted: 0,
  };
}
