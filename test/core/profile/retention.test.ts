import { describe, expect, it } from 'vitest';
import type { Instant, SourceId } from '../../../core/lib/ids.ts';
import { DAY_MS } from '../../../core/lib/instant.ts';
import { forgetOldValues } from '../../../core/profile/forget-old-values.ts';
import { keptSince, OWN_TYPES, overdueTypes, retentionOf } from '../../../core/profile/retention.ts';
import { createStrand } from '../../../core/profile/strand.ts';

const NOW = Date.UTC(2030, 0, 1) as Instant;
const ago = (days: number) => (NOW - days * DAY_MS) as Instant;

describe('how long facts are kept', () => {
  const retention = retentionOf({ 'page.viewed': 90, [OWN_TYPES]: 30, 'custom.seen': 400 });

  it.each([
    ['page.viewed', 90],
    ['custom.seen', 400],
    ['custom.other', 30],
    ['order.placed', null],
    ['customers.merged', null],
  ] as const)('%s: %s days', (type, days) => {
    expect(keptSince(retention, type, NOW)).toBe(days === null ? null : ago(days));
  });

  it('is over for those that happened before, not for those of that very instant', () => {
    const oldest = new Map([
      ['page.viewed', ago(90)],
      ['custom.seen', (ago(400) - 1) as Instant],
      ['order.placed', 0 as Instant],
    ]);
    expect(overdueTypes(oldest, retention, NOW)).toEqual([{ type: 'custom.seen', before: ago(400) }]);
    expect(overdueTypes(oldest, new Map(), NOW)).toEqual([]);
  });
});

describe('what a strand holds of events that are kept no more', () => {
  const [web, crm] = ['web' as SourceId, 'crm' as SourceId];
  const strand = () => ({
    ...createStrand({ namespace: 'device', value: 'd' }, 'anonymous', 1, ago(500)),
    consent: { analytics: 'out' as const },
    consentAt: { analytics: ago(500) },
    attributes: {
      tier: { value: 'gold', at: ago(5), source: web, others: [{ value: 'silver', at: ago(50), source: crm }] },
      name: { value: 'S.', at: ago(40), source: web },
    },
    recent: [
      { productId: 'new', at: ago(5) },
      { productId: 'old', at: ago(50) },
    ],
  });

  it('goes with them, source by source and view by view', () => {
    const held = strand();
    forgetOldValues(held, retentionOf({ 'profile.updated': 30, 'product.viewed': 30 }), NOW);
    expect(held.attributes).toEqual({ tier: { value: 'gold', at: ago(5), source: web } });
    expect(held.recent).toEqual([{ productId: 'new', at: ago(5) }]);
  });

  it('stays where its type is kept; a choice about consent always does', () => {
    const held = strand();
    forgetOldValues(held, retentionOf({ 'page.viewed': 1, 'consent.updated': 1 }), NOW);
    expect(held).toEqual(strand());
  });
});
