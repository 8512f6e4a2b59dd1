import { describe, expect, test } from 'vitest';
import { eventually, kept, pause, useStage } from './stage.ts';

const stage = useStage();
const HERO = '<div data-selvedge="hero">own</div>';
const PENDING = { analytics: 'pending', personalization: 'pending', advertising: 'out' } as const;

describe('consent', () => {
  test('pending: nothing leaves, nothing is stored, ready settles; in releases what was held in one request', async () => {
    const { peer } = stage;
    peer.config = { defaultConsent: PENDING, identityMode: 'token' };
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    const early = await page.evaluate(async () => {
      await selvedge('ready');
      return [
        await selvedge('track', 'cart.added', {}),
        await selvedge('decide', ['hero'], { fallback: { hero: 'mine' } }),
      ];
    });
    expect(early[0]).toBeNull();
    expect(early[1]).toMatchObject([{ content: 'mine', reason: 'degraded' }]);
    await pause(300);
    expect(peer.seen).toEqual([]);
    expect(await kept(page)).toEqual({});
    expect(await stage.context.cookies()).toEqual([]);
    await page.evaluate(() => selvedge('consent', { analytics: 'in', personalization: 'in' }));
    expect(peer.calls()).toHaveLength(1);
    expect(peer.types()).toEqual(['page.viewed', 'cart.added', 'consent.updated']);
    expect(peer.stored[0]?.consent).toEqual({ analytics: 'in', personalization: 'in', advertising: 'out' });
    expect(peer.stored[2]?.consent).toEqual({ analytics: 'in', personalization: 'in', advertising: 'out' });
    await page.waitForSelector('[data-selvedge-rendered]');
    expect(await kept(page)).toEqual({
      'sv.web.c': '{"analytics":"in","personalization":"in"}',
      'sv.web.t': '"token-1"',
    });
  });

  test('a choice holds on the next page, and leaving while undecided sends and stores nothing', async () => {
    const { peer } = stage;
    peer.config = { defaultConsent: PENDING };
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await page.evaluate(() => void selvedge('track', 'cart.added', {}));
    await page.goto(`${peer.origin}/`);
    expect(peer.seen).toEqual([]);
    expect(await kept(page)).toEqual({});
    await page.evaluate(() => selvedge('consent', { analytics: 'in' }));
    await page.goto(`${peer.origin}/`);
    await eventually(() => expect(peer.types()).toEqual(['page.viewed', 'consent.updated', 'page.viewed']));
  });

  test('withdrawing everything tells the server once, then empties queue and id and stays silent', async () => {
    const { peer } = stage;
    peer.config = { identityMode: 'token' };
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered]');
    await page.evaluate(() => {
      void selvedge('track', 'cart.added', {});
      return selvedge('consent', { analytics: 'out' });
    });
    expect(peer.types()).toEqual(['page.viewed', 'consent.updated']);
    expect(peer.calls()[1]?.body).toMatchObject({ visitor: 'token-1', events: [{ consent: { analytics: 'out' } }] });
    expect(peer.calls()[1]?.body.placements).toBeUndefined();
    expect(await kept(page)).toEqual({ 'sv.web.c': '{"analytics":"out"}' });
    expect(await page.innerHTML('[data-selvedge=hero]')).toBe('own');
    await page.evaluate(() => selvedge('track', 'cart.added', {}));
    await page.goto(`${peer.origin}/`);
    await pause(200);
    expect(peer.calls()).toHaveLength(2);
  });

  test('refusing everything before any consent was given sends nothing at all', async () => {
    const { peer } = stage;
    peer.config = { defaultConsent: PENDING };
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await page.evaluate(() => selvedge('consent', { analytics: 'out', personalization: 'out' }));
    await pause(200);
    expect(peer.seen).toEqual([]);
    expect(await kept(page)).toEqual({ 'sv.web.c': '{"analytics":"out","personalization":"out"}' });
  });

  test('an event keeps the consent it was made under, whatever is chosen in the same moment', async () => {
    const { peer } = stage;
    peer.config = { defaultConsent: { analytics: 'in', advertising: 'out' } };
    peer.pages.set('/', {
      html: stage.html(
        `<script>selvedge('track','custom.before',{});selvedge('consent',{advertising:'in'});selvedge('track','custom.after',{})</script>`,
      ),
    });
    await stage.open();
    await eventually(() => expect(peer.stored).toHaveLength(4));
    expect(peer.stored.map(({ type, consent }) => [type, consent?.advertising])).toEqual([
      ['page.viewed', 'out'],
      ['custom.before', 'out'],
      ['consent.updated', 'in'],
      ['custom.after', 'in'],
    ]);
  });

  test('what was made while everything was refused is gone, although consent follows at once', async () => {
    const { peer } = stage;
    peer.config = { defaultConsent: { analytics: 'out' } };
    peer.pages.set('/', {
      html: stage.html(`<script>selvedge('track','custom.before',{});selvedge('consent',{analytics:'in'})</script>`),
    });
    await stage.open();
    await eventually(() => expect(peer.types()).toEqual(['consent.updated']));
    await pause(150);
    expect(peer.types()).toEqual(['consent.updated']);
  });

  test('Global Privacy Control denies advertising and sharing, whatever was said', async () => {
    const { peer } = stage;
    peer.config = { defaultConsent: { analytics: 'in', advertising: 'in' } };
    await stage.context.addInitScript(() => Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }));
    peer.pages.set('/', { html: stage.html(HERO) });
    await stage.open();
    await eventually(() =>
      expect(peer.stored[0]?.consent).toEqual({ analytics: 'in', advertising: 'out', sharing: 'out' }),
    );
  });
});

describe('identity', () => {
  test('cookie mode stores nothing', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered]');
    expect(await kept(page)).toEqual({});
    expect(peer.calls()[0]?.body.visitor).toBeUndefined();
  });

  test('token mode keeps the token and sends it; reset forgets it and puts the page back', async () => {
    const { peer } = stage;
    peer.config = { identityMode: 'token' };
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered]');
    await page.evaluate(() => selvedge('track', 'custom.a', {}));
    expect(peer.calls().map((call) => call.body.visitor)).toEqual([undefined, 'token-1']);
    await page.evaluate(() => selvedge('reset'));
    expect(await kept(page)).toEqual({});
    expect(await page.innerHTML('[data-selvedge=hero]')).toBe('own');
    await page.evaluate(() => selvedge('track', 'custom.b', {}));
    expect(peer.calls()[2]?.body.visitor).toBeUndefined();
  });

  test('a token that is not valid any more is dropped, and its events go again as a new visitor', async () => {
    const { peer } = stage;
    peer.config = { identityMode: 'token' };
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered]');
    peer.script = (call) => (call.body?.visitor ? { status: 401 } : undefined);
    const answer = await page.evaluate(async () => {
      await selvedge('track', 'custom.kept', {});
      return selvedge('track', 'custom.next', {});
    });
    expect(answer).toBeTruthy();
    const stored = peer
      .calls()
      .filter((call) => !call.body.visitor)
      .flatMap((call) => call.body.events ?? []);
    expect(stored.map((event) => event.type)).toEqual(['page.viewed', 'custom.kept', 'custom.next']);
  });

  test('identify sends signed.in with the proof and waits for who it is; the proof goes once and is never stored', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered]');
    expect(await page.evaluate(() => selvedge('identify', 'a.b.c'))).toMatchObject({ state: 'authenticated' });
    expect(peer.calls()[1]?.body).toMatchObject({
      proof: 'a.b.c',
      events: [{ type: 'signed.in' }],
      placements: ['hero'],
    });
    await page.evaluate(() => selvedge('signOut'));
    expect(peer.calls()[2]?.body.proof).toBeUndefined();
    expect(peer.types()).toEqual(['page.viewed', 'signed.in', 'signed.out']);
  });

  test('a proof that is not accepted costs no events', async () => {
    const { peer } = stage;
    peer.script = (call) => (call.body.proof ? { status: 401 } : undefined);
    peer.pages.set('/', {
      html: stage.html(`<script>errors=[];selvedge('on','error',(e)=>errors.push(e.kind))</script>`),
    });
    const page = await stage.open();
    await eventually(() => expect(peer.types()).toHaveLength(1));
    expect(await page.evaluate(() => selvedge('identify', 'bad'))).toBeNull();
    await eventually(() => expect(peer.types()).toEqual(['page.viewed', 'signed.in']));
    expect(await page.evaluate(() => (window as unknown as { errors: unknown }).errors)).toEqual(['proof']);
  });
});
