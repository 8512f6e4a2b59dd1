import type { Proposition } from '../../core/decision/proposition.ts';
import type {
  DecideRequest,
  DecideResponse,
  InteractRequest,
  InteractResponse,
  WireEvent,
} from '../../core/interaction/wire.ts';

export type { DecideRequest, DecideResponse, InteractRequest, InteractResponse, Proposition, WireEvent };

/** One page that is being asked for, as the Worker in front of the site saw the request. Plain data: it crosses the service binding. */
export interface PageRequest {
  /** Write key of the source; `url` must be of one of its allowed origins. */
  readonly key: string;
  /** Of the page, absolute. */
  readonly url: string;
  /** Of the request: cookie, user-agent and what else Selvedge reads (`FORWARDED_HEADERS`). */
  readonly headers: Readonly<Record<string, string>>;
  /** Coarse place, as Cloudflare tells it. */
  readonly cf?: { readonly country?: string; readonly regionCode?: string; readonly timezone?: string };
  readonly placements: readonly string[];
  /** Told before deciding, so that the answer reflects them. */
  readonly events?: readonly WireEvent[];
  /** Token of a preview link. */
  readonly preview?: string;
}

/** The visit of one page: the cookie is there at once, the answer follows. */
export interface PageVisit {
  /** `Set-Cookie` for a visitor who has none yet; null: nothing to set. */
  readonly setCookie: string | null;
  /** Hosts that a redirect may lead to, besides the page's own: those that the source allows. Left out: none. */
  readonly redirectHosts?: readonly string[];
  answer(): Promise<InteractResponse>;
}

/** What the Selvedge Worker offers over a service binding (`entrypoint = "SelvedgeRpc"`). Methods reject with the detail of the problem document. */
export interface SelvedgeBinding {
  visitPage(request: PageRequest): Promise<PageVisit>;
  /** As a server: with a server key `sk_…`. `signals`: of the visitor whom the call is about. */
  interact(key: string, request: InteractRequest, signals?: VisitorSignals): Promise<InteractResponse>;
  decide(key: string, request: DecideRequest, signals?: VisitorSignals): Promise<DecideResponse>;
}

/** Cookies of ours; the site's own are nobody else's business. */
export const FORWARDED_COOKIES = ['__Host-sv', 'selvedge_preview'] as const;

/**
 * Headers by which a browser speaks for its owner, whoever asks for them: Global Privacy Control rules out advertising and sharing, and a page that is only fetched
 * ahead is no visit.
 */
export const SIGNAL_HEADERS = ['sec-gpc', 'sec-purpose', 'purpose', 'x-moz'] as const;
export type VisitorSignals = { readonly [K in (typeof SIGNAL_HEADERS)[number]]?: string };

/** Headers of the visitor's request that say something to Selvedge, beside those cookies. Nothing else of the request is passed on. */
export const FORWARDED_HEADERS = [
  'user-agent',
  'accept-language',
  'cf-connecting-ip',
  'sec-ch-ua-mobile',
  ...SIGNAL_HEADERS,
] as const;
