import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';

/** The configuration that the edge tests run against: small, and with one of everything that a rule of the door can trip over. */
export const ORIGIN = {
  web: 'http://shop.test',
  second: 'http://second.test',
  app: 'http://app.test',
  embed: 'https://embed.test',
  eu: 'http://eu.test',
  strict: 'http://strict.test',
} as const;
export type SourceName = keyof typeof ORIGIN;

export const WRITE_KEY: Readonly<Record<SourceName, string>> = {
  web: 'wk_main.webkey1234',
  second: 'wk_main.secondkey1',
  app: 'wk_main.appkey1234',
  embed: 'wk_main.embedkey12',
  eu: 'wk_main.eukey12345',
  strict: 'wk_main.strictkey1',
};

/** Sources whose pages keep the token themselves. */
export const TOKEN_SOURCES: ReadonlySet<SourceName> = new Set(['app', 'eu', 'strict']);

export interface ProofSecrets {
  readonly hs256: string;
  readonly ec: ReturnType<typeof generateKeyPairSync>;
  readonly rsa: ReturnType<typeof generateKeyPairSync>;
}

export function createProofSecrets(): ProofSecrets {
  return {
    hs256: randomBytes(32).toString('base64url'),
    ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  };
}

const _sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const viewed = (count: number): string => `xEvent[eventType = "product.viewed"].count() >= ${count}`;

/** Operator path → body, in an order in which they can be put. */
export function shopConfig(proof: ProofSecrets): readonly (readonly [path: string, body: object])[] {
  const ec = proof.ec.publicKey.export({ format: 'jwk' });
  const rsa = proof.rsa.publicKey.export({ format: 'jwk' });
  const proofKeys = [
    { kid: 'shop-1', alg: 'HS256', secret: proof.hs256 },
    { kid: 'ec-1', alg: 'ES256', publicJwk: { kty: 'EC', crv: 'P-256', x: ec.x, y: ec.y } },
    { kid: 'rsa-1', alg: 'RS256', publicJwk: { kty: 'RSA', n: rsa.n, e: rsa.e } },
    { kid: 'broken', alg: 'ES256', publicJwk: { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' } },
  ];
  const source = (id: SourceName, more: object) =>
    [
      `sources/${id}`,
      {
        name: id,
        writeKeys: [WRITE_KEY[id]],
        allowedOrigins: [ORIGIN[id]],
        identityMode: 'cookie',
        group: 'shop',
        defaultConsent: { analytics: 'in', personalization: 'in' },
        ...more,
      },
    ] as const;
  const offer = (id: string, placement: string, more: object = {}) =>
    [`offers/${id}`, { name: id, placements: [placement], content: `<p>${id}</p>`, ...more }] as const;
  return [
    source('web', {
      proofKeys,
      defaultConsent: { analytics: 'in', personalization: 'in', advertising: 'in', sharing: 'in' },
    }),
    source('second', {}),
    source('app', { identityMode: 'token', group: 'app', trustBrowserMoney: true }),
    source('embed', { crossSite: true, group: 'embed' }),
    source('eu', { identityMode: 'token', group: 'app', jurisdiction: 'eu' }),
    // Nobody has agreed to anything until they say so.
    source('strict', {
      identityMode: 'token',
      group: 'strict',
      proofKeys: [{ kid: 'shop-1', alg: 'HS256', secret: proof.hs256 }],
      defaultConsent: {},
    }),
    ['attributes/loyaltyTier', { name: 'Loyalty tier', type: 'string', requires: 'recognised' }],
    ['attributes/firstName', { name: 'First name', type: 'string', labels: ['name'] }],
    [
      'segments/viewer',
      { name: 'Viewed two products', purpose: 'personalization', public: true, observed: true, rule: viewed(2) },
    ],
    [
      'segments/newcomer',
      { name: 'Viewed nothing yet', purpose: 'personalization', public: true, rule: `not ${viewed(1)}` },
    ],
    ['segments/retarget', { name: 'For ads', purpose: 'advertising', public: true, rule: viewed(1) }],
    [
      'segments/secret-viewer',
      { name: 'Not for the page', purpose: 'personalization', public: false, rule: viewed(1) },
    ],
    [
      'segments/leaver',
      {
        name: 'Left a cart',
        purpose: 'personalization',
        public: true,
        observed: true,
        rule: 'chain(xEvent, timestamp, [A: WHAT(eventType = "cart.added"), X: EXCLUDE WHAT(eventType = "order.placed")])',
      },
    ],
    ...['hero', 'tie', 'member', 'known', 'ads', 'timed', 'greeting', 'plain'].map(
      (id) => [`placements/${id}`, { name: id, kind: 'html', fallback: `<i>${id}</i>` }] as const,
    ),
    ['placements/empty', { name: 'Nothing names it', kind: 'json', fallback: { nothing: true } }],
    offer('hero-viewer', 'hero', { eligibility: 'inSegment("viewer")', priority: 10 }),
    offer('tie-b', 'tie', { priority: 5, purpose: 'necessary' }),
    offer('tie-a', 'tie', { priority: 5, purpose: 'necessary' }),
    offer('tie-low', 'tie', { priority: 4, purpose: 'necessary' }),
    offer('member-only', 'member', { requires: 'authenticated' }),
    offer('known-only', 'known', { requires: 'recognised' }),
    offer('for-all', 'plain'),
    offer('sponsored', 'ads', { purpose: 'advertising' }),
    offer('timed-over', 'timed', { priority: 9, schedule: { until: '2020-01-01T00:00:00Z' } }),
    offer('timed-later', 'timed', { priority: 8, schedule: { from: '2999-01-01T00:00:00Z' } }),
    offer('timed-now', 'timed', {
      priority: 7,
      schedule: { from: '2020-01-01T00:00:00Z', until: '2999-01-01T00:00:00Z' },
    }),
    offer('greet-gold', 'greeting', {
      requires: 'recognised',
      eligibility: 'loyaltyTier = "gold"',
    }),
  ];
}
