import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { eventually, useStage } from './stage.ts';

const stage = useStage();
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const STRICT =
  "trusted-types selvedge; require-trusted-types-for 'script'; script-src 'nonce-n' 'strict-dynamic'; style-src 'none'; object-src 'none'; base-uri 'none'";

async function open(): Promise<Page> {
  const { peer } = stage;
  peer.pages.set('/', {
    html: stage
      .html(
        '<main><h1>Shop</h1><div data-selvedge="hero">own</div></main><script nonce="n" src="/sdk-debug.js" defer></script>',
      )
      .replace('<html>', '<html lang="en">'),
    headers: { 'content-security-policy': STRICT },
  });
  const page = await stage.context.newPage();
  await page.goto(`${peer.origin}/`);
  await page.waitForSelector('selvedge-debug section dt');
  return page;
}
const text = (page: Page) => page.locator('selvedge-debug section').textContent();

test('the overlay says what was decided and why, under which consent, and what waits; it goes again', async () => {
  const { peer } = stage;
  peer.decided = () => ({ offer: 'spring', content: '<b>x</b>' });
  const page = await open();
  await eventually(async () => {
    const said = await text(page);
    for (const part of ['hero', 'offer spring (html): eligible', 'the best-ranked offer', 'analytics: in', 'ruleset 1'])
      expect(said).toContain(part);
  });
  peer.script = () => ({ cut: true });
  await page.evaluate(() => selvedge('track', 'custom.waiting', {}));
  await eventually(async () => {
    expect(await text(page)).toContain('custom.waiting');
    expect(await text(page)).toContain('unreachable');
  });
  await page.getByRole('button', { name: 'Close' }).click();
  expect(await page.locator('selvedge-debug').count()).toBe(0);
});

test('an answer with a trace shows why each offer won or lost', async () => {
  const { peer } = stage;
  const trace = [
    { placement: 'hero', offer: 'spring', rejection: null },
    { placement: 'hero', offer: 'summer', rejection: 'notInAudience' },
  ];
  const visitor = { state: 'anonymous', isNew: false };
  peer.script = () => ({
    body: { sequence: 1, visitor, accepted: 1, duplicates: [], refused: [], propositions: [], memberships: [], trace },
  });
  const page = await open();
  await eventually(async () => {
    expect(await text(page)).toContain('spring for hero');
    expect(await text(page)).toContain('passed over: notInAudience, the eligibility rule is not true for this profile');
  });
});

test('nothing in it keeps people out (axe-core)', async () => {
  const page = await open();
  await eventually(async () => expect(await text(page)).toContain('offer hero-offer'));
  // Through the driver: the page's own policy lets no other script in.
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
  expect(violations).toEqual([]);
});
