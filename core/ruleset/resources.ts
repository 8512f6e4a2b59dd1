import type { AuthState } from '../event/event.ts';
import type { Jurisdiction } from '../lib/ids.ts';
import type { JsonValue } from '../lib/json.ts';
import type { Label } from '../policy/labels.ts';
import type { ConsentChoices, Purpose } from '../policy/purposes.ts';
import type { Rule } from '../segment/rule.ts';

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
  | { readonly kid: string; readonly alg: 'ES256' | 'RS256' | 'EdDSA'; readonly publicJwk: Readonly<Record<string, JsonValue>> };

export interface SdkOptions {
  /** Send `page.viewed` for the first page and each soft navigation. */
  readonly pageViews: boolean;
  /** Where the SDK sends to, relative to the page (`/_selvedge`) or absolute; empty: the origin sdk.js came from. */
  readonly endpoint: string;
}

export interface Attribute {
  /** Identifier, as rules name it. */
  readonly id: string;
  readonly name: string;
  readonly type: 'string' | 'number' | 'boolean' | 'instant' | 'list';
  readonly labels: readonly Label[];
  /** May leave for a browser. */
  readonly public: boolean;
  /** Authentication state needed before it is used or shown. */
  readonly requires: AuthState;
}

export interface Segment {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly rule: Rule;
  readonly purpose: Purpose;
  /** The site may see memberships of this segment. */
  readonly public: boolean;
}

export type ContentKind = 'html' | 'json';

export interface Placement {
  readonly id: string;
  readonly name: string;
  readonly kind: ContentKind;
  /** Shown when nothing qualifies; null leaves the page as it is. */
  readonly fallback: JsonValue;
}

export interface Offer {
  readonly id: string;
  readonly name: string;
  readonly placements: readonly string[];
  /** Who may get it; absent: everybody. */
  readonly eligibility?: Rule;
  /** Higher first; ties by id. */
  readonly priority: number;
  readonly schedule?: { readonly from?: string; readonly until?: string };
  readonly purpose: Purpose;
  /** Authentication state needed; `anonymous` is everybody. */
  readonly requires: AuthState;
  /** Fits the kind of its placements: a string of HTML, or any JSON. */
  readonly content: JsonValue;
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
