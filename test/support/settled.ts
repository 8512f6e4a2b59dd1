import type { ProfileRpc } from '../../core/interaction/rpc.ts';
import type { Space } from '../../core/lib/ids.ts';
import type { Platform } from '../../dev/platform.ts';

/** Longer than a queue waits to fill a batch. */
const LOOK_MS = 1600;
const AT_ONCE = 20;

/** Every profile has sent what waits, and the queue has told index, counts and sample. */
export async function settled({ miniflare }: Pick<Platform, 'miniflare'>, space = 'main' as Space): Promise<void> {
  const namespace = (await miniflare.getDurableObjectNamespace(
    'PROFILE',
    'selvedge',
  )) as unknown as DurableObjectNamespace;
  const d1 = await miniflare.getD1Database('CONTROL', 'selvedge');
  const ids = await miniflare.listDurableObjectIds('PROFILE', 'selvedge');
  const drain = (id: string) => (namespace.get(namespace.idFromString(id)) as unknown as ProfileRpc).drainNow(space);
  for (let from = 0; from < ids.length; from += AT_ONCE) await Promise.all(ids.slice(from, from + AT_ONCE).map(drain));
  let before = '';
  for (let look = 0; look < 100; look++) {
    const { results } = await d1.prepare('SELECT space, hex(ids) FROM rollup_ledger').all();
    const now = JSON.stringify(results);
    if (now === before) return;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
