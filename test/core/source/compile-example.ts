import { type CompiledMapping, compileMapping, type RawRow } from '../../../core/source/compile-mapping.ts';
import { createMapper, type Outcome } from '../../../core/source/mapper.ts';
import { parseMapping } from '../../../core/source/schema.ts';

/** A small mapping of order lines; tests change parts of it. */
export const EXAMPLE = {
  name: 'example',
  columns: {
    order: { type: 'text', required: true },
    sku: { type: 'text', required: true },
    label: { type: 'text' },
    qty: { type: 'integer', required: true },
    price: { type: 'number', required: true },
    when: { type: 'date', formats: ['M/d/yyyy H:mm'], timeZone: 'UTC', required: true },
    who: { type: 'text' },
  },
  drop: [{ reason: 'free', when: { column: 'price', equals: 0 } }],
  group: { by: ['order'] },
  events: [
    {
      when: { column: 'order', startsWith: 'C' },
      type: 'order.refunded',
      id: 'o:{order}',
      at: 'when',
      identities: {
        first: [
          { namespace: 'customer', value: '{who}' },
          { namespace: 'anonymous', value: 'o-{order}' },
        ],
      },
      data: {
        orderId: '{order}',
        total: { $sum: ['qty', 'price'], decimals: 2, absolute: true },
        currency: 'GBP',
      },
    },
    {
      type: 'order.placed',
      id: 'o:{order}',
      at: 'when',
      identities: {
        first: [
          { namespace: 'customer', value: '{who}' },
          { namespace: 'anonymous', value: 'o-{order}' },
        ],
      },
      data: {
        orderId: '{order}',
        total: { $sum: ['qty', 'price'], decimals: 2 },
        currency: 'GBP',
        items: {
          $items: { productId: '{sku}', name: '{label}', price: '{price}', quantity: '{qty}' },
          leaveOut: ['name'],
        },
      },
    },
  ],
} as const;

/** Compiles a mapping that must be right. */
export function compileExample(raw: unknown = EXAMPLE): CompiledMapping {
  const mapping = parseMapping(raw);
  if (!mapping.ok) throw new Error(mapping.error.join('\n'));
  const compiled = compileMapping(mapping.value);
  if (!compiled.ok) throw new Error(compiled.error.join('\n'));
  return compiled.value;
}

/** What is wrong with a mapping, in form or as a whole. */
export function faultsOf(raw: unknown): readonly string[] {
  const mapping = parseMapping(raw);
  if (!mapping.ok) return mapping.error;
  const compiled = compileMapping(mapping.value);
  return compiled.ok ? [] : compiled.error;
}

/** Maps rows, numbered from 2 as below a header. A text in place of a row is one that could not be read. */
export function mapAll(compiled: CompiledMapping, rows: readonly (RawRow | string)[]): readonly Outcome[] {
  const mapper = createMapper(compiled);
  const outcomes = rows.flatMap((row, i) =>
    typeof row === 'string' ? mapper.skip(i + 2, row) : mapper.push(i + 2, row),
  );
  return [...outcomes, ...mapper.end()];
}

/** A line of the example, cells in the order order, sku, label, qty, price, when, who. */
export function line(...cells: readonly string[]): RawRow {
  return Object.fromEntries(Object.keys(EXAMPLE.columns).map((name, i) => [name, cells[i] ?? '']));
}
