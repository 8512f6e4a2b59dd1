import type { Offer, Placement } from '../decision/offer.ts';
import type { Jurisdiction } from '../lib/ids.ts';
import type { JsonValue } from '../lib/json.ts';
import type { ConsentChoices } from '../policy/purposes.ts';
import type { Attribute } from '../profile/attribute.ts';
import type { Segment } from '../segment/segment.ts';

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

export const RESOURCE_KINDS = ['source', 'attribute', 'segment', 'placement', 'offer'] as const;
export type ResourceKind = (typeof RESOURCE_KINDS)[number];

export interface ResourceOf {
  readonly source: Source;
  readonly attribute: Attribute;
  readonly segment: Segment;
  readonly placement: Placement;
  readonly offer: Offer;
}

/** Everything that one publish compiles. */
export interface RulesetSources {
  readonly source: readonly Source[];
  readonly attribute: readonly Attribute[];
  readonly segment: readonly Segment[];
  readonly placement: readonly Placement[];
  readonly offer: readonly Offer[];
}
