import { createParser } from 'eventsource-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { event, type Shop, startShop, unique, viewed } from '../../support/platform.ts';

interface Told {
  readonly recent: readonly Readonly<Record<string, unknown>>[];
  readonly published: { readonly sequence: number } | null;
  readonly sources: readonly { readonly source: string; readonly events: number; readonly refused: number }[];
  readonly queues: readonly { readonly queue: string; readonly lagMs: number }[];
  readonly deadLetters: number;
  readonly limits: readonly { readonly limit: string; readonly used: number }[];
  readonly items: readonly { readonly id: string; readonly events: number; readonly profile: string | null }[];
  readonly plan: boolean;
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly deviations: readonly Readonly<Record<string, unknown>>[];
  readonly refused: readonly Readonly<Record<string, unknown>>[];
  readonly token: string;
}

let shop: Shop;
const tokens: Record<string, string> = {};

const tokenOf = (role: string) => (role === 'owner' ? shop.platform.secrets.operatorToken : (tokens[role] ?? ''));

async function ask(role: string, method: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${tokenOf(role)}` };
  const answer = await shop.send(`/v1/admin${path}`, { method, headers, ...(body ? { body } : {}) });
  return { ...answer, told: answer.body as unknown as Told };
}

/** Asks again until it fits: what the queue brings takes a moment. */
async function eventually(path: string, fits: (told: Told) => boolean): Promise<Told> {
  for (let i = 0; i < 900; i++) {
    const { told } = await ask('owner', 'GET', path);
    if (fits(told)) return told;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${path} never became as expected`);
}

beforeAll(async () => {
  shop = await startShop();
  for (const role of ['viewer', 'analyst', 'privacy'])
    tokens[role] = (await ask('owner', 'POST', '/operators', { name: role, role })).told.token;
}, 120_000);
afterAll(() => shop.stop());

describe('the live view', { timeout: 180_000 }, () => {
  it('shows events without values, decisions with their reasons, and refusals without what was in them', async () => {
    const secret = unique('secret');
    const type = `custom.seen${'abcdefgh'[Math.floor(performance.now()) % 8]}`;
    await shop.visitor().interact({ events: [event(type, { word: secret, n: 1 })], placements: ['hero'] });
    await shop.visitor().interact({ events: [event('page.seen', { word: secret })] });
    const told = await eventually(
      '/live?limit=500',
      ({ recent }) =>
        recent.some((each) => each.type === type) &&
        recent.some(({ is }) => is === 'decision') &&
        recent.some(({ is }) => is === 'refusal'),
    );
    expect(JSON.stringify(told)).not.toContain(secret);
    expect(told.recent.find((each) => each.type === type)).toMatchObject({
      is: 'event',
      source: 'web',
      fields: { word: 'string', n: 'number' },
      sentBy: 'browser',
    });
    expect(told.recent.find(({ is }) => is === 'decision')).toMatchObject({ placement: 'hero' });
    expect(told.recent.find(({ is }) => is === 'refusal')).toMatchObject({ type: 'page.seen', code: 'unknownType' });
    expect(told.published?.sequence).toBeGreaterThan(0);
    expect(told).toMatchObject({ published: { percent: 100 }, frozen: null });
    const ofSource = (wanted: string) => told.sources.find(({ source }) => source === wanted);
    expect(ofSource('web')?.events).toBeGreaterThan(0);
    expect(ofSource('web')?.refused).toBeGreaterThan(0);
    expect(ofSource('eu')).toMatchObject({ events: 0, last: null });
    expect(told.queues[0]?.lagMs).toBeGreaterThanOrEqual(0);
    expect(told.limits.find(({ limit }) => limit === 'segmentsPerRuleset')?.used).toBeGreaterThan(0);
    const { told: refusals } = await ask('owner', 'GET', '/live?is=refusal');
    expect(new Set(refusals.recent.map(({ is }) => is))).toEqual(new Set(['refusal']));
    expect((await ask('owner', 'GET', '/live?is=rumour')).status).toBe(400);
    expect((await ask('viewer', 'GET', '/live')).status).toBe(403);
    expect((await ask('analyst', 'GET', '/live')).status).toBe(200);
  });

  it('is watched as server-sent events; values only by those who may see them, and audited', async () => {
    expect((await ask('analyst', 'GET', '/live/tail?data=true')).status).toBe(403);
    expect((await ask('viewer', 'GET', '/live/tail')).status).toBe(403);
    expect((await ask('analyst', 'GET', '/live/tail?most=3')).status).toBe(400);
    const value = unique('v');
    const [masked, open] = await Promise.all([watch('analyst', ''), watch('privacy', '&data=true')]);
    await shop.visitor().interact({ events: [event('custom.tailed', { value })] });
    expect((await masked.first()).text).toContain('"fields":{"value":"string"}');
    expect((await masked.first()).text).not.toContain(value);
    expect((await open.first()).text).toContain(`"data":{"value":"${value}"}`);
    masked.stop();
    open.stop();
    const audit = (await ask('owner', 'GET', '/audit?limit=20')).body as unknown as {
      readonly items: readonly Readonly<Record<string, unknown>>[];
    };
    expect(audit.items).toContainEqual(expect.objectContaining({ actor: 'privacy', action: 'viewed', kind: 'live' }));
  });

  async function watch(role: string, query: string) {
    const stop = new AbortController();
    const response = await fetch(`${shop.platform.url}/v1/admin/live/tail?name=custom.tailed${query}`, {
      headers: { authorization: `Bearer ${tokenOf(role)}` },
      signal: stop.signal,
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const first = new Promise<{ readonly kind: string; readonly text: string }>((resolve) => {
      const parser = createParser({ onEvent: ({ event: kind = '', data: text }) => resolve({ kind, text }) });
      const read = async () => {
        const decoder = new TextDecoder();
        for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
      };
      read().catch(() => undefined);
    });
    return { first: () => first, stop: () => stop.abort() };
  }
});

describe('a tracking plan', { timeout: 180_000 }, () => {
  it('counts what is unexpected and what is never used, and refuses it where it says so', async () => {
    const plan = {
      events: { 'product.viewed': { fields: ['productId'] }, 'cart.added': {} },
      unexpected: 'count' as string,
    };
    expect((await ask('owner', 'PUT', '/tracking-plans/web', plan)).status).toBe(201);
    expect((await ask('owner', 'POST', '/publish', {})).status).toBe(201);
    const counted = await shop.visitor().interact({
      events: [viewed('p1', { data: { productId: 'p1', odd: 'x' } }), event('search.performed', { query: 'q' })],
    });
    expect(counted.body).toMatchObject({ accepted: 2, refused: [] });
    const told = await eventually(
      '/sources/web/tracking',
      ({ deviations }) => deviations.length >= 2 && deviations.some(({ type }) => type === 'search.performed'),
    );
    expect(told.plan).toBe(true);
    expect(told.deviations).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'unplannedField', type: 'product.viewed', field: 'odd' }),
        expect.objectContaining({ kind: 'unplannedType', type: 'search.performed', sample: { query: 'string' } }),
      ]),
    );
    expect(told.events).toContainEqual(expect.objectContaining({ type: 'cart.added', planned: true, unused: true }));

    expect((await ask('owner', 'PUT', '/tracking-plans/web', { ...plan, unexpected: 'refuse' })).status).toBe(200);
    expect((await ask('owner', 'POST', '/publish', {})).status).toBe(201);
    const refused = await shop.visitor().interact({
      events: [
        viewed(),
        event('search.performed', { query: 'q' }),
        viewed('p2', { data: { productId: 'p2', odd: 1 } }),
      ],
    });
    expect(refused.body).toMatchObject({
      accepted: 1,
      refused: [
        { index: 1, code: 'notInPlan', pointer: '/type' },
        { index: 2, code: 'notInPlan', pointer: '/data/odd' },
      ],
    });
    // What results and consent need is never refused for want of a plan.
    const shown = event('proposition.displayed', { proposition: 'prp_1', placement: 'hero', offer: 'hero-default' });
    expect((await shop.visitor().interact({ events: [shown] })).body).toMatchObject({ refused: [] });
    const after = await eventually('/sources/web/tracking?days=1', ({ refused: codes }) =>
      codes.some(({ code }) => code === 'notInPlan'),
    );
    expect(after.refused).toContainEqual(expect.objectContaining({ code: 'notInPlan', type: 'search.performed' }));

    expect((await ask('owner', 'DELETE', '/tracking-plans/web')).status).toBe(204);
    expect((await ask('owner', 'POST', '/publish', {})).status).toBe(201);
    expect((await ask('owner', 'GET', '/sources/nobody/tracking')).status).toBe(404);
    expect((await ask('owner', 'GET', '/sources/web/tracking?days=31')).status).toBe(400);
    expect((await ask('viewer', 'GET', '/sources/web/tracking')).status).toBe(403);
  });

  it('of a source that is not there keeps the drafts from being published', async () => {
    expect((await ask('owner', 'PUT', '/tracking-plans/nowhere', { events: {} })).status).toBe(201);
    const { told } = await ask('owner', 'POST', '/validate', {});
    expect(told).toMatchObject({ valid: false, problems: [{ kind: 'trackingPlan', code: 'unknownSource' }] });
    expect((await ask('owner', 'DELETE', '/tracking-plans/nowhere')).status).toBe(204);
  });
});

describe('dead letters', { timeout: 180_000 }, () => {
  it('are listed without what is in them, given to the queue again, and thrown away', async () => {
    const control = await shop.platform.miniflare.getD1Database('CONTROL', 'selvedge');
    const message = (id: string, value: string) => ({
      version: 1,
      space: 'main',
      profile: 'prf_dead',
      id: `prf_dead/${id}/0`,
      minute: 29_700_000,
      known: false,
      facts: [],
      changes: [],
      decisions: { [JSON.stringify([value])]: 0 },
    });
    const insert = control.prepare('INSERT INTO dead_letter VALUES (?, ?, ?, ?, ?, ?)');
    await control.batch([
      insert.bind(
        'l1',
        'main',
        1000,
        'selvedge-effects',
        'given up',
        JSON.stringify({ ...message('1', 'x'), decisions: {} }),
      ),
      insert.bind('l2', 'main', 2000, 'selvedge-effects', 'given up', '{broken'),
      insert.bind('l3', 'other', 3000, 'selvedge-effects', 'given up', '{}'),
    ]);
    const listed = await ask('owner', 'GET', '/dead-letters');
    expect(listed.told.items).toMatchObject([
      { id: 'l2', profile: null },
      { id: 'l1', profile: 'prf_dead', events: 0 },
    ]);
    expect((await ask('owner', 'GET', '/live')).told.deadLetters).toBe(2);
    expect((await ask('analyst', 'GET', '/dead-letters')).status).toBe(403);
    expect((await ask('owner', 'POST', '/dead-letters/l3/replay', {})).status).toBe(404);
    expect((await ask('owner', 'POST', '/dead-letters/l2/replay', {})).status).toBe(409);
    expect((await ask('owner', 'DELETE', '/dead-letters/l3')).status).toBe(404);
    expect((await ask('owner', 'DELETE', '/dead-letters/l2')).status).toBe(204);
    expect((await ask('owner', 'POST', '/dead-letters/l1/replay', {})).status).toBe(204);
    expect((await ask('owner', 'GET', '/dead-letters')).told.items).toEqual([]);
    const audit = (await ask('owner', 'GET', '/audit?limit=5')).body as unknown as {
      readonly items: readonly Readonly<Record<string, unknown>>[];
    };
    expect(audit.items.map(({ action, kind, subject }) => [action, kind, subject])).toEqual(
      expect.arrayContaining([
        ['replayed', 'deadLetter', 'l1'],
        ['discarded', 'deadLetter', 'l2'],
      ]),
    );
  });
});
