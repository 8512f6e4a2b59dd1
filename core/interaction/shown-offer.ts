import type { Fact } from '../event/event.ts';
import { isSlug } from '../lib/ids.ts';

/** What an impression or a click counts for; `offer` is '' for the fallback. */
export interface ShownOffer {
  readonly placement: string;
  readonly offer: string;
}

/** Null: it names no placement, or what is no id. A page may say anything, and must not make rows of any name. */
export function shownOffer({ data }: Pick<Fact, 'data'>): ShownOffer | null {
  const { placement, offer = '' } = data;
  if (typeof placement !== 'string' || !isSlug(placement)) return null;
  if (typeof offer !== 'string' || offer === '') return { placement, offer: '' };
  return isSlug(offer) ? { placement, offer } : null;
}
