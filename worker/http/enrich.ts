import Bowser from 'bowser';
import { isbot } from 'isbot';
import type { JsonObject } from '../../core/lib/json.ts';

/** What the edge adds to every event of a request. Coarse on purpose: no address, no city, no exact agent. */
export interface Enrichment {
  readonly context: JsonObject;
  /** The part of `context` that the edge saw for itself. */
  readonly observed: JsonObject;
  readonly bot: boolean;
  /** The page is only being prefetched or prerendered. */
  readonly prefetch: boolean;
  readonly globalPrivacyControl: boolean;
}

/** `acting`: a server that speaks for a visitor; its own agent and place say nothing about that visitor. */
export function enrich(
  request: Request<unknown, IncomingRequestCfProperties>,
  sent: JsonObject,
  acting: boolean,
): Enrichment {
  const headers = request.headers;
  const agent = headers.get('user-agent') ?? '';
  const observed: Record<string, JsonObject[string]> = {};
  if (!acting) {
    const cf = request.cf;
    if (cf?.country) observed.geo = { country: cf.country, ...(cf.regionCode ? { region: cf.regionCode } : {}) };
    if (cf?.timezone) observed.timeZone = cf.timezone;
    observed.device = { class: deviceClass(headers, agent) };
  }
  const context: Record<string, JsonObject[string]> = { ...sent, ...observed };
  const page = sent.page;
  if (typeof page === 'object' && page !== null && !Array.isArray(page)) addPage(context, page as JsonObject);
  const purpose = headers.get('sec-purpose') ?? headers.get('purpose') ?? headers.get('x-moz') ?? '';
  return {
    context,
    observed,
    bot: !acting && (agent === '' || isbot(agent)),
    prefetch: /prefetch|prerender/i.test(purpose),
    globalPrivacyControl: headers.get('sec-gpc') === '1',
  };
}

/** The client hint is one digit and costs nothing; the agent string is parsed only where browsers do not send the hint. */
function deviceClass(headers: Headers, agent: string): string {
  const mobile = headers.get('sec-ch-ua-mobile');
  if (mobile === '?0') return 'desktop';
  if (mobile === '?1') return 'mobile';
  return agent === '' ? 'unknown' : Bowser.getParser(agent.slice(0, MAX_AGENT_LENGTH)).getPlatformType() || 'unknown';
}

/** Longer agent strings are nobody's browser; what they say first is enough. */
const MAX_AGENT_LENGTH = 512;

const SEARCH = /(^|\.)(google|bing|duckduckgo|yahoo|yandex|baidu|ecosia|naver|kagi|qwant|startpage)\./;
const SOCIAL =
  /(^|\.)(facebook|instagram|tiktok|twitter|x|t|linkedin|lnkd|pinterest|reddit|youtube|whatsapp|telegram|mastodon|bsky|threads)\.(com|co|in|org|social|app|net)$/;
const CAMPAIGN = ['source', 'medium', 'campaign', 'term', 'content'] as const;
const CLICK_IDS = ['gclid', 'fbclid', 'msclkid', 'ttclid'] as const;

function addPage(context: Record<string, JsonObject[string]>, page: JsonObject): void {
  const url = parseUrl(page.url);
  if (url && url.search !== '') {
    const campaign: Record<string, string> = {};
    for (const name of CAMPAIGN) {
      const value = url.searchParams.get(`utm_${name}`);
      if (value) campaign[name] = value.slice(0, 256);
    }
    const clicked = CLICK_IDS.find((id) => url.searchParams.has(id));
    if (clicked) campaign.clickId = clicked;
    if (Object.keys(campaign).length > 0) context.campaign = campaign;
  }
  context.referrer = { class: referrerClass(parseUrl(page.referrer), url) };
}

function referrerClass(referrer: URL | null, page: URL | null): string {
  if (!referrer) return 'direct';
  if (page && referrer.host === page.host) return 'internal';
  if (SEARCH.test(referrer.hostname)) return 'search';
  if (SOCIAL.test(referrer.hostname)) return 'social';
  if (/(^|\.)(mail|outlook|webmail)\./.test(referrer.hostname)) return 'email';
  return 'site';
}

function parseUrl(value: unknown): URL | null {
  return typeof value === 'string' ? URL.parse(value) : null;
}
