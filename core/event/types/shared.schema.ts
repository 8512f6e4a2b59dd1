import { z } from 'zod';

/** Text that names something; never empty. */
export const name = z.string().min(1).max(512);
export const url = z.string().min(1).max(2048);
export const amount = z.number().finite();
/** ISO 4217. */
export const currency = z.string().regex(/^[A-Z]{3}$/, 'three capital letters (ISO 4217)');

/** One product as every commerce event carries it. */
export const product = z.looseObject({
  productId: name,
  name: name.optional(),
  category: name.optional(),
  brand: name.optional(),
  variant: name.optional(),
  size: name.optional(),
  color: name.optional(),
  price: amount.optional(),
  currency: currency.optional(),
  url: url.optional(),
  imageUrl: url.optional(),
});

export const lineItem = product.extend({ quantity: z.number().int().min(1).max(1_000_000) });

export const lineItems = z.array(lineItem).min(1).max(500);
