import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { bundleEntry } from './bundle-entry.ts';
import { eventually, pause, useStage } from './stage.ts';

const stage = useStage();
const PENDING = { analytics: 'pending', personalization: 'pending', advertising: 'pending' } as const;

/** A page whose own module starts the SDK and an adapter, after these scripts. */
async function open(own: string, before = '', init = ''): Promise<Page> {
  const { peer } = stage;
  const text = await bundleEntry(`
    import { init } from './index.ts';
    import { followTcf } from './tcf.ts';
    import { followConsentMode, sendConsentMode } from './consent-mode.ts';
    const client = init({ key: 'wk_main.test', source: 'web', defaultConsent: ${JSON.stringify(PENDING)}, sdk: { pageViews: true } });
    window.client = client;
    ${own}`);
  peer.pages.set('/', {
    html: `<!doctype html><body><script>${before}</script><script type="module">${text}</script>`,
  });
  if (init) await stage.context.addInitScript(init);
  return stage.open();
}
const now = (page: Page): Promise<unknown> =>
  page.evaluate(() =>
    (window as unknown as { client: { link: { consent: { now(): unknown } } } }).client.link.consent.now(),
  );
const changes = () =>
  stage.peer.stored.filter((event) => event.type === 'consent.updated').map(({ consent }) => consent);

describe('TCF 2.x', () => {
  /** A platform as the framework describes it: listeners are told at once, and at each change. */
  const PLATFORM = `data = { eventStatus: 'cmpuishown', gdprApplies: true, purpose: { consents: {} } };
    listeners = [];
    __tcfapi = (command, version, listener) => { if (command === 'addEventListener' && version === 2) { listeners.push(listener); listener(data, true) } };
    say = (status, ids, applies = true) => { data = { eventStatus: status, gdprApplies: applies, purpose: { consents: Object.fromEntries(ids.map((id) => [id, true])) } }; listeners.forEach((tell) => tell(data, true)) };`;
  const say = (page: Page, ...said: unknown[]): Promise<void> =>
    page.evaluate((args) => (window as unknown as { say: (...a: unknown[]) => void }).say(...args), said);

  test('choices made in the platform become ours; nothing leaves before', async () => {
    const page = await open('window.found = followTcf(client);', PLATFORM);
    await pause(200);
    expect(stage.peer.calls()).toEqual([]);
    await say(page, 'useractioncomplete', [1, 5, 6, 8, 9]);
    await eventually(() => expect(stage.peer.types()).toEqual(['page.viewed', 'consent.updated']));
    expect(changes()).toEqual([{ analytics: 'in', personalization: 'in', advertising: 'out' }]);
    await say(page, 'tcloaded', [1, 5, 6, 8, 9]);
    await pause(150);
    expect(changes()).toHaveLength(1);
    await say(page, 'useractioncomplete', [1, 5, 6]);
    await eventually(() => expect(changes()).toHaveLength(2));
    expect(await now(page)).toEqual({ analytics: 'out', personalization: 'in', advertising: 'out' });
  });

  test('without storage (purpose 1) nothing is consented to; where GDPR does not apply nothing changes', async () => {
    const page = await open('followTcf(client);', PLATFORM);
    await say(page, 'tcloaded', [1, 2, 3, 4, 5, 6, 7, 8, 9], false);
    expect(await now(page)).toEqual(PENDING);
    await say(page, 'tcloaded', [5, 6, 8, 9]);
    expect(await now(page)).toEqual({ analytics: 'out', personalization: 'out', advertising: 'out' });
  });

  test('a page without a platform is told so', async () => {
    const page = await open('window.found = followTcf(client, { analytics: [7] });');
    expect(await page.evaluate(() => (window as unknown as { found: unknown }).found)).toBe(false);
  });
});

describe('Google Consent Mode v2', () => {
  const GTAG = 'dataLayer = []; function gtag() { dataLayer.push(arguments) }';

  test('what was said before and after becomes ours; a denial by default is still to be chosen', async () => {
    const page = await open(
      'followConsentMode(client);',
      `${GTAG}; gtag('consent', 'default', { analytics_storage: 'denied', ad_storage: 'denied', ad_user_data: 'denied', ad_personalization: 'denied' }); gtag('event', 'x')`,
    );
    await pause(200);
    expect(stage.peer.calls()).toEqual([]);
    expect(await now(page)).toEqual({ ...PENDING, sharing: 'pending' });
    await page.evaluate(() => {
      const { gtag } = window as unknown as { gtag: (...args: unknown[]) => void };
      gtag('consent', 'update', { analytics_storage: 'granted', ad_storage: 'granted', ad_personalization: 'denied' });
    });
    await eventually(async () =>
      expect(await now(page)).toEqual({ ...PENDING, analytics: 'in', advertising: 'out', sharing: 'pending' }),
    );
    expect(await page.evaluate(() => (window as unknown as { dataLayer: unknown[] }).dataLayer.length)).toBe(3);
  });

  const DENIED = "gtag('consent', 'default', { analytics_storage: 'denied', region: ['DE'] })";
  const GRANTED = "gtag('consent', 'default', { analytics_storage: 'granted' })";
  test.each([
    ['denied to some first', `${DENIED}; ${GRANTED}`],
    ['denied to some later', `${GRANTED}; ${DENIED}`],
    ['granted to some', "gtag('consent', 'default', { analytics_storage: 'granted', region: ['US'] })"],
    [
      'granted to some, denied to the rest',
      "gtag('consent', 'default', { analytics_storage: 'denied' }); gtag('consent', 'default', { analytics_storage: 'granted', region: ['US'] })",
    ],
  ])('what is by region, %s, is still to be chosen; a choice holds', async (_, said) => {
    const page = await open('followConsentMode(client);', `${GTAG}; ${said}`);
    expect(await now(page)).toEqual(PENDING);
    await page.evaluate(() => {
      const { gtag } = window as unknown as { gtag: (...args: unknown[]) => void };
      gtag('consent', 'update', { analytics_storage: 'granted' });
    });
    await eventually(() => expect(changes()).toEqual([{ ...PENDING, analytics: 'in' }]));
  });

  test('what is chosen here is told to the tags, as arguments', async () => {
    const page = await open('sendConsentMode(client);', GTAG);
    const said = () =>
      page.evaluate(() =>
        (window as unknown as { dataLayer: ArrayLike<unknown>[] }).dataLayer.map((entry) => [
          Object.prototype.toString.call(entry),
          ...Array.from(entry),
        ]),
      );
    const denied = Object.fromEntries(
      ['analytics_storage', 'personalization_storage', 'ad_storage', 'ad_personalization', 'ad_user_data'].map((s) => [
        s,
        'denied',
      ]),
    );
    expect(await said()).toEqual([['[object Arguments]', 'consent', 'default', denied]]);
    await page.evaluate(() =>
      (window as unknown as { client: { consent(c: object): Promise<void> } }).client.consent({ analytics: 'in' }),
    );
    expect((await said())[1]).toEqual([
      '[object Arguments]',
      'consent',
      'update',
      { ...denied, analytics_storage: 'granted' },
    ]);
  });
});

test('Global Privacy Control stands above what a platform says, and is not reported again and again', async () => {
  const page = await open(
    'followConsentMode(client);',
    `dataLayer = [['consent', 'update', { analytics_storage: 'granted', ad_storage: 'granted', ad_personalization: 'granted', ad_user_data: 'granted' }]]`,
    `Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })`,
  );
  await eventually(() =>
    expect(changes()).toEqual([{ analytics: 'in', personalization: 'pending', advertising: 'out', sharing: 'out' }]),
  );
  await page.reload();
  await pause(300);
  expect(changes()).toHaveLength(1);
});

describe('beside sdk.js, without a bundler', () => {
  const consentOf = (page: Page) =>
    page.evaluate(async () => ((await selvedge('link')) as { consent: { now(): unknown } }).consent.now());

  test('the TCF program takes the platform’s choices', async () => {
    const { peer } = stage;
    peer.config = { defaultConsent: PENDING };
    peer.pages.set('/', {
      html: stage.html(`<script>
        __tcfapi = (command, version, listener) => listener({ eventStatus: 'tcloaded', gdprApplies: true, purpose: { consents: { 1: true, 8: true, 9: true } } }, true);
      </script><script src="/sdk-tcf.js"></script>`),
    });
    const page = await stage.open();
    await eventually(async () =>
      expect(await consentOf(page)).toEqual({ analytics: 'in', personalization: 'out', advertising: 'out' }),
    );
    await eventually(() => expect(peer.types()).toContain('consent.updated'));
  });

  test.each([
    ['follows Google’s tags', '', ['consent', 'update', { analytics_storage: 'granted' }], { analytics: 'in' }],
    ['tells Google’s tags', ' data-send', ['set', 'nothing'], { analytics: 'pending' }],
  ] as const)('the Consent Mode program %s', async (_, attribute, said, expected) => {
    const { peer } = stage;
    peer.config = { defaultConsent: PENDING };
    peer.pages.set('/', {
      html: stage.html(
        `<script>dataLayer = [${JSON.stringify(said)}]</script><script src="/sdk-consent-mode.js"${attribute}></script>`,
      ),
    });
    const page = await stage.open();
    await eventually(async () => expect(await consentOf(page)).toMatchObject(expected));
    const signals = () =>
      page.evaluate(() => (window as unknown as { dataLayer: ArrayLike<unknown>[] }).dataLayer.map((one) => one[1]));
    await eventually(async () => expect((await signals()).includes('default')).toBe(attribute !== ''));
  });
});
