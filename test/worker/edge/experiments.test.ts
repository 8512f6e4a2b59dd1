import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Space } from '../../../core/lib/ids.ts';
import { signPreview } from '../../../worker/http/preview-token.ts';
import { createVisitorKeys } from '../../../worker/http/visitor-keys.ts';
import { event, order, type Shop, startShop, unique, type Visitor, viewed } from '../../support/platform.ts';

/** Everything that a site and its operators do with offers and experiments, through the HTTP doors. */
let shop: Shop;
const operator = async (method: string, path: string, body?: object) => {
  const headers = { authorization: `Bearer ${shop.platform.secrets.operatorToken}` };
  const answer = await shop.send(`/v1/admin/${path}`, { method, headers, ...(body && { body }) });
  return { status: answer.status, body: answer.body as unknown as Record<string, never>, text: answer.text };
};
const put = async (path: string, body: object) => {
  const { status, text } = await operator('PUT', path, body);
  if (status >= 300) throw new Error(`${path}: ${text}`);
};
const offer = (placement: string, more: object = {}) => ({
  name: placement,
  placements: [placement],
  purpose: 'necessary',
  content: `<p>${placement}</p>`,
  ...more,
});

beforeAll(async () => {
  shop = await startShop();
  for (const id of ['banner', 'strip', 'single', 'once', 'bought', 'greet', 'teaser', 'scarce'])
    await put(`placements/${id}`, { name: id, kind: 'html', fallback: `<i>${id}</i>` });
  await put('placements/flag', { name: 'Flag', kind: 'value', valueType: 'boolean', fallback: false });
  await put('attributes/tier', { name: 'Tier', type: 'string', public: true, requires: 'recognised' });
  await put('offers/banner-a', offer('banner'));
  await put('offers/banner-b', offer('banner', { content: '<b>b</b>', priority: -1 }));
  await put('offers/strip-1', offer('strip', { caps: [{ count: 2, of: 'decision' }] }));
  await put('offers/single-1', offer('single', { caps: [{ count: 1, of: 'decision' }] }));
  await put('offers/once-1', offer('once', { caps: [{ count: 1, of: 'impression', within: { last: 'P7D' } }] }));
  await put(
    'offers/bought-1',
    offer('bought', { item: 'p9', suppressAfter: [{ event: 'order.placed', ownItem: true }] }),
  );
  await put(
    'offers/greet-tier',
    offer('greet', {
      content: '<p title="{{attribute.tier}}">Hello {{attribute.tier}}</p>',
      requires: 'recognised',
      translations: { ko: { content: '<p>안녕하세요 {{attribute.tier}}</p>' } },
    }),
  );
  await put('offers/flag-on', {
    name: 'On',
    placements: ['flag'],
    content: true,
    eligibility: 'inSegment("viewer")',
  });
  await put('offers/scarce-3', offer('scarce', { budget: { total: 3 } }));
  await put('offers/teaser-later', offer('teaser', { schedule: { from: '2031-01-01T00:00:00Z' } }));
  await put('experiments/banner-test', {
    name: 'Which banner',
    status: 'running',
    on: { kind: 'placement', id: 'banner' },
    purpose: 'necessary',
    variants: [
      { id: 'control', weight: 0.5 },
      { id: 'b', weight: 0.5, value: { use: 'offer', id: 'banner-b' } },
    ],
    metrics: [
      { id: 'orders', kind: 'conversion', event: 'order.placed' },
      { id: 'revenue', kind: 'revenue', event: 'order.placed' },
    ],
    primaryMetric: 'orders',
  });
  expect((await operator('POST', 'publish', {})).text).toContain('sequence');
}, 60_000);
afterAll(() => shop.stop());

const known = async (): Promise<{ readonly visitor: Visitor; readonly who: { namespace: string; value: string } }> => {
  const visitor = shop.visitor();
  const value = unique('c');
  await visitor.interact({ events: [viewed()], proof: await shop.prove(value) });
  return { visitor, who: { namespace: 'customer', value } };
};
const first = (answer: Awaited<ReturnType<Visitor['interact']>>) => {
  const [proposition] = answer.body.propositions;
  if (!proposition) throw new Error('no proposition');
  return proposition;
};
/** After the sign-in of `known`: what is dated before it belongs to the browser's time before. */
const now = () => ({ occurredAt: new Date().toISOString() });
const displayed = (proposition: ReturnType<typeof first>) => {
  const { id, placement, offer, experiment, variant } = proposition;
  const tested = experiment ? { experiment, variant } : {};
  return event('proposition.displayed', { proposition: id, placement, offer, ...tested }, now());
};

describe('caps', () => {
  it('on decisions are exact, also over the devices of one person', async () => {
    const { visitor, who } = await known();
    const usual = await visitor.interact({ placements: ['strip'] });
    expect(first(usual).offer).toBe('strip-1');
    expect(usual.body.trace).toBeUndefined();
    const other = shop.visitor();
    await other.interact({ events: [viewed()], proof: await shop.prove(who.value) });
    expect(first(await other.interact({ placements: ['strip'] })).offer).toBe('strip-1');
    expect(first(await visitor.interact({ placements: ['strip'] }))).toMatchObject({
      offer: null,
      reason: 'noneEligible',
    });
    expect(first(await other.interact({ placements: ['strip'] })).offer).toBeNull();
  });

  it('are not used up by the first half of an answer that waits for a sign-in', async () => {
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed()] });
    const answer = await visitor.interact({ proof: await shop.prove(unique('c')), placements: ['single'] });
    expect(first(answer).offer).toBe('single-1');
    expect(first(await visitor.interact({ placements: ['single'] })).offer).toBeNull();
  });

  it('hold when many answers are wanted at once', async () => {
    const { visitor } = await known();
    const answers = await Promise.all(Array.from({ length: 8 }, () => visitor.interact({ placements: ['strip'] })));
    expect(answers.filter((answer) => first(answer).offer === 'strip-1')).toHaveLength(2);
  });

  it('on impressions count on the very next request', async () => {
    const { visitor } = await known();
    const shown = first(await visitor.interact({ placements: ['once'] }));
    expect(shown.offer).toBe('once-1');
    expect(first(await visitor.interact({ placements: ['once'] })).offer).toBe('once-1');
    expect(first(await visitor.interact({ events: [displayed(shown)], placements: ['once'] })).offer).toBeNull();
  });
});

describe('suppression', () => {
  it('ends an offer in the answer to the purchase', async () => {
    const { visitor, who } = await known();
    expect(first(await visitor.interact({ placements: ['bought'] })).offer).toBe('bought-1');
    const answer = await shop.server(
      {
        events: [
          order({
            ...now(),
            identities: [who],
            data: { orderId: unique('o'), total: 5, currency: 'EUR', items: [{ productId: 'p9', quantity: 1 }] },
          }),
        ],
        placements: ['bought'],
      },
      '/v1/interact',
    );
    expect(answer.status).toBe(200);
    expect(first(await visitor.interact({ placements: ['bought'] })).offer).toBeNull();
  });
});

describe('templates', () => {
  it('are filled with what is public, escaped, in the language of the visitor, and not shown without', async () => {
    const { visitor, who } = await known();
    expect(first(await visitor.interact({ placements: ['greet'] })).offer).toBeNull();
    await shop.server({
      events: [event('profile.updated', { attributes: { tier: '<Gold> & "co"' } }, { identities: [who] })],
    });
    expect(first(await visitor.interact({ placements: ['greet'] })).content).toBe(
      '<p title="&lt;Gold&gt; &amp; &quot;co&quot;">Hello &lt;Gold&gt; &amp; &quot;co&quot;</p>',
    );
    const korean = first(await visitor.interact({ placements: ['greet'] }, { 'accept-language': 'ko-KR,en;q=0.5' }));
    expect(korean).toMatchObject({ language: 'ko', content: '<p>안녕하세요 &lt;Gold&gt; &amp; &quot;co&quot;</p>' });
    expect(korean).not.toHaveProperty('fill');
  });
});

describe('a value placement', () => {
  it('is a flag with a reason', async () => {
    const { visitor } = await known();
    expect(first(await visitor.interact({ placements: ['flag'] }))).toMatchObject({ kind: 'value', content: false });
    const answer = await visitor.interact({ events: [viewed('p2', now())], placements: ['flag'] });
    expect(first(answer)).toMatchObject({ kind: 'value', content: true, reason: 'eligible', offer: 'flag-on' });
  });
});

describe('what a page says of a proposition that was never made', () => {
  it('exposes to nothing, moves nobody, and counts only what is an id', async () => {
    const { visitor } = await known();
    const shown = first(await visitor.interact({ placements: ['banner'] }));
    const other = shown.variant === 'b' ? 'control' : 'b';
    const before = [await resultsOf('b'), await resultsOf('control')];
    const stranger = shop.visitor();
    const forged = (data: object) => event('proposition.displayed', { proposition: 'prp_forged_0', ...data }, now());
    // Somebody to whom nothing was assigned; and somebody who claims the other variant.
    await stranger.interact({
      events: [forged({ placement: 'strip', offer: 'strip-1', experiment: 'banner-test', variant: 'b' })],
    });
    await visitor.interact({
      events: [forged({ placement: '<b>', offer: '../x', experiment: 'banner-test', variant: other })],
    });
    expect(first(await visitor.interact({ placements: ['banner'] }))).toMatchObject({ variant: shown.variant });
    await expect
      .poll(async () => (await resultsOf(shown.variant ?? '')).exposed, { timeout: 40_000, interval: 500 })
      .toBe((before[shown.variant === 'b' ? 0 : 1]?.exposed ?? 0) + 1);
    expect((await resultsOf(other)).exposed).toBe(before[other === 'b' ? 0 : 1]?.exposed ?? 0);
    const { text } = await operator('GET', 'reports/decisions');
    expect(text).not.toMatch(/<b>|\.\.\/x/);
  }, 60_000);
});

describe('an experiment', () => {
  it('divides visitors, keeps each where they are, and shows the offer of their variant', async () => {
    const seen = new Map<string, number>();
    for (let i = 0; i < 40; i++) {
      const visitor = shop.visitor();
      await visitor.interact({ events: [viewed()] });
      const one = first(await visitor.interact({ placements: ['banner'] }));
      const again = first(await visitor.interact({ placements: ['banner'] }));
      expect(again).toMatchObject({ variant: one.variant, offer: one.offer, experiment: 'banner-test' });
      expect(one.offer).toBe(one.variant === 'b' ? 'banner-b' : 'banner-a');
      seen.set(one.variant ?? '', (seen.get(one.variant ?? '') ?? 0) + 1);
    }
    expect(seen.get('b')).toBeGreaterThan(5);
    expect(seen.get('control')).toBeGreaterThan(5);
  }, 60_000);

  it('keeps the variant of an anonymous visitor when they sign in', async () => {
    for (let i = 0; i < 6; i++) {
      const visitor = shop.visitor();
      await visitor.interact({ events: [viewed()] });
      const before = first(await visitor.interact({ placements: ['banner'] }));
      const answer = await visitor.interact({ proof: await shop.prove(unique('c')), placements: ['banner'] });
      expect(first(answer).variant).toBe(before.variant);
    }
  });

  it('counts whom it was shown to, once, and what they did then', async () => {
    const { visitor, who } = await known();
    const shown = first(await visitor.interact({ placements: ['banner'] }));
    const before = await resultsOf(shown.variant ?? '');
    // A purchase before the exposure counts for nobody.
    await shop.server({ events: [order({ identities: [who], ...now() })] });
    await visitor.interact({ events: [displayed(shown)] });
    await visitor.interact({ events: [displayed(shown)] });
    await shop.server({ events: [order({ identities: [who], ...now() }), order({ identities: [who], ...now() })] });
    await expect
      .poll(async () => (await resultsOf(shown.variant ?? '')).orders, { timeout: 40_000, interval: 500 })
      .toEqual({ people: before.orders.people + 1, sum: before.orders.sum + 1 });
    const after = await resultsOf(shown.variant ?? '');
    expect(after.exposed).toBe(before.exposed + 1);
    expect(after.revenue).toEqual({ people: before.revenue.people + 1, sum: before.revenue.sum + 20 });
    const reported = await operator('GET', 'reports/decisions');
    const items = (reported.body as unknown as { items: { placement: string; conversions: number; revenue: number }[] })
      .items;
    const due = items
      .filter(({ placement }) => placement === 'banner')
      .reduce((sum, item) => sum + item.conversions, 0);
    expect(due).toBeGreaterThanOrEqual(2);
  }, 60_000);
});

describe('a receipt', () => {
  it('says why, and decides again to the same', async () => {
    const { visitor } = await known();
    const [banner] = (await visitor.interact({ placements: ['banner', 'strip', 'flag'] })).body.propositions;
    await expect
      .poll(async () => (await operator('GET', `decisions/${banner?.id}`)).status, { timeout: 40_000, interval: 500 })
      .toBe(200);
    const { body } = await operator('GET', `decisions/${banner?.id}`);
    expect(body).toMatchObject({ agrees: true, sequence: expect.any(Number) });
    const shown = (body as unknown as { shown: { placement: string; offer: string; because: string }[] }).shown;
    expect(shown.map(({ placement }) => placement)).toEqual(['banner', 'strip', 'flag']);
    expect(shown[0]?.offer).toBe(banner?.offer);
    expect((await operator('GET', 'decisions/prp_nonsense_0')).status).toBe(400);
    expect((await operator('GET', 'decisions/prp_00000000000000000000_0')).status).toBe(404);
    const explained = async () => {
      const answer = await operator('GET', `decisions/${banner?.id}`);
      return [answer.status, (answer.body as { readonly agrees?: boolean }).agrees];
    };
    // Somebody wrote into the archive: another offer, other consent; and then what is no receipt at all.
    await bend((text) => text.replaceAll('"offer":"banner-', '"offer":"strip-'));
    expect(await explained()).toEqual([200, false]);
    await bend((text) => text.replaceAll('"consent":', '"consent":"all","was":'));
    expect(await explained()).toEqual([404, undefined]);
  }, 60_000);

  /** Changes every receipt that is stored. */
  async function bend(change: (text: string) => string): Promise<void> {
    const bucket = await shop.platform.miniflare.getR2Bucket('ARCHIVE', 'selvedge');
    const { objects } = await bucket.list({ prefix: 'receipt/' });
    for (const { key } of objects) {
      const object = await bucket.get(key);
      const text = gunzipSync(Buffer.from((await object?.arrayBuffer()) ?? new ArrayBuffer(0))).toString();
      await bucket.put(key, Uint8Array.from(gzipSync(change(text))));
    }
  }
});

describe('a preview', () => {
  const link = async (body: object) => (await operator('POST', 'previews', body)).body as unknown as { token: string };
  it('shows a chosen offer, variant and date, and counts nothing', async () => {
    const { visitor } = await known();
    const { token } = await link({ offers: { strip: 'strip-1' }, variants: { 'banner-test': 'b' } });
    for (let i = 0; i < 4; i++) {
      const answer = await visitor.interact({ placements: ['strip', 'banner'], preview: token, events: [viewed('x')] });
      expect(answer.body.preview).toBe('shown');
      expect(answer.body.accepted).toBe(0);
      expect(answer.body.propositions.map(({ offer }) => offer)).toEqual(['strip-1', 'banner-b']);
      expect(answer.body.trace).toContainEqual(expect.objectContaining({ offer: 'strip-1', rejection: null }));
    }
    // The cap of two is untouched.
    expect(first(await visitor.interact({ placements: ['strip'] })).offer).toBe('strip-1');
    const later = await link({ at: '2031-06-01T00:00:00Z' });
    const then = await visitor.interact({ placements: ['teaser'], preview: later.token });
    expect(first(then).offer).toBe('teaser-later');
    expect(first(await visitor.interact({ placements: ['teaser'] })).offer).toBeNull();
    const asViewer = await link({ segments: ['viewer'] });
    expect(first(await visitor.interact({ placements: ['flag'], preview: asViewer.token })).content).toBe(true);
  });

  it('that is forged shows what everybody sees, and says so', async () => {
    const visitor = shop.visitor();
    const { token } = await link({ offers: { strip: 'strip-1' } });
    const forged = `${token.slice(0, -3)}abc`;
    expect((await visitor.interact({ placements: ['strip'], preview: forged })).body.preview).toBe('forged');
    expect((await visitor.interact({ placements: ['strip'], preview: 'x' })).body.preview).toBe('malformed');
  });

  it('that is over shows what everybody sees, and says so', async () => {
    const visitor = shop.visitor();
    const key = Uint8Array.from(Buffer.from(shop.platform.secrets.visitorKey, 'base64'));
    const chosen = { offers: { strip: 'strip-1' }, variants: {}, segments: [], at: null };
    const signed = (expiresAt: number) =>
      signPreview({ ...chosen, expiresAt }, 'main' as Space, createVisitorKeys(new Map([[1, key]]), 1));
    const ask = async (preview: string) => (await visitor.interact({ placements: ['strip'], preview })).body;
    expect(await ask(await signed(Date.now() + 60_000))).toMatchObject({
      preview: 'shown',
      propositions: [{ reason: 'forced' }],
    });
    expect(await ask(await signed(Date.now() - 1))).toMatchObject({
      preview: 'expired',
      propositions: [{ reason: 'eligible' }],
    });
  });

  it('of what does not exist is refused', async () => {
    const { status, text } = await operator('POST', 'previews', { offers: { strip: 'nope' }, variants: { a: 'b' } });
    expect(status).toBe(422);
    expect(text).toContain('/offers/strip');
    expect(text).toContain('/variants/a');
  });
});

async function resultsOf(variant: string) {
  const { body } = await operator('GET', 'experiments/banner-test/results');
  const { exposed, metrics } = body as unknown as {
    exposed: { variant: string; people: number }[];
    metrics: { id: string; variants: { variant: string; people: number; mean: number }[] }[];
  };
  const of = (id: string) => {
    const found = metrics.find((metric) => metric.id === id)?.variants.find((each) => each.variant === variant);
    return { people: found?.people ?? 0, sum: Math.round((found?.people ?? 0) * (found?.mean ?? 0)) };
  };
  return {
    exposed: exposed.find((each) => each.variant === variant)?.people ?? 0,
    orders: of('orders'),
    revenue: of('revenue'),
  };
}

describe('a budget', () => {
  it('is never exceeded, whoever asks at once', { timeout: 60_000 }, async () => {
    const visitors = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const visitor = shop.visitor();
        await visitor.interact({ events: [viewed()] });
        return visitor;
      }),
    );
    const answers = await Promise.all(
      visitors.flatMap((visitor) => [0, 1].map(() => visitor.interact({ placements: ['scarce'] }))),
    );
    const given = answers.filter((answer) => first(answer).offer === 'scarce-3').length;
    expect(given).toBeLessThanOrEqual(3);
    // What was leased and not used yet is given to whoever comes next.
    let all = given;
    for (const visitor of visitors) if (first(await visitor.interact({ placements: ['scarce'] })).offer) all++;
    expect(all).toBe(3);
    await expect
      .poll(async () => (await operator('GET', 'offers/scarce-3/budget')).body, { timeout: 40_000, interval: 500 })
      .toEqual({ total: 3, granted: 3, decided: 3, outstanding: 0 });
  });
});

describe('why am I seeing this', () => {
  it('is told to the visitor in plain words of their language', async () => {
    const { visitor } = await known();
    const shown = first(await visitor.interact({ placements: ['banner'] }));
    const { content: _, id: _id, ...proposition } = shown;
    const ask = (headers: Record<string, string>, body: object = { proposition }) =>
      shop.send('/v1/why?key=wk_main.webkey1234', { headers: { origin: 'http://shop.test', ...headers }, body });
    const english = (await ask({ 'accept-language': 'fr' })).body as unknown as { text: string; language: string };
    expect(english).toMatchObject({ language: 'en', text: expect.stringMatching(/^[A-Z].*\.$/) });
    const korean = (await ask({ 'accept-language': 'ko-KR' })).body as unknown as { text: string; language: string };
    expect(korean).toMatchObject({ language: 'ko', text: expect.stringMatching(/[가-힣]/) });
    expect((await ask({}, { proposition: { ...proposition, reason: 'whatever' } })).status).toBe(422);
    expect((await ask({ origin: 'http://evil.test' })).status).toBe(403);
  });
});
