import type { Platform } from '../../dev/platform.ts';
import { ORIGIN, PLACEMENTS, WRITE_KEY } from '../configuration.ts';
import { ATTRIBUTES } from '../engine/workload/profile.ts';
import type { BenchSegment } from './rules.ts';

const OFFERS = 20;
/** The publisher takes one after the other, but what comes before it need not wait. */
const PUTS_AT_ONCE = 6;
const TYPES = { choice: 'string', text: 'string', number: 'number', flag: 'boolean' } as const;

/** One call of the operator API. */
export async function callOperator(
  { url, secrets }: Pick<Platform, 'url' | 'secrets'>,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const headers = { authorization: `Bearer ${secrets.operatorToken}`, 'content-type': 'application/json' };
  const response = await fetch(`${url}/v1/admin/${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** Publishes these segments; attributes, placements and offers are the same whatever they are. Returns a server key. */
export async function publishSegments(
  platform: Platform,
  segments: readonly BenchSegment[],
  offered: readonly BenchSegment[],
): Promise<string> {
  const resources = [
    ...PLACEMENTS.map((id) => [`placements/${id}`, { name: id, kind: 'html', fallback: '<p>Welcome</p>' }] as const),
    ...ATTRIBUTES.map(({ name, kind }) => [`attributes/${name}`, { name, type: TYPES[kind] }] as const),
    ...segments.map(
      ({ id, rule }, i) =>
        [`segments/${id}`, { name: id, purpose: 'personalization', public: i % 10 === 0, rule }] as const,
    ),
    ...Array.from({ length: OFFERS }, (_, i) => [`offers/offer-${i}`, offer(i, offered)] as const),
  ];
  await callOperator(platform, 'PUT', 'sources/web', {
    name: 'Web shop',
    writeKeys: [WRITE_KEY],
    allowedOrigins: [ORIGIN],
    identityMode: 'cookie',
    defaultConsent: { analytics: 'in', personalization: 'in' },
  });
  let next = 0;
  await Promise.all(
    Array.from({ length: PUTS_AT_ONCE }, async () => {
      for (let put = resources[next++]; put; put = resources[next++])
        await callOperator(platform, 'PUT', put[0], put[1]);
    }),
  );
  const { key } = (await callOperator(platform, 'POST', 'sources/web/server-keys', {})) as { readonly key: string };
  await callOperator(platform, 'POST', 'publish', {});
  return key;
}

/** The best ones want two segments at once, so that deciding goes through several before it finds one. */
function offer(i: number, offered: readonly BenchSegment[]): object {
  const wants = (n: number) => `inSegment("${offered[n % offered.length]?.id}")`;
  return {
    name: `Offer ${i}`,
    placements: [PLACEMENTS[i % 2]],
    priority: OFFERS - i,
    eligibility: i < OFFERS / 2 ? `${wants(i)} and ${wants(i + 3)}` : wants(i),
    content: `<article class="offer"><h2>Offer ${i}</h2><a href="/offers/${i}">See it</a></article>`,
  };
}
