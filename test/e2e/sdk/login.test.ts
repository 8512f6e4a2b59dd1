import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { SdkError } from '../../../client-sdk/src/core.ts';
import type { Seen } from './peer.ts';
import { eventually, useStage } from './stage.ts';

const stage = useStage();
const HERO = '<div data-selvedge="hero">own</div>';
const LISTEN = `<script>errors=[];selvedge('on','error',(error)=>errors.push(error))</script>`;

const errors = (page: Page): Promise<SdkError[]> =>
  page.evaluate(() => (window as unknown as { errors: SdkError[] }).errors);
/** What each request said: its proof, and the types of the events before it and from it on. Without a proof all are before it. */
const said = (calls: readonly Seen[]) =>
  calls.map(({ body: { proof = null, proofFrom, events = [] } }) => {
    const begin =
      proof === null
        ? events.length
        : Math.max(
            0,
            events.findIndex(({ id }) => id === proofFrom),
          );
    const types = events.map(({ type }) => type);
    return [proof, types.slice(0, begin), types.slice(begin)];
  });
/** What a page that is gone had still to send. */
async function leftBehind(types: readonly string[]): Promise<void> {
  stage.peer.pages.set('/plain', { html: 'plain' });
  const plain = await stage.open('/plain');
  await plain.evaluate((left) => {
    const e = left.map((type, n) => ({ id: `left-${n}`, type, occurredAt: new Date().toISOString(), data: {} }));
    localStorage.setItem('sv.web.qdead', JSON.stringify({ t: 1, e }));
  }, types);
}
const refusal = (code: string) => ({
  status: 401,
  headers: { 'content-type': 'application/problem+json' },
  body: { type: 'https://selvedge.dev/problems/invalidProof', status: 401, errors: [{ pointer: '/proof', code }] },
});

describe('a proof', () => {
  test('says from which event on it holds; all goes in one request, content is decided once, for the person', async () => {
    const { peer } = stage;
    peer.pages.set('/', {
      html: stage.html(
        `${HERO}<script>selvedge('track','custom.before',{});who=selvedge('identify','a.b.c');selvedge('track','custom.after',{})</script>`,
      ),
    });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered]');
    expect(await page.evaluate(() => (window as unknown as { who: Promise<unknown> }).who)).toMatchObject({
      state: 'authenticated',
    });
    expect(said(peer.calls())).toEqual([['a.b.c', ['page.viewed', 'custom.before'], ['signed.in', 'custom.after']]]);
    expect(peer.calls()[0]?.body.placements).toEqual(['hero']);
  });

  test('does not hold for what another page left in the queue, whether that page had signed in or not', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html(`<script>selvedge('identify','a.b.c')</script>`) });
    await leftBehind(['custom.left', 'signed.in', 'custom.later']);
    await stage.open();
    await eventually(() => expect(peer.types()).toHaveLength(5));
    expect(said(peer.calls())).toEqual([
      ['a.b.c', ['custom.left', 'signed.in', 'custom.later', 'page.viewed'], ['signed.in']],
    ]);
  });

  test('stays with its page when another tab sends what that page had left to send', async () => {
    const { peer } = stage;
    peer.script = (call) => (call.body.proof ? { cut: true } : undefined);
    peer.pages.set('/', { html: stage.html('') });
    const [first, second] = [await stage.open(), await stage.open()];
    await eventually(() => expect(peer.types()).toHaveLength(2));
    await first.evaluate(() => void selvedge('identify', 'a.b.c'));
    await eventually(() => expect(peer.calls().filter(({ body }) => body.proof)).not.toHaveLength(0));
    await second.evaluate(() => {
      // As after the lease of a page that sleeps.
      for (const name of Object.keys(localStorage).filter((key) => key.startsWith('sv.web.q'))) {
        const held = JSON.parse(localStorage.getItem(name) ?? '');
        localStorage.setItem(name, JSON.stringify({ ...held, t: 1 }));
      }
      return selvedge('track', 'custom.mine', {});
    });
    expect(peer.types().slice(2)).toEqual(['signed.in', 'custom.mine']);
    // Its first event went without it, so it holds for what comes next.
    peer.script = () => undefined;
    await first.evaluate(() => {
      dispatchEvent(new Event('online'));
      return selvedge('track', 'custom.next', {});
    });
    await eventually(() => expect(peer.types()).toContain('custom.next'));
    expect(peer.calls().at(-1)?.body).toMatchObject({ proof: 'a.b.c', events: [{ type: 'custom.next' }] });
    expect(peer.calls().at(-1)?.body.proofFrom).toBeUndefined();
  });

  test('goes again as it was when its answer is lost', async () => {
    const { peer } = stage;
    let left = 1;
    peer.script = (call) => (call.body.proof && left-- > 0 ? { cut: true } : undefined);
    peer.pages.set('/', { html: stage.html(`<script>selvedge('identify','a.b.c')</script>`) });
    await stage.open();
    await eventually(() => expect(peer.types()).toEqual(['page.viewed', 'signed.in']));
    expect(said(peer.calls())).toEqual([
      ['a.b.c', ['page.viewed'], ['signed.in']],
      ['a.b.c', ['page.viewed'], ['signed.in']],
    ]);
    const [first, second] = peer.calls().map(({ body }) => body);
    expect([second?.proofFrom, second?.events]).toEqual([first?.proofFrom, first?.events]);
  });

  test('goes again when the answer came without the profile, with the placements', async () => {
    const { peer } = stage;
    let left = 1;
    peer.script = ({ body: { proof, events = [], placements = [] } }) => {
      if (!proof || left-- <= 0) return undefined;
      const refused = events.map(({ id }, index) => ({ index, id, code: 'unavailable', detail: '' }));
      const propositions = placements.map((placement) => ({
        id: 'prp_0',
        placement,
        kind: 'html',
        offer: null,
        content: null,
        reason: 'degraded',
      }));
      return { body: { visitor: {}, accepted: 0, duplicates: [], refused, propositions, degraded: true } };
    };
    peer.pages.set('/', { html: stage.html(`${HERO}<script>selvedge('identify','a.b.c')</script>`) });
    const page = await stage.open();
    await eventually(() => expect(peer.types()).toEqual(['page.viewed', 'signed.in']));
    expect(said(peer.calls())).toEqual([
      ['a.b.c', ['page.viewed'], ['signed.in']],
      ['a.b.c', ['page.viewed'], ['signed.in']],
    ]);
    expect(peer.calls().map(({ body }) => body.placements)).toEqual([['hero'], ['hero']]);
    await page.waitForSelector('[data-selvedge-rendered="hero-offer"]');
  });

  test('waits for its turn behind more than a request holds, and what is asked waits with it', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html(`${HERO}<script>who=selvedge('identify','a.b.c')</script>`) });
    await leftBehind(Array.from({ length: 120 }, () => 'custom.left'));
    const page = await stage.open();
    expect(await page.evaluate(() => (window as unknown as { who: Promise<unknown> }).who)).toMatchObject({
      state: 'authenticated',
    });
    expect(peer.calls().map(({ body: { proof, events, placements } }) => [proof, events?.length, placements])).toEqual([
      [undefined, 100, undefined],
      ['a.b.c', 22, ['hero']],
    ]);
    expect(said(peer.calls())[1]?.[2]).toEqual(['signed.in']);
  });

  test('leaves with a page that is left, in one request with what was before it', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html('') });
    peer.pages.set('/plain', { html: 'plain' });
    const page = await stage.open();
    await eventually(() => expect(peer.types()).toEqual(['page.viewed']));
    await page.evaluate(() => {
      void selvedge('track', 'custom.before', {});
      void selvedge('identify', 'a.b.c');
      location.assign('/plain');
      dispatchEvent(new PageTransitionEvent('pagehide'));
    });
    await eventually(() => expect(peer.calls()).toHaveLength(2));
    expect(said(peer.calls()).slice(1)).toEqual([['a.b.c', ['custom.before'], ['signed.in']]]);
    expect(peer.calls()[1]?.path).toMatch(/^\/v1\/collect/);
  });

  test('draws nothing at random before the browser has painted', async () => {
    const { peer } = stage;
    await stage.context.addInitScript(() => {
      const draw = crypto.getRandomValues.bind(crypto);
      Object.assign(window, { drawn: 0 });
      crypto.getRandomValues = (array) => {
        (window as unknown as { drawn: number }).drawn++;
        return draw(array);
      };
    });
    peer.pages.set('/', {
      html: `<!doctype html><head><script src="/sdk.js"></script><script>selvedge('identify','a.b.c');before=drawn</script></head><body>`,
    });
    const page = await stage.open();
    expect(await page.evaluate(() => (window as unknown as { before: number }).before)).toBe(0);
    await eventually(() => expect(peer.types()).toEqual(['page.viewed', 'signed.in']));
    expect(said(peer.calls())).toEqual([['a.b.c', ['page.viewed'], ['signed.in']]]);
  });

  test('finds its event again when a choice was made meanwhile', async () => {
    const { peer } = stage;
    peer.config = { defaultConsent: { analytics: 'pending' } };
    peer.pages.set('/', {
      html: stage.html(
        `<script>selvedge('track','custom.before',{});selvedge('identify','a.b.c');selvedge('consent',{analytics:'in'})</script>`,
      ),
    });
    await stage.open();
    await eventually(() => expect(peer.types()).toHaveLength(4));
    expect(said(peer.calls())).toEqual([['a.b.c', ['page.viewed', 'custom.before'], ['signed.in', 'consent.updated']]]);
  });
});

describe('a proof that is refused', () => {
  test.each(['used', 'expired'])('as %s is asked for anew, once: the sign-in is the same one', async (code) => {
    const { peer } = stage;
    peer.script = (call) => (call.body.proof === 'old' ? refusal(code) : undefined);
    peer.pages.set('/', { html: stage.html(LISTEN + HERO) });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered]');
    const [view, asked] = await page.evaluate(async () => {
      const reasons: string[] = [];
      const renew = async (reason: string): Promise<string> => {
        reasons.push(reason);
        return 'new';
      };
      void selvedge('track', 'custom.before', {});
      return [await selvedge('identify', 'old', renew), reasons] as unknown[];
    });
    expect([view, asked]).toMatchObject([{ state: 'authenticated' }, [code]]);
    expect(said(peer.calls()).slice(1)).toEqual([
      ['old', ['custom.before'], ['signed.in']],
      ['new', ['custom.before'], ['signed.in']],
    ]);
    expect(peer.calls()[2]?.body.events).toEqual(peer.calls()[1]?.body.events);
    expect(await errors(page)).toEqual([]);
  });

  test.each<[string, string]>([
    ['the new one is refused too', `async () => 'newer'`],
    ['there is none', '() => null'],
    ['the page fails', `() => { throw new Error('no') }`],
  ])('ends there when %s: the event stays, the page is told why', async (_, renew) => {
    const { peer } = stage;
    peer.script = (call) => (call.body.proof ? refusal('expired') : undefined);
    peer.pages.set('/', { html: stage.html(LISTEN) });
    const page = await stage.open();
    await eventually(() => expect(peer.types()).toEqual(['page.viewed']));
    expect(await page.evaluate(`selvedge('identify', 'old', ${renew})`)).toBeNull();
    await eventually(() => expect(peer.types()).toEqual(['page.viewed', 'signed.in']));
    expect(peer.calls().filter(({ body }) => body.proof).length).toBeLessThanOrEqual(2);
    expect(await errors(page)).toMatchObject([{ kind: 'proof', status: 401, code: 'expired' }]);
  });

  test('brings a new visitor their token, when it was used and what was before it is stored', async () => {
    const { peer } = stage;
    peer.config = { identityMode: 'token' };
    const { body } = refusal('used');
    peer.script = (call) =>
      call.body.proof
        ? { ...refusal('used'), body: { ...body, visitor: { state: 'anonymous', isNew: true, token: 'token-0' } } }
        : undefined;
    peer.pages.set('/', { html: stage.html(`<script>selvedge('identify','a.b.c')</script>`) });
    await stage.open();
    await eventually(() => expect(peer.types()).toEqual(['page.viewed', 'signed.in']));
    expect(peer.calls().map(({ body: { proof, visitor } }) => [proof, visitor])).toEqual([
      ['a.b.c', undefined],
      [undefined, 'token-0'],
    ]);
  });

  test('does not cost the visitor: the token stays', async () => {
    const { peer } = stage;
    peer.config = { identityMode: 'token' };
    peer.script = (call) => (call.body.proof ? refusal('badSignature') : undefined);
    peer.pages.set('/', { html: stage.html(LISTEN) });
    const page = await stage.open();
    await eventually(() => expect(peer.types()).toEqual(['page.viewed']));
    expect(await page.evaluate(() => selvedge('identify', 'bad'))).toBeNull();
    await eventually(() => expect(peer.types()).toEqual(['page.viewed', 'signed.in']));
    expect(peer.calls().map(({ body }) => body.visitor)).toEqual([undefined, 'token-1', 'token-1']);
    expect(await errors(page)).toMatchObject([{ kind: 'proof', code: 'badSignature' }]);
  });
});

test('a person in quarantine is told by the answer and as an error of its own', async () => {
  const { peer } = stage;
  const quarantine = { reason: 'tooManyDevices', until: '2026-01-01T00:00:00.000Z' };
  peer.script = (call) =>
    call.body.proof
      ? {
          body: {
            visitor: { state: 'anonymous', isNew: false, quarantine },
            accepted: 1,
            refused: [],
            propositions: [],
          },
        }
      : undefined;
  peer.pages.set('/', { html: stage.html(LISTEN) });
  const page = await stage.open();
  await eventually(() => expect(peer.types()).toEqual(['page.viewed']));
  expect(await page.evaluate(() => selvedge('identify', 'a.b.c'))).toMatchObject({ state: 'anonymous', quarantine });
  expect(await errors(page)).toMatchObject([{ kind: 'quarantine', status: 200, quarantine }]);
});
