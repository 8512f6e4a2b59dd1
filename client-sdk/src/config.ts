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
  /** Placements with live offers: the elements marked for them are hidden until they are decided, where nothing was painted yet. */
  readonly placements?: readonly string[];
  /** By placement of DOM actions: selectors of what its live offers change. Hidden likewise. */
  readonly prehide?: Readonly<Record<string, readonly string[]>>;
  /** Placements of DOM actions and redirects, which no element asks for: asked for on every page, as those of `prehide` are. */
  readonly everywhere?: readonly string[];
  /** Hosts that a redirect may lead to, besides the page's own. */
  readonly redirectHosts?: readonly string[];
}

/**
 * Base of all requests, without a slash at the end. An empty endpoint means the place sdk.js came from (its folder,
 * so that a Worker mounted under a path works too), or the page's origin for the npm package.
 */
export function endpointOf(config: SdkConfig, scriptUrl?: string): string {
  const endpoint = config.sdk?.endpoint;
  const base = endpoint ? location.href : scriptUrl || location.origin;
  return new URL(endpoint || '.', base).href.replace(/\/$/, '');
}
