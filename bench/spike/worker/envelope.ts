/** A typical event as it arrives, its zod schema and the same check by hand. */

import { z } from 'zod';

export const sampleEnvelope = {
  id: '0192f3a4-7b1c-7e55-9a3e-0c1d2e3f4a5b',
  type: 'product.viewed',
  occurredAt: '2026-11-20T10:15:30.123Z',
  identities: [{ namespace: 'device', value: '0192f3a4-7b1c-7e55-9a3e-0c1d2e3f4a5b' }],
  context: { page: { url: 'https://shop.example/p/10431', referrer: 'https://shop.example/c/shoes' }, locale: 'de-CH' },
  data: { productId: 'sku-10431', category: 'shoes', price: 79.95, currency: 'CHF', quantity: 1 },
};

const identity = z.object({ namespace: z.string().max(32), value: z.string().max(256) });
const page = z.object({ url: z.string().max(2048), referrer: z.string().max(2048).optional() });

export function envelopeSchema() {
  return z.object({
    id: z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
    type: z.string().max(64),
    occurredAt: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/),
    identities: z.array(identity).max(8),
    context: z.object({ page: page.optional(), locale: z.string().max(35).optional() }).optional(),
    data: z.object({
      productId: z.string().max(128),
      category: z.string().max(128).optional(),
      price: z.number().min(0).optional(),
      currency: z.string().length(3).optional(),
      quantity: z.int().min(0).optional(),
    }),
  });
}

type Json = Readonly<Record<string, unknown>>;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;
const isJson = (v: unknown): v is Json => typeof v === 'object' && v !== null && !Array.isArray(v);
const isText = (v: unknown, max: number): v is string => typeof v === 'string' && v.length <= max;
const isMaybeText = (v: unknown, max: number): boolean => v === undefined || isText(v, max);
const isMaybeAmount = (v: unknown): boolean => v === undefined || (typeof v === 'number' && v >= 0);

function isContext(v: unknown): boolean {
  if (v === undefined) return true;
  if (!isJson(v) || !isMaybeText(v.locale, 35)) return false;
  const at = v.page;
  return at === undefined || (isJson(at) && isText(at.url, 2048) && isMaybeText(at.referrer, 2048));
}

/** Checks and copies, as zod does: unknown keys are dropped. */
export function parseByHand(v: unknown): Json | null {
  if (!isJson(v) || !isText(v.id, 36) || !uuid.test(v.id) || !isText(v.type, 64)) return null;
  if (!isText(v.occurredAt, 24) || !instant.test(v.occurredAt) || !isContext(v.context)) return null;
  const list = v.identities;
  if (!Array.isArray(list) || list.length > 8) return null;
  const identities: Json[] = [];
  for (const one of list as readonly unknown[]) {
    if (!isJson(one) || !isText(one.namespace, 32) || !isText(one.value, 256)) return null;
    identities.push({ namespace: one.namespace, value: one.value });
  }
  const d = v.data;
  if (!isJson(d) || !isText(d.productId, 128) || !isMaybeText(d.category, 128) || !isMaybeAmount(d.price)) return null;
  if (!isMaybeText(d.currency, 3) || !isMaybeAmount(d.quantity)) return null;
  const data = {
    productId: d.productId,
    category: d.category,
    price: d.price,
    currency: d.currency,
    quantity: d.quantity,
  };
  return { id: v.id, type: v.type, occurredAt: v.occurredAt, identities, context: v.context, data };
}
