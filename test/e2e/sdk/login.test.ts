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
/** What each request said: its proof, and the types of its events. */
const said = (calls: readonly Seen[]) =>
  calls.map(({ body }) => [body.proof ?? null, (body.events ?? []).map(({ type }) => type)]);
const refusal = (code: string) => ({
  status: 401,
  headers: { 'content-type': 'application/problem+json' },
  body: { type: 'https://selvedge.dev/problems/invalidProof', status: 401, errors: [{ pointer: '/proof', code }] },
});

describe('a proof', () => {
  test('takes along nothing that was tracked before it; content is decided once, for the person', async () => {
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
    expect(said(peer.calls())).toEqual([
      [null, ['page.viewed', 'custom.before']],
      ['a.b.c', ['signed.in', 'custom.after']],
    ]);
    expect(peer.calls().map(({ body }) => body.placements)).toEqual([undefined, ['hero']]);
  });

  test('does not go with what another page left in the queue', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html(`<script>selvedge('identify','a.b.c')</script>`) });
    peer.pages.set('/plain', { html: 'plain' });
    const plain = await stage.open('/plain');
    await plain.evaluate(() => {
      const e = [{ id: 'left-1', type: 'custom.left', occurredAt: new Date().toISOString(), data: {} }];
      localStorage.setItem('sv.web.qdead', JSON.stringify({ t: 1, e }));
    });
    await stage.open();
    await eventually(() => expect(peer.types()).toContain('signed.in'));
    expect(said(peer.calls())).toEqual([
      [null, ['custom.left', 'page.viewed']],
      ['a.b.c', ['signed.in']],
    ]);
  });

  test('waits until what goes ahead of it was answered', async () => {
    const { peer } = stage;
    let left = 1;
    peer.script = () => (left-- > 0 ? { status: 503, headers: { 'retry-after': '1' } } : undefined);
    peer.pages.set('/', { html: stage.html(`<script>selvedge('identify','a.b.c')</script>`) });
    await stage.open();
    await eventually(() => expect(peer.types()).toEqual(['page.viewed', 'signed.in']));
    expect(said(peer.calls())).toEqual([
      [null, ['page.viewed']],
      [null, ['page.viewed']],
      ['a.b.c', ['signed.in']],
    ]);
  });

  test('goes again when the answer came without the profile', async () => {
    const { peer } = stage;
    let left = 1;
    peer.script = (call) => {
      const event = call.body.proof && left-- > 0 ? call.body.events?.[0] : undefined;
      const refused = event && [{ index: 0, id: event.id, code: 'unavailable', detail: '' }];
      return (
        refused && { body: { visitor: {}, accepted: 0, duplicates: [], refused, propositions: [], degraded: true } }
      );
    };
    peer.pages.set('/', { html: stage.html('') });
    const page = await stage.open();
    await eventually(() => expect(peer.types()).toEqual(['page.viewed']));
    await page.evaluate(() => void selvedge('identify', 'a.b.c'));
    await eventually(() => expect(peer.types()).toEqual(['page.viewed', 'signed.in']));
    expect(said(peer.calls()).slice(1)).toEqual([
      ['a.b.c', ['signed.in']],
      ['a.b.c', ['signed.in']],
    ]);
  });

  test('leaves with a page that is left, after what was before it', async () => {
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
    await eventually(() => expect(peer.calls()).toHaveLength(3));
    expect(said(peer.calls()).slice(1).sort()).toEqual(
      [
        [null, ['custom.before']],
        ['a.b.c', ['signed.in']],
      ].sort(),
    );
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
      return [await selvedge('identify', 'old', renew), reasons] as unknown[];
    });
    expect([view, asked]).toMatchObject([{ state: 'authenticated' }, [code]]);
    expect(said(peer.calls()).slice(1)).toEqual([
      ['old', ['signed.in']],
      ['new', ['signed.in']],
    ]);
    expect(peer.calls()[2]?.body.events?.[0]?.id).toBe(peer.calls()[1]?.body.events?.[0]?.id);
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
