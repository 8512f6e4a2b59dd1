import { expect, test } from 'vitest';
import { bundleEntry } from './bundle-entry.ts';
import { eventually, useStage } from './stage.ts';

const stage = useStage();

async function open(app: string): Promise<Awaited<ReturnType<typeof stage.open>>> {
  const text = await bundleEntry(`
    import { createElement as h, useState } from 'react';
    import { createRoot } from 'react-dom/client';
    import { init } from './index.ts';
    import { Placement, useDecision } from './react.ts';
    const client = init({ key: 'wk_main.test', source: 'web', defaultConsent: { analytics: 'in' }, sdk: { pageViews: true } });
    window.client = client;
    ${app}
    createRoot(document.querySelector('#app')).render(h(App));`);
  stage.peer.pages.set('/', {
    html: `<!doctype html><body><div id="app"></div><script type="module">${text}</script>`,
  });
  return stage.open();
}

test('a hook gives the fallback, then the decision, then what a later answer changes', async () => {
  const { peer } = stage;
  let tier = 'gold';
  peer.decided = () => ({ offer: tier, content: tier, kind: 'value' });
  const page = await open(`
    const seen = (window.seen = []);
    function App() {
      const { content, reason } = useDecision(client, 'tier', 'none');
      if (seen.at(-1) !== content) seen.push(content);
      return h('p', { id: 'tier' }, content, ' ', reason);
    }`);
  await page.waitForSelector('#tier:text-is("gold eligible")');
  tier = 'silver';
  await page.evaluate(() =>
    (window as unknown as { client: { track(type: string): Promise<void> } }).client.track('custom.a'),
  );
  await page.waitForSelector('#tier:text-is("silver eligible")');
  expect(await page.evaluate(() => (window as unknown as { seen: unknown }).seen)).toEqual(['none', 'gold', 'silver']);
  expect(peer.calls().flatMap(({ body }) => body.placements ?? [])).toEqual(['tier', 'tier']);
});

test('a hook that is given another placement shows nothing of the one before', async () => {
  const { peer } = stage;
  peer.decided = (placement) => ({ offer: placement, content: placement, kind: 'value' });
  const page = await open(`

    const seen = (window.seen = []);
    function App() {
      const [placement, setPlacement] = useState('first');
      const { content } = useDecision(client, placement, 'none');
      seen.push(placement + ': ' + content);
      return h('button', { onClick: () => setPlacement('second') }, content);
    }`);
  await page.waitForSelector('button:text-is("first")');
  await page.click('button');
  await page.waitForSelector('button:text-is("second")');
  const seen = await page.evaluate(() => (window as unknown as { seen: string[] }).seen);
  expect(seen).toContain('second: none');
  expect(seen).not.toContain('second: first');
});

test('a component renders a decision and counts its impression and click, once', async () => {
  const { peer } = stage;
  peer.decided = () => ({ offer: 'o', content: { title: 'Spring' }, kind: 'value' });
  const page = await open(`
    function App() {
      return h(Placement, { client, id: 'card', fallback: { title: 'Own' } }, ({ content }) => h('button', {}, content.title));
    }`);
  await page.waitForSelector('button:text-is("Spring")');
  await page.click('button');
  await page.click('button');
  await eventually(() =>
    expect(
      peer
        .types()
        .filter((type) => type.startsWith('proposition.'))
        .sort(),
    ).toEqual(['proposition.clicked', 'proposition.displayed']),
  );
});

test('nothing answers: the fallback stays', async () => {
  stage.peer.script = () => ({ cut: true });
  const page = await open(`
    function App() { return h('p', { id: 'x' }, useDecision(client, 'tier', 'none').content) }`);
  await page.evaluate(() => (window as unknown as { client: { ready: Promise<void> } }).client.ready);
  expect(await page.textContent('#x')).toBe('none');
});
