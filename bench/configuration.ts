import type { Platform } from '../dev/platform.ts';

export const ORIGIN = 'https://shop.example';
export const WRITE_KEY = 'wk_main.benchbenchbench';
export const PLACEMENTS = ['hero', 'strip'] as const;
export const CATEGORIES = ['men-running', 'women-running', 'men-casual', 'women-casual', 'kids', 'sale'] as const;

const SEGMENTS = 100;
const OFFERS = 40;

/** Publishes what the benchmark runs on, through the operator API. Returns a server key. */
export async function configure(platform: Platform): Promise<string> {
  const call = async (method: string, path: string, body: unknown): Promise<unknown> => {
    const headers = { authorization: `Bearer ${platform.secrets.operatorToken}`, 'content-type': 'application/json' };
    const response = await fetch(`${platform.url}/v1/admin/${path}`, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  await call('PUT', 'sources/web', {
    name: 'Web shop',
    writeKeys: [WRITE_KEY],
    allowedOrigins: [ORIGIN],
    identityMode: 'cookie',
    crossSite: false,
    group: 'shop',
    jurisdiction: 'none',
    defaultConsent: { analytics: 'in', personalization: 'in' },
  });
  for (const id of PLACEMENTS)
    await call('PUT', `placements/${id}`, { name: id, kind: 'html', fallback: '<p>Welcome</p>' });
  await call('PUT', 'attributes/tier', { name: 'Loyalty tier', type: 'string' });
  for (let i = 0; i < SEGMENTS; i++) {
    await call('PUT', `segments/${segmentId(i)}`, {
      name: `Segment ${i}`,
      purpose: 'personalization',
      public: i % 10 === 0,
      rule: segmentRule(i),
    });
  }
  for (let i = 0; i < OFFERS; i++) await call('PUT', `offers/offer-${i}`, offer(i));
  const { key } = (await call('POST', 'sources/web/server-keys', {})) as { readonly key: string };
  await call('POST', 'publish', {});
  return key;
}

function segmentId(i: number): string {
  return `segment-${i}`;
}

/** Ten kinds of rule in turn, with varying numbers, so that few leaves are shared. */
function segmentRule(i: number): string {
  const category = CATEGORIES[i % CATEGORIES.length] ?? 'sale';
  const recently = `timestamp occurs <= ${1 + (i % 28)} days before now`;
  const viewed = `eventType = "product.viewed" and category = "${category}"`;
  const recent = `xEvent[${viewed} and ${recently}].count() >= ${1 + (i % 4)}`;
  const rules: readonly string[] = [
    recent,
    `xEvent[eventType = "page.viewed" and ${recently}].count() > ${3 + (i % 9)}`,
    `xEvent[eventType = "product.viewed" and price >= ${20 + i}].count() >= 2`,
    `chain(xEvent, timestamp, [A: WHAT(eventType = "cart.added") WHEN(<= ${1 + (i % 28)} days before now), X: EXCLUDE WHAT(eventType = "order.placed")])`,
    `xEvent[eventType = "cart.added" and timestamp occurs <= 4 weeks before now].sum(price) > ${10 * i}`,
    `${recent} and not xEvent[eventType = "order.placed"].count() > 0`,
    `tier = "gold" or ${recent}`,
    `inSegment("${segmentId(i - (i % 10))}") and xEvent[eventType = "search.performed" and ${recently}].count() >= 1`,
    `xEvent[eventType in ["page.viewed", "list.viewed"] and context.device.class = "${i % 2 ? 'mobile' : 'desktop'}" and ${recently}].count() >= 2`,
    `tier in ["silver", "gold", "tier-${i}"]`,
  ];
  return rules[i % rules.length] ?? recent;
}

/** The best offers want a segment nobody of the benchmark is in, so that deciding goes through several before it finds one. */
function offer(i: number): object {
  const content = `<article class="offer"><h2>Offer ${i}</h2><p>Free delivery on everything you looked at this week, until Sunday.</p><a href="/offers/${i}">See it</a></article>`;
  const unreachable = `tier = "nobody-${i}"`;
  return {
    name: `Offer ${i}`,
    placements: i % 8 === 0 ? PLACEMENTS : [PLACEMENTS[i % 2]],
    priority: OFFERS - i,
    purpose: 'personalization',
    eligibility: i < 10 ? unreachable : `inSegment("${segmentId((i * 7) % SEGMENTS)}")`,
    ...(i % 5 === 0 ? { schedule: { from: '2026-01-01T00:00:00Z', until: '2036-01-01T00:00:00Z' } } : {}),
    content,
  };
}
