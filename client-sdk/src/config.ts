import type { ContentKind } from '../../core/decision/placement.ts';
import type { BrowserPart } from '../../core/ruleset/manifest.ts';

/** What `init` needs. A `BrowserPart`, which the Worker inlines into sdk.js, fits as it is. */
export interface SdkConfig {
  /** Public write key, `wk_<space>.<random>`. */
  readonly key: string;
  /** Separates the stored queue and choice of several sources on one origin. */
  readonly source?: string;
  /** `cookie` (default): the Worker keeps the id in an HttpOnly cookie; `token`: the SDK keeps a signed token. */
  readonly identityMode?: BrowserPart['identityMode'];
  /** What holds until the visitor chooses. Empty: only `necessary`. */
  readonly defaultConsent?: BrowserPart['defaultConsent'];
  readonly sdk?: Partial<BrowserPart['sdk']>;
  /** Placements with live offers: hidden until they are decided, where nothing was painted yet. */
  readonly placements?: readonly (string | LivePlacement)[];
  /** Hosts that a redirect may lead to, besides the page's own. */
  readonly redirectHosts?: readonly string[];
}

export interface LivePlacement {
  readonly id: string;
  /** `dom` and `redirect` are asked for on every page: no element asks for them. */
  readonly kind?: ContentKind;
  /** Selectors that its live offers change; left out: the elements marked for it. */
  readonly selectors?: readonly string[];
}

/**
 * Base of all requests, without a slash at the end. An empty endpoint means the place sdk.js came from (its folder,
 * so that a Worker mounted under a path works too), or the page's origin for the npm package.
 */
export function endpointOf(config: SdkConfig, scriptUrl?: string): string {
  const endpoint = config.sdk?.endpoint || new URL('.', scriptUrl || location.origin).href;
  return new URL(endpoint, location.href).href.replace(/\/$/, '');
}
