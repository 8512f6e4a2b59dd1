import { expect, it } from 'vitest';
import { compileDraft } from '../../../core/ruleset/draft.ts';
import { KINDS, RESOURCE_KINDS } from '../../../core/ruleset/resources.ts';
import { readRule } from '../../../core/ruleset/rule-form.ts';
import { lineageOf } from '../../../core/segment/compile/lineage.ts';
import { demoConfig } from '../../../db/seed/demo-config.ts';
import { NOW, SPACE } from './ruleset-fixture.ts';

const SECRETS = { writeKey: 'wk_main.12345678', importWriteKey: 'wk_main.87654321', proofSecret: 'x'.repeat(43) };

/** What the operator API would have stored. Sources are left out: their secrets are sealed there. */
function stored() {
  const config = demoConfig(SECRETS, ['http://localhost:8788']);
  return RESOURCE_KINDS.filter((kind) => kind !== 'source' && kind !== 'trackingPlan').flatMap((kind) => {
    const { plural, expression: member } = KINDS[kind];
    return config[plural as Exclude<keyof typeof config, 'sources'>].map((resource) => {
      const rule = member === null ? undefined : (resource as Readonly<Record<string, unknown>>)[member];
      const read = typeof rule === 'string' ? readRule(rule) : null;
      if (read && !read.ok) throw new Error(`${resource.id}: ${read.error.detail}`);
      return { kind, id: resource.id, body: read ? { ...resource, [member ?? '']: read.value } : resource };
    });
  });
}

it('the demo can be published, and a gift in the cart is judged by what people buy for themselves', () => {
  const compiled = compileDraft(SPACE, stored(), NOW);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error, null, 1));
  const { program, rules } = compiled.value;
  expect(program.segmentInfo.filter((info) => info.observed).map((info) => info.id)).toEqual([
    'gift-cart-abandoner',
    'gift-reminder',
  ]);
  expect(program.measures.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['ownCategory', 'ownSize', 'taste', 'pointsToNextTier']),
  );
  const gift = lineageOf(rules.lineage, 'segment', 'gift-cart-abandoner');
  expect(gift).toMatchObject({
    attributes: ['loyaltyTier'],
    measures: ['ownCategory', 'ownSize'],
    segments: ['loyalty-member'],
    purposes: ['personalization'],
  });
  expect(gift?.events.find(({ type }) => type === 'order.placed')?.fields).toEqual(
    expect.arrayContaining(['giftWrap', 'items']),
  );
});
