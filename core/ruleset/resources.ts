import type { Offer } from '../decision/offer.ts';
import type { Placement } from '../decision/placement.ts';
import type { Ranker } from '../decision/ranker.ts';
import type { Experiment, GlobalHoldout } from '../experiment/experiment.ts';
import { DEFAULT_IDENTITY, type IdentityConfig } from '../identity/identity-config.ts';
import type { Jurisdiction, Space } from '../lib/ids.ts';
import type { JsonValue } from '../lib/json.ts';
import type { Measure } from '../measure/measure.ts';
import type { RecommendationStrategy } from '../model/recommend/strategy.ts';
import type { ConsentChoices } from '../policy/purposes.ts';
import type { Attribute } from '../profile/attribute.ts';
import type { Segment } from '../segment/segment.ts';
import type { TrackingPlan } from '../source/tracking-plan.ts';

/** What operators configure. Ids are slugs (attributes: identifiers), unique per kind and space. */
export interface Source {
  readonly id: string;
  readonly name: string;
  /** Public keys that pages carry: `wk_<space>.<random>`. */
  readonly writeKeys: readonly string[];
  /** SHA-256 (hex) of each server key `sk_<space>.<random>`; the key itself is shown once, when it is made. */
  readonly serverKeyHashes: readonly string[];
  /** Exact origins (`https://shop.example`) whose pages may use the write keys. */
  readonly allowedOrigins: readonly string[];
  /** `cookie`: HttpOnly first-party cookie set by the Worker; `token`: the SDK keeps a signed token. */
  readonly identityMode: 'cookie' | 'token';
  /** Cookie needed from another site: SameSite=None; Partitioned instead of Lax. */
  readonly crossSite: boolean;
  /** Sources of one group share visitors: a token of another group is refused. */
  readonly group: string;
  /** Seconds since 1970: visitor tokens of the group that were signed before are refused. The highest of the group's sources counts. */
  readonly revokedBefore?: number;
  /** Where this source's profiles live. Cannot change later: an object stays where it was born. */
  readonly jurisdiction: Jurisdiction;
  /** What holds for a visitor who chose nothing yet. */
  readonly defaultConsent: ConsentChoices;
  /** Accept orders and refunds from browser keys as claims. */
  readonly trustBrowserMoney: boolean;
  /** Keys that sign identity proofs; the algorithm is pinned here and never read from a token. */
  readonly proofKeys: readonly ProofKey[];
  readonly sdk: SdkOptions;
}

export type ProofKey =
  | { readonly kid: string; readonly alg: 'HS256'; readonly secretEncrypted: string }
  | {
      readonly kid: string;
      readonly alg: 'ES256' | 'RS256' | 'EdDSA';
      readonly publicJwk: Readonly<Record<string, JsonValue>>;
    };

export interface SdkOptions {
  /** Send `page.viewed` for the first page and each soft navigation. */
  readonly pageViews: boolean;
  /** Where the SDK sends to, relative to the page (`/_selvedge`) or absolute; empty: the origin sdk.js came from. */
  readonly endpoint: string;
}

/** How all rules of a space are evaluated. There is one, of the id `ruleset`; absent: the defaults. */
export interface RulesetSetting {
  readonly id: 'ruleset';
  /** IANA name of the zone whose calendar rules go by. */
  readonly timeZone: string;
}

/** How identities of a space become people. There is one, of the id `identity`; absent: the defaults. */
export interface IdentitySetting extends IdentityConfig {
  readonly id: 'identity';
}

/** How long events are kept. There is one, of the id `retention`; absent: for ever. */
export interface RetentionSetting {
  readonly id: 'retention';
  /** By event type, or `custom.*` for all own types that are not named. A type that is not named is kept for ever. */
  readonly days: Readonly<Record<string, number>>;
}

/** The share of people who are kept out of all experiments. There is one, of the id `holdout`; absent: nobody is. */
export interface HoldoutSetting extends Omit<GlobalHoldout, 'salt'> {
  readonly id: 'holdout';
}

/** Whether changes have to be looked at by a second person before they go live. There is one, of the id `review`; absent: no. It counts as it is live. */
export interface ReviewSetting {
  readonly id: 'review';
  /** People who have to approve a change set, beside those who made it. With 1, drafts cannot be published directly. */
  readonly approvals: 0 | 1;
}

export type Setting = RulesetSetting | IdentitySetting | RetentionSetting | HoldoutSetting | ReviewSetting;

export const DEFAULT_SETTING: RulesetSetting = { id: 'ruleset', timeZone: 'UTC' };

/** The setting of the rules, or its defaults. */
export function rulesetSetting(settings: readonly Setting[]): RulesetSetting {
  return settings.find((setting) => setting.id === 'ruleset') ?? DEFAULT_SETTING;
}

/** What the setting of identities says, or the defaults. */
export function identityConfig(settings: readonly Setting[]): IdentityConfig {
  const { namespaces, blocked, policy, limits } =
    settings.find((setting) => setting.id === 'identity') ?? DEFAULT_IDENTITY;
  return { namespaces, blocked, policy, limits };
}

/** Days by event type, in the order of their names. */
export function retentionDays(settings: readonly Setting[]): RetentionSetting['days'] {
  const { days = {} } = settings.find((setting) => setting.id === 'retention') ?? {};
  return Object.fromEntries(Object.entries(days).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Who is kept out of all experiments; null: nobody. Spaces keep out different people. */
export function globalHoldout(settings: readonly Setting[], space: Space): GlobalHoldout | null {
  const setting = settings.find((each) => each.id === 'holdout');
  return setting && setting.share > 0 ? { share: setting.share, version: setting.version, salt: space } : null;
}

/** How items are recommended; what recommends does not look at the name. */
export type Strategy = RecommendationStrategy & { readonly name?: string };

/** What operators configure, by kind. A new kind is a line here, in KINDS, and a schema in schema.ts. */
export interface ResourceOf {
  readonly source: Source;
  readonly attribute: Attribute;
  readonly measure: Measure;
  readonly segment: Segment;
  readonly placement: Placement;
  readonly offer: Offer;
  readonly ranker: Ranker;
  readonly experiment: Experiment;
  readonly strategy: Strategy;
  readonly trackingPlan: TrackingPlan;
  readonly setting: Setting;
}

export type ResourceKind = keyof ResourceOf;

export interface KindInfo {
  /** Of the path in the operator API. */
  readonly plural: string;
  /** The member that holds a rule or a measure: put as text or tree, stored as tree, shown as text and sentence too. */
  readonly expression: string | null;
}

export const KINDS = {
  source: { plural: 'sources', expression: null },
  attribute: { plural: 'attributes', expression: null },
  measure: { plural: 'measures', expression: 'expression' },
  segment: { plural: 'segments', expression: 'rule' },
  placement: { plural: 'placements', expression: null },
  offer: { plural: 'offers', expression: 'eligibility' },
  ranker: { plural: 'rankers', expression: 'expression' },
  experiment: { plural: 'experiments', expression: 'eligibility' },
  strategy: { plural: 'strategies', expression: null },
  trackingPlan: { plural: 'tracking-plans', expression: null },
  setting: { plural: 'settings', expression: null },
} as const satisfies {
  readonly [K in ResourceKind]: KindInfo & { readonly expression: MemberOf<ResourceOf[K]> | null };
};

/** Of any form of it. */
type MemberOf<T> = T extends unknown ? keyof T : never;

export const RESOURCE_KINDS = Object.keys(KINDS) as readonly ResourceKind[];

/** As it is put: a rule may be text. */
export type Written<T extends Measure | Segment | Offer | Ranker | Experiment> = {
  readonly [M in keyof T]: M extends 'rule' | 'expression' | 'eligibility' ? T[M] | string : T[M];
};

/** Everything that one publish compiles. */
export type RulesetSources = { readonly [K in ResourceKind]: readonly ResourceOf[K][] };
