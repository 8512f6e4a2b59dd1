import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { eventually, pause, useStage } from './stage.ts';

const stage = useStage();

/** A live offer of `promo` changes an element that the page never has; where that stands in the configuration, so does one that the page has. */
function serve(delayMs: number): void {
  const { peer } = stage;
  peer.config = { placements: ['hero', 'promo'], everywhere: ['promo'], prehide: { promo: ['#never', '#note'] } };
  peer.decided = (placement) =>
    placement === 'promo'
      ? {
          offer: 'spring',
          kind: 'dom',
          content: {
            actions: [
              { action: 'setHtml', selector: '#never > b', value: '<i>new</i>' },
              { action: 'insertAfter', selector: '#never', value: '<i>new</i>' },
              { action: 'move', selector: '#note', target: '#never' },
              { action: 'hide', selector: '#never' },
            ],
          },
        }
      : { offer: 'o', content: `<b>${placement}</b>` };
  peer.script = () => ({ delayMs });
  // Blocks the parser, so that nothing is painted before.
  peer.pages.set('/', {
    html: `<!doctype html><html><head><title>x</title><script src="/sdk.js"></script>
      <script>errors=[];selvedge('on','error',(e)=>errors.push(e.kind))</script></head><body>
      <p id="note">note</p><div data-selvedge="hero" style="height:100px">own</div><div data-selvedge="side" style="height:100px"></div></body></html>`,
  });
}
const isHidden = (page: Page): Promise<boolean> =>
  page.evaluate(() => getComputedStyle(document.querySelector('#note') as Element).visibility === 'hidden');
const errors = (page: Page): Promise<unknown> => page.evaluate(() => (window as unknown as { errors: unknown }).errors);
const seen = (): unknown[] =>
  stage.peer.stored.filter(({ type }) => type === 'proposition.displayed').map(({ data }) => data.placement);

/** Other offers are shown and counted; that one is not. */
async function othersWork(page: Page): Promise<void> {
  await page.waitForSelector('[data-selvedge=hero] > b');
  await page.waitForSelector('[data-selvedge=side] > b');
  await eventually(() => expect(seen().sort()).toEqual(['hero', 'side']));
  await page.evaluate(() => document.body.append('more'));
  await pause(1_200);
  expect(seen()).toHaveLength(2);
  expect(await errors(page)).toEqual([]);
  expect(await page.textContent('#note')).toBe('note');
  expect(await isHidden(page)).toBe(false);
}

test('an offer for an element that never appears: what was hidden is shown with the answer, the other offers work', async () => {
  serve(400);
  const page = await stage.open();
  expect(await isHidden(page)).toBe(true);
  await othersWork(page);
});

test('the same, and an answer that comes late: what was hidden is shown before it', async () => {
  serve(3_000);
  const page = await stage.open();
  expect(await isHidden(page)).toBe(true);
  await eventually(async () => expect(await isHidden(page)).toBe(false), 2_500);
  expect(stage.peer.stored).toEqual([]);
  stage.peer.script = () => undefined;
  await othersWork(page);
});
