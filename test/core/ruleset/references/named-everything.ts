import type { StoredResource } from '../../../../core/ruleset/draft.ts';
import { RESOURCE_SCHEMAS } from '../../../../core/ruleset/schema.ts';
import {
  attribute,
  experiment,
  identitySetting,
  measure,
  offer,
  placement,
  ranker,
  segment,
  source,
  strategy,
  tree,
} from '../ruleset-fixture.ts';

const SHOWN = { public: true };
const variants = (value: object) => [
  { id: 'a', weight: 0.5 },
  { id: 'b', weight: 0.5, value },
];
const halves = (id: string, on: object, value: object, change: object = {}) =>
  experiment({ id, status: 'draft', on, variants: variants(value), ...change });

/** A draft in which every kind of resource names everything that it can name. */
export const EVERYTHING: readonly StoredResource[] = [
  ...of('source', source(), source({ id: 'crm', writeKeys: ['wk_main.87654321'] })),
  ...of(
    'attribute',
    attribute(SHOWN),
    attribute({ id: 'city', merge: { sources: ['crm', 'web'] } }),
    attribute({ id: 'points', type: 'number' }),
  ),
  ...of(
    'measure',
    measure('spent', 'xEvent[eventType = "order.placed"].count() + points'),
    measure('taste', 'xEvent[eventType = "product.viewed"].favourite(category)', SHOWN),
    measure('doubled', 'if(inSegment("gold"), spent * 2, spent)'),
  ),
  ...of(
    'segment',
    segment('gold', 'tier = "gold"'),
    segment('rich', 'inSegment("gold") and spent > 10'),
    segment('local', 'exists city from xEvent where (city.eventType = "page.viewed")'),
  ),
  ...of(
    'strategy',
    strategy(),
    strategy({ id: 'other' }),
    strategy({ id: 'third' }),
    strategy({ id: 'fourth' }),
    strategy({ id: 'fifth' }),
  ),
  ...of(
    'ranker',
    ranker({ id: 'best', method: 'formula', expression: tree('offer.priority * spent') }),
    ranker({ id: 'liked', method: 'affinity', measure: 'taste' }),
    ranker({ id: 'likely', method: 'recommendation', strategy: 'recent' }),
    ranker({ id: 'learned', method: 'bandit', buckets: ['gold', 'context.device.type'] }),
    ranker({ id: 'fixed', method: 'manual', order: ['gift', 'bag'] }),
  ),
  ...of(
    'placement',
    placement({ ranker: 'best' }),
    placement({ id: 'recs', kind: 'list' }),
    placement({ id: 'side', ranker: 'fixed' }),
  ),
  ...of(
    'offer',
    offer({
      eligibility: tree('inSegment("rich") or city = "Ulm"'),
      content:
        '{{#attribute.tier}}<b>{{measure.taste}}</b>{{/attribute.tier}}{{#items.fifth}}{{title}}{{/items.fifth}}',
    }),
    offer({ id: 'more', placements: ['recs'], content: { strategy: 'other' } }),
    offer({
      id: 'bag',
      placements: ['hero', 'side', 'recs'],
      contents: { html: '<b>{{measure.taste}}</b>', list: { strategy: 'third' } },
      translations: { de: { contents: { html: '<b>{{attribute.tier}}</b>', list: { strategy: 'fourth' } } } },
    }),
  ),
  ...of(
    'experiment',
    halves('on-offer', { kind: 'offer', id: 'gift' }, { use: 'offer', id: 'bag' }, { eligibility: tree('spent > 1') }),
    halves('on-placement', { kind: 'placement', id: 'hero' }, { use: 'content', content: '{{attribute.tier}}' }),
    halves('on-ranker', { kind: 'ranker', id: 'liked' }, { use: 'ranker', id: 'best' }),
    halves('on-segment', { kind: 'segment', id: 'gold' }, { use: 'segment', id: 'rich' }),
    halves(
      'on-partner',
      { kind: 'placement', id: 'side' },
      { use: 'nothing' },
      { hash: { version: 2, attribute: 'partner', fallback: 'customer' } },
    ),
  ),
  ...of(
    'setting',
    identitySetting({
      namespaces: ['customer', 'partner'].map((code, i) => ({ code, type: 'person', priority: i + 1 })),
    }),
    RESOURCE_SCHEMAS.setting.parse({ id: 'ruleset', timeZone: 'Europe/Berlin' }),
  ),
  ...of('trackingPlan', RESOURCE_SCHEMAS.trackingPlan.parse({ id: 'web', events: { 'page.viewed': {} } })),
];

function of(kind: string, ...bodies: readonly { readonly id: string }[]): readonly StoredResource[] {
  return bodies.map((body) => ({ kind, id: body.id, body }));
}
