import { DAY_MS } from '../../core/lib/instant.ts';
import type { Profile } from '../engine/workload/descriptor.ts';
import type { Product } from '../servers.ts';
import { PROFILE_SETS } from './rules.ts';

/** An event as it is sent. */
export interface SentEvent {
  readonly id: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const AT_ONCE = 8;

export function profileOf(visitor: number): Profile {
  return PROFILE_SETS[visitor % PROFILE_SETS.length] ?? {};
}

/** What a shop's server knows of a visitor: attributes, and two orders further back than a browser may tell. */
export function serverEvents(visitor: number): readonly SentEvent[] {
  const now = Date.now();
  const order = (daysAgo: number): SentEvent => ({
    id: `order-${visitor}-${daysAgo}`,
    type: 'order.placed',
    occurredAt: new Date(now - daysAgo * DAY_MS - 3_600_000).toISOString(),
    data: {
      orderId: `o-${visitor}-${daysAgo}`,
      total: 79,
      currency: 'EUR',
      category: 'men-running',
      price: 79,
      items: [{ productId: 'sw-1', category: 'men-running', price: 79, quantity: 1 }],
    },
  });
  const attributes = {
    id: `attributes-${visitor}`,
    type: 'profile.updated',
    occurredAt: new Date(now - 1000).toISOString(),
    data: { attributes: profileOf(visitor) },
  };
  return [order(41), order(12), attributes];
}

/** Gives each visitor what the server knows. */
export async function sendServerEvents(product: Product, tokens: readonly string[]): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let visitor = next++; visitor < tokens.length; visitor = next++)
        await sendAsServer(product, tokens[visitor] ?? '', serverEvents(visitor));
    }),
  );
}

export async function sendAsServer(product: Product, visitor: string, events: readonly SentEvent[]): Promise<void> {
  const response = await fetch(`${product.url}/v1/collect`, {
    method: 'POST',
    headers: { authorization: `Bearer ${product.serverKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ visitor, consent: { analytics: 'in', personalization: 'in' }, events }),
  });
  const text = await response.text();
  if (!response.ok || !text.includes(`"accepted":${events.length},`))
    throw new Error(`collect: ${response.status} ${text}`);
}
