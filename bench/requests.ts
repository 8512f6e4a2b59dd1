import { CATEGORIES, ORIGIN, PLACEMENTS, WRITE_KEY } from './configuration.ts';

/** What one measured request is; the floor gets the very same bytes. */
export type CaseName = 'warm' | 'woken' | 'first' | 'batch' | 'decide' | 'seed' | 'empty';

export interface PreparedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Recipe {
  readonly name: CaseName;
  /** Visitor tokens, used in rotation; none for first visits. */
  readonly visitors: readonly string[];
  readonly serverKey: string;
  /** Number of the first request: event ids and addresses are made of it. */
  readonly from: number;
}

const DAY_MS = 86_400_000;
const SEEDED_EVENTS = 40;
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

/** As Chrome sends it for the SDK: JSON as text, so that no preflight is needed. */
const BROWSER_HEADERS = {
  accept: '*/*',
  'accept-language': 'en-GB,en;q=0.9',
  'content-type': 'text/plain;charset=UTF-8',
  origin: ORIGIN,
  referer: `${ORIGIN}/men/running`,
  'sec-ch-ua': '"Chromium";v="142", "Not_A Brand";v="99"',
  'sec-ch-ua-mobile': '?0',
  'sec-ch-ua-platform': '"Linux"',
  'sec-fetch-mode': 'cors',
  'sec-fetch-site': 'same-site',
  'user-agent': AGENT,
};

export function prepare(recipe: Recipe, index: number): PreparedRequest {
  const number = recipe.from + index;
  const visitor = recipe.visitors[number % Math.max(1, recipe.visitors.length)] ?? null;
  if (recipe.name === 'decide') return decideRequest(recipe, visitor ?? '');
  return {
    path: `/v1/interact?key=${WRITE_KEY}&case=${recipe.name}`,
    headers: {
      ...BROWSER_HEADERS,
      'cf-connecting-ip': `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`,
      ...(visitor === null ? {} : { cookie: `__Host-sv=${visitor}` }),
    },
    body: JSON.stringify({
      sentAt: new Date().toISOString(),
      context: PAGE,
      events: events(recipe.name, number),
      placements: PLACEMENTS,
    }),
  };
}

const PAGE = {
  page: { url: `${ORIGIN}/men/running?utm_source=mail&utm_campaign=autumn`, referrer: `${ORIGIN}/`, title: 'Running' },
};

function events(name: CaseName, number: number): readonly object[] {
  const now = Date.now();
  if (name === 'batch')
    return Array.from({ length: 10 }, (_, i) => viewed(`b${number}-${i}`, now - i * 1000, number + i));
  if (name !== 'seed') return [viewed(`${name}${number}`, now, number)];
  return Array.from({ length: SEEDED_EVENTS }, (_, i) =>
    past(`s${number}-${i}`, now - ((i + 1) * 25 * DAY_MS) / SEEDED_EVENTS, i),
  );
}

function viewed(id: string, at: number, n: number): object {
  return event(id, 'product.viewed', at, product(n));
}

/** A visitor's last weeks: mostly views, some searches and carts. */
function past(id: string, at: number, i: number): object {
  if (i % 4 === 0) return event(id, 'page.viewed', at, { url: `${ORIGIN}/page/${i}`, title: `Page ${i}` });
  if (i % 11 === 1) return event(id, 'search.performed', at, { query: 'sweater', results: i });
  if (i % 13 === 2) return event(id, 'cart.added', at, { ...product(i), quantity: 1 });
  return viewed(id, at, i);
}

function product(n: number): object {
  return {
    productId: `sw-${n % 97}`,
    name: 'Tempo sweater',
    category: CATEGORIES[n % CATEGORIES.length],
    price: 39 + (n % 60),
    currency: 'EUR',
  };
}

function event(id: string, type: string, at: number, data: object): object {
  return {
    id,
    type,
    occurredAt: new Date(at).toISOString(),
    consent: { analytics: 'in', personalization: 'in' },
    data,
  };
}

function decideRequest({ serverKey }: Recipe, visitor: string): PreparedRequest {
  return {
    path: '/v1/decide?case=decide',
    headers: {
      accept: '*/*',
      'content-type': 'application/json',
      authorization: `Bearer ${serverKey}`,
      'user-agent': 'storefront/1.0',
      cookie: `__Host-sv=${visitor}`,
    },
    body: JSON.stringify({ visitor, placements: PLACEMENTS }),
  };
}
