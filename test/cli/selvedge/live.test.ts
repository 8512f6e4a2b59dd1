import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { event, type Shop, startShop } from '../../support/platform.ts';
import { createMachine, type Machine } from './selvedge-run.ts';

const SLOW_MS = 180_000;

let shop: Shop;
let ada: Machine;

beforeAll(async () => {
  shop = await startShop();
  ada = await createMachine();
  const { operatorToken: input } = shop.platform.secrets;
  expect((await ada.run(['login', '--url', shop.platform.url, '--token', '-'], { input })).code).toBe(0);
}, SLOW_MS);
afterAll(async () => {
  await ada.gone();
  await shop.stop();
}, SLOW_MS);

describe('what goes on', { timeout: SLOW_MS }, () => {
  it('is watched as it comes, a line each, until there are enough', async () => {
    const tail = ada.run(['tail', '--is', 'refusal', '--most', '1', '--json']);
    let isOver = false;
    void tail.then(() => {
      isOver = true;
    });
    // Until the tail stands nothing is shown to it.
    while (!isOver) {
      await shop.visitor().interact({ events: [event('page.seen')] });
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const { code, out, err } = await tail;
    expect([code, err]).toEqual([0, expect.stringContaining('Watching')]);
    expect(JSON.parse(out)).toMatchObject({ is: 'refusal', source: 'web', type: 'page.seen', code: 'unknownType' });
  });

  it('is told at a glance: sources, queues, dead letters; and what differs from a plan', async () => {
    const { code, out } = await ada.run(['live', '--is', 'refusal']);
    expect(code).toBe(0);
    expect(out).toMatch(/Sequence \d+, published/);
    expect(out).toMatch(/^web +0 +0 +[1-9]\d* /m);
    expect(out).toContain('No dead letters.');
    expect(out).toContain('refused: unknownType');
    const tracked = await ada.run(['tracking', 'web']);
    expect([tracked.code, tracked.out]).toEqual([0, expect.stringContaining('has no tracking plan')]);
    expect((await ada.run(['tracking', 'nowhere'])).code).toBe(1);
    expect((await ada.run(['dead-letters', 'replay', 'nothing'])).code).toBe(1);
    expect(await ada.json(['dead-letters', 'list'])).toMatchObject({ code: 0, items: [] });
  });
});
