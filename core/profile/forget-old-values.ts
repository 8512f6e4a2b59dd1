import type { Instant } from '../lib/ids.ts';
import { keptSince, type Retention } from './retention.ts';
import { type SaidValue, type StoredValue, saidValues } from './stored-value.ts';
import type { Strand } from './strand.ts';

/**
 * Takes from a strand what it holds of events that are kept no more: attributes and views go with the events that said them. A choice about
 * consent stays: a refusal must not end because its event is old.
 */
export function forgetOldValues(strand: Strand, retention: Retention, now: Instant): void {
  const said = keptSince(retention, 'profile.updated', now);
  if (said !== null) strand.attributes = since(strand.attributes, said);
  const viewed = keptSince(retention, 'product.viewed', now);
  if (viewed !== null) strand.recent = strand.recent.filter(({ at }) => at >= viewed);
}

function since(attributes: Strand['attributes'], oldest: Instant): Record<string, StoredValue> {
  const left: Record<string, StoredValue> = {};
  for (const [name, value] of Object.entries(attributes)) {
    // Newest first.
    const [newest, ...others] = saidValues(value).filter(({ at }: SaidValue) => at >= oldest);
    if (newest) left[name] = { ...withoutOthers(newest), ...(others.length > 0 && { others }) };
  }
  return left;
}

function withoutOthers({ value, at, source }: SaidValue): SaidValue {
  return { value, at, ...(source !== undefined && { source }) };
}
