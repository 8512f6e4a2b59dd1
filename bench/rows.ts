import type { EffectMessage } from '../core/interaction/effect-message.ts';
import type { EventId, Instant, ProfileId, SourceId, Space } from '../core/lib/ids.ts';
import { rollUp } from '../worker/queues/rollup.ts';
import type { Product } from './servers.ts';
import { median } from './stats.ts';

/** Rows read and written. */
export interface Rows {
  readonly read: number;
  readonly written: number;
}

export interface VisitCost extends Rows {
  readonly hops: number;
}

/** Medians of what the product's own log line says about its visits. */
export function visitCost(lines: readonly Record<string, unknown>[]): VisitCost {
  const visits = lines.filter(
    (line) => line.kind === 'request' && line.route === '/v1/interact' && line.accepted !== 0,
  );
  const of = (name: string) => median(visits.map((line) => Number(line[name])));
  return { read: of('rowsRead'), written: of('rowsWritten'), hops: of('hops') };
}

const BATCH = 100;

/** Rows that D1 counts for a full queue batch, one message per profile with `events` events each, through the product's own rollup; per event. */
export async function rollupRows(product: Product, events: number): Promise<Rows> {
  const d1 = (await product.platform.miniflare.getD1Database('CONTROL', 'selvedge')) as unknown as D1Database;
  const total = { read: 0, written: 0 };
  const counting = {
    prepare: (query: string) => d1.prepare(query),
    batch: async (statements: D1PreparedStatement[]) => {
      const results = await d1.batch(statements);
      for (const { meta } of results) {
        total.read += meta.rows_read;
        total.written += meta.rows_written;
      }
      return results;
    },
  };
  const now = Date.now();
  await rollUp(
    counting as unknown as D1Database,
    Array.from({ length: BATCH }, (_, i) => message(`prf_1nbench${events}x${i}`, events, now)),
  );
  return { read: total.read / (BATCH * events), written: total.written / (BATCH * events) };
}

function message(profile: string, events: number, now: number): EffectMessage {
  const fact = (i: number) => ({
    id: `${profile}-${i}` as EventId,
    source: 'web' as SourceId,
    strand: 0,
    at: now as Instant,
    receivedAt: now as Instant,
    type: i % 2 === 0 ? 'product.viewed' : 'page.viewed',
    purposes: 7,
    sentBy: 'browser' as const,
    auth: 'anonymous' as const,
    data: {},
    context: {},
    identity: { namespace: 'device', value: profile },
  });
  return {
    version: 1,
    space: 'main' as Space,
    profile: profile as ProfileId,
    id: `${profile}/1/0`,
    minute: Math.floor(now / 60_000),
    known: false,
    facts: Array.from({ length: events }, (_, i) => fact(i)),
    changes: [],
    decisions: { 'hero\noffer-16': 1, 'strip\noffer-16': 1 },
  };
}
