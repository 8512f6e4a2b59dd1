import type { Placement } from '../../core/decision/placement.ts';
import type { Ranker } from '../../core/decision/ranker.ts';
import type { Experiment } from '../../core/experiment/experiment.ts';
import type { RecommendationStrategy } from '../../core/model/recommend/strategy.ts';
import type { Written } from '../../core/ruleset/resources.ts';
import { hero } from './hero-html.ts';

export const DEMO_PLACEMENTS: readonly Placement[] = [
  {
    id: 'hero',
    name: 'Home page, top',
    kind: 'html',
    ranker: 'by-taste',
    fallback: hero({
      eyebrow: 'Autumn',
      title: 'Clothes for the weather you have.',
      text: 'Knitted, cut and sewn to be worn outdoors, and mended rather than replaced.',
      button: 'Look around',
      href: '/shop/women',
      art: 'home',
    }),
  },
  {
    id: 'offer-strip',
    name: 'Strip above every page',
    kind: 'html',
    fallback: '<p>Free delivery from €80. Thirty days to change your mind.</p>',
  },
  { id: 'greeting', name: 'Line under the header', kind: 'html', fallback: '<p>Clothes for the weather you have.</p>' },
  { id: 'gift-message', name: 'Home page, under the hero', kind: 'html', fallback: null },
  { id: 'spotlight', name: 'A thing looked at before', kind: 'html', ranker: 'most-looked-at', fallback: null },
  { id: 'recently-viewed', name: 'Tray of what was looked at last', kind: 'list', fallback: null },
  { id: 'favourites', name: 'What other people put into their bags', kind: 'list', fallback: null },
  { id: 'gift-wrap', name: 'Price of gift wrapping', kind: 'json', fallback: null },
  { id: 'promises', name: 'Small print of the home page', kind: 'dom', fallback: null },
];

export const DEMO_STRATEGIES: readonly RecommendationStrategy[] = [
  // What lies in the bag may be looked at again; what was bought is gone, as the rules have it by default.
  { id: 'recently-viewed', sources: [{ use: 'recentlyViewed' }], rules: { notInCart: false }, size: 6 },
  {
    id: 'favourites',
    sources: [
      { use: 'picked', items: ['wo-1', 'sw-1', 'me-2', 'wo-2', 'wr-4', 'ki-1', 'me-1', 'mr-4'] },
      { use: 'popular', in: 'site' },
    ],
    rules: { notInCart: false },
    size: 8,
  },
];

export const DEMO_RANKERS: readonly Written<Ranker>[] = [
  { id: 'by-taste', name: 'By what was looked at lately', method: 'affinity', measure: 'taste' },
  {
    id: 'most-looked-at',
    name: 'What was looked at most often first',
    method: 'formula',
    expression: 'xEvent[eventType = "product.viewed" and productId = offer.item].count()',
  },
];

/** Which words bring a first-time visitor to put something into the bag. */
export const DEMO_EXPERIMENTS: readonly Written<Experiment>[] = [
  {
    id: 'first-words',
    name: 'First visit: few things, or mended for life',
    status: 'running',
    on: { kind: 'offer', id: 'greeting-first-visit' },
    purpose: 'personalization',
    variants: [
      { id: 'few-things', weight: 0.5, value: { use: 'default' } },
      {
        id: 'mended',
        weight: 0.5,
        value: { use: 'content', content: '<p>First time here? Whatever you buy, we mend it for life.</p>' },
      },
    ],
    coverage: 1,
    layer: null,
    holdout: 0,
    exemptFromGlobalHoldout: false,
    hash: { version: 2, attribute: 'profile' },
    version: 1,
    metrics: [
      { id: 'bag-filled', kind: 'conversion', event: 'cart.added', better: 'higher' },
      { id: 'revenue', kind: 'revenue', event: 'order.placed', better: 'higher' },
    ],
    primaryMetric: 'bag-filled',
  },
];
