import type { Offer } from '../../core/decision/offer.ts';
import type { Placement } from '../../core/decision/placement.ts';
import type { Ranker } from '../../core/decision/ranker.ts';
import type { Experiment } from '../../core/experiment/experiment.ts';
import type { Measure } from '../../core/measure/measure.ts';
import type { RecommendationStrategy } from '../../core/model/recommend/strategy.ts';
import type { Label } from '../../core/policy/labels.ts';
import type { Attribute } from '../../core/profile/attribute.ts';
import type { RulesetSetting, Source, Written } from '../../core/ruleset/resources.ts';
import type { Segment } from '../../core/segment/segment.ts';
import { DEMO_OFFERS } from './demo-offers.ts';
import { DEMO_EXPERIMENTS, DEMO_PLACEMENTS, DEMO_RANKERS, DEMO_STRATEGIES } from './demo-placements.ts';
import { DEMO_MEASURES, DEMO_SEGMENTS } from './demo-rules.ts';

export const WEB_SHOP = 'web-shop';
export const IMPORT = 'import';
export const PROOF_KID = 'shop-1';

/** A source as an operator puts it: secrets in the clear on the way in, and server keys made by the server. */
export interface DemoSource extends Omit<Source, 'serverKeyHashes' | 'proofKeys'> {
  readonly proofKeys: readonly { readonly kid: string; readonly alg: 'HS256'; readonly secret: string }[];
}

export interface DemoConfig {
  readonly sources: readonly DemoSource[];
  readonly settings: readonly RulesetSetting[];
  readonly attributes: readonly Attribute[];
  readonly measures: readonly Written<Measure>[];
  readonly segments: readonly Written<Segment>[];
  readonly placements: readonly Placement[];
  readonly strategies: readonly RecommendationStrategy[];
  readonly rankers: readonly Written<Ranker>[];
  readonly offers: readonly Written<Offer>[];
  readonly experiments: readonly Written<Experiment>[];
}

const attribute = (
  id: string,
  name: string,
  requires: Attribute['requires'],
  labels: readonly Label[] = [],
  type: Attribute['type'] = 'string',
  isPublic = false,
): Attribute => ({
  id,
  name,
  type,
  labels,
  requires,
  public: isPublic,
});

/**
 * Taste and tier may steer a page as soon as the device is known; whatever names or reaches the person needs a fresh sign-in.
 * What leaves for a browser is what the greeting says: tier and points. The rest is for the shop's server, which asks with its key.
 */
const ATTRIBUTES: readonly Attribute[] = [
  attribute('loyaltyTier', 'Loyalty tier', 'recognised', [], 'string', true),
  attribute('preferredCategory', 'Category bought most', 'recognised'),
  attribute('preferredSize', 'Size bought most', 'recognised'),
  attribute('loyaltyPoints', 'Loyalty points', 'authenticated', [], 'number', true),
  attribute('firstName', 'First name', 'authenticated', ['name']),
  attribute('email', 'Email address', 'authenticated', ['identity', 'contact']),
  attribute('phone', 'Phone', 'authenticated', ['contact']),
  attribute('city', 'City', 'authenticated', ['address']),
  attribute('newsletter', 'Wants the newsletter', 'authenticated', [], 'boolean'),
];

export interface DemoSecrets {
  readonly writeKey: string;
  readonly importWriteKey: string;
  /** base64url, 32 bytes or more. */
  readonly proofSecret: string;
}

/** Everything the demo shop needs, in the order in which it can be put. */
export function demoConfig(
  { writeKey, importWriteKey, proofSecret }: DemoSecrets,
  shopOrigins: readonly string[],
): DemoConfig {
  const common = { crossSite: false, jurisdiction: 'none', trustBrowserMoney: false, identityMode: 'cookie' } as const;
  return {
    sources: [
      {
        ...common,
        id: WEB_SHOP,
        name: 'Halden web shop',
        group: 'shop',
        writeKeys: [writeKey],
        allowedOrigins: shopOrigins,
        defaultConsent: { analytics: 'in', personalization: 'in' },
        proofKeys: [{ kid: PROOF_KID, alg: 'HS256', secret: proofSecret }],
        sdk: { pageViews: true, endpoint: '/_selvedge' },
      },
      {
        ...common,
        id: IMPORT,
        name: 'Imports and replays',
        group: 'import',
        writeKeys: [importWriteKey],
        allowedOrigins: [],
        proofKeys: [],
        defaultConsent: { analytics: 'in', personalization: 'in' },
        sdk: { pageViews: false, endpoint: '' },
      },
    ],
    settings: [{ id: 'ruleset', timeZone: 'Europe/Berlin' }],
    attributes: ATTRIBUTES,
    measures: DEMO_MEASURES,
    segments: DEMO_SEGMENTS,
    placements: DEMO_PLACEMENTS,
    strategies: DEMO_STRATEGIES,
    rankers: DEMO_RANKERS,
    offers: DEMO_OFFERS,
    experiments: DEMO_EXPERIMENTS,
  };
}
