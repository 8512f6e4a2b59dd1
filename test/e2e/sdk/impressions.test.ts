import { describe, expect, test } from 'vitest';
import { eventually, pause, useStage } from './stage.ts';

const stage = useStage();
const HERO = '<div data-selvedge="hero" style="height:200px">own</div>';

describe('impressions and clicks', () => {
  const of = (type: string) => stage.peer.stored.filter((event) => event.type === type).map((event) => event.data);

  test('seen for a second counts once, a click counts once, answers in between change neither', async () => {
    const { peer } = stage;
    peer.pages.set('/', {
      html: stage.html(
        `${HERO}<div style="height:3000px"></div><div data-selvedge="below" style="height:100px"></div>`,
      ),
    });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered]');
    await page.click('[data-selvedge=hero] b');
    await page.click('[data-selvedge=hero] b');
    await page.evaluate(() => selvedge('track', 'cart.added', {}));
    await eventually(() => expect(of('proposition.displayed')).toHaveLength(1));
    expect(of('proposition.displayed')).toEqual([
      { proposition: expect.stringMatching(/^prp_/), placement: 'hero', offer: 'hero-offer' },
    ]);
    const at = (type: string) => Date.parse(peer.stored.find((event) => event.type === type)?.occurredAt ?? '');
    expect(at('proposition.displayed') - at('page.viewed')).toBeGreaterThanOrEqual(1_000);
    await eventually(() => expect(of('proposition.clicked')).toEqual(of('proposition.displayed')));
    await page.evaluate(() => document.querySelector('[data-selvedge=below]')?.scrollIntoView());
    await eventually(() => expect(of('proposition.displayed')).toHaveLength(2));
    await page.evaluate(() => scrollTo(0, 0));
    await pause(1300);
    expect(of('proposition.displayed')).toHaveLength(2);
    expect(
      peer
        .calls()
        .filter((call) => call.body.events?.some((event) => event.type.startsWith('proposition.')))
        .flatMap((call) => call.body.placements ?? []),
    ).toEqual([]);
  });

  test('a marked element that a test leaves empty is seen like its other variants', async () => {
    const { peer } = stage;
    peer.decided = (placement) => {
      const nothing = { offer: null, content: null };
      return placement === 'plain' ? nothing : { ...nothing, experiment: 'test' };
    };
    peer.pages.set('/', {
      html: stage.html(
        '<div data-selvedge="hero"></div><p data-selvedge="side">own</p><div data-selvedge="plain"></div>',
      ),
    });
    const page = await stage.open();
    const seen = () => of('proposition.displayed').map((data) => data.placement);
    await eventually(() => expect(seen().sort()).toEqual(['hero', 'side']));
    expect(await page.textContent('[data-selvedge=side]')).toBe('own');
    await pause(300);
    expect(seen().sort()).toEqual(['hero', 'side']);
  });

  test('a next view counts again', async () => {
    const { peer } = stage;
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await eventually(() => expect(of('proposition.displayed')).toHaveLength(1));
    await page.evaluate(() => history.pushState(null, '', '/next'));
    await eventually(() => expect(of('proposition.displayed')).toHaveLength(2));
    expect(new Set(of('proposition.displayed').map((data) => data.proposition)).size).toBe(2);
  });

  test('dismissed by code: reported once, gone until something else is decided', async () => {
    const { peer } = stage;
    let offer = 'spring';
    peer.decided = () => ({ offer, content: `<b>${offer}</b>` });
    peer.pages.set('/', { html: stage.html(HERO) });
    const page = await stage.open();
    await page.waitForSelector('[data-selvedge-rendered=spring]');
    await page.evaluate(() => void Promise.all([selvedge('dismiss', 'hero'), selvedge('dismiss', 'hero')]));
    expect(await page.innerHTML('[data-selvedge=hero]')).toBe('own');
    await page.evaluate(() => selvedge('track', 'cart.added', {}));
    expect(await page.innerHTML('[data-selvedge=hero]')).toBe('own');
    expect(of('proposition.dismissed')).toEqual([{ proposition: 'prp_1', placement: 'hero', offer: 'spring' }]);
    offer = 'summer';
    await page.evaluate(() => selvedge('track', 'cart.added', {}));
    expect(await page.textContent('[data-selvedge=hero]')).toBe('summer');
  });

  test('observed by code: what the page made of a value is seen and clicked like anything else', async () => {
    const { peer } = stage;
    peer.decided = () => ({ offer: 'o', content: { title: 'T' }, kind: 'value' });
    peer.pages.set('/', { html: stage.html('<button id="own" style="height:50px">x</button>') });
    const page = await stage.open();
    await page.evaluate(async () => {
      await selvedge('observe', 'nothing', document.body);
      await selvedge('decide', 'card', null);
      await selvedge('observe', 'card', document.querySelector('#own'));
    });
    await page.click('#own');
    await page.click('#own');
    await eventually(() => expect(of('proposition.displayed')).toHaveLength(1));
    expect(of('proposition.clicked')).toEqual(of('proposition.displayed'));
  });
});
