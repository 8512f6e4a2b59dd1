import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { event, type Shop, startShop } from '../../support/platform.ts';
import { createMachine, type Machine } from './selvedge-run.ts';

const SLOW_MS = 180_000;
const PEOPLE = 24;

let shop: Shop;
let ada: Machine;

beforeAll(async () => {
  shop = await startShop({ queueDelaySeconds: 0 });
  ada = await createMachine();
  await ada.run(['login', '--url', shop.platform.url, '--token', '-'], { input: shop.platform.secrets.operatorToken });
  const events = Array.from({ length: PEOPLE }, (_, number) =>
    event(
      'profile.updated',
      { attributes: { loyaltyTier: number % 2 ? 'gold' : 'silver' } },
      { identities: [{ namespace: 'customer', value: `cli-${number}` }] },
    ),
  );
  expect((await shop.server({ events })).body.accepted).toBe(PEOPLE);
  await ada.run(['pull']);
  const d1 = await shop.platform.miniflare.getD1Database('CONTROL', 'selvedge');
  const indexed = async () => (await d1.prepare('SELECT count(*) AS n FROM profile').first<{ n: number }>())?.n;
  while ((await indexed()) !== PEOPLE) await new Promise((resolve) => setTimeout(resolve, 200));
}, SLOW_MS);
afterAll(async () => {
  await ada.gone();
  await shop.stop();
}, SLOW_MS);

const golden = `id: golden
name: Golden
purpose: personalization
public: false
rule: |-
  loyaltyTier = "gold"
`;

describe('what a change would do', { timeout: SLOW_MS }, () => {
  it('is told for a rule, in the words of people and as JSON', async () => {
    const told = await ada.run(['segment', 'estimate', 'loyaltyTier = "gold"']);
    expect([told.code, told.out]).toEqual([0, expect.stringContaining(`${PEOPLE / 2} of ${PEOPLE} people`)]);
    expect(told.out).toContain('Exact');
    const json = await ada.json<{ members: { value: number } }>(['segment', 'estimate', 'loyaltyTier = "silver"']);
    expect(json).toMatchObject({ code: 0, members: { value: PEOPLE / 2 } });
    const wrong = await ada.run(['segment', 'estimate', 'loyaltyTeir = "gold"']);
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('loyaltyTeir')]);
  });

  it('is told with a plan: of what was pushed, and what was not is named', async () => {
    await ada.write('segments/golden.yaml', golden);
    const before = await ada.run(['plan', '--shadow']);
    expect(before.out).toContain('not pushed yet');
    expect((await ada.run(['push'])).code).toBe(0);
    const after = await ada.run(['plan', '--shadow', '--exit-code']);
    expect([after.code, after.out]).toEqual([0, expect.stringMatching(/segment\s+golden\s+added\s+0\s+12\s+12\s+0/)]);
    expect(after.out).toContain('golden: enter prf_');
    const json = await ada.json<{ shadow: { segments: readonly { segment: string }[] } }>(['plan', '--shadow']);
    expect(json.shadow.segments.map(({ segment }) => segment)).toEqual(['golden']);
  });

  it('comes true with a sweep, whose members are listed', async () => {
    expect((await ada.run(['publish'])).code).toBe(0);
    // The publish has begun one by itself.
    expect((await ada.run(['sweep'])).code).toBe(0);
    const swept = await ada.run(['sweep', 'start', '--rate', '500', '--watch']);
    expect([swept.code, swept.out]).toEqual([0, expect.stringContaining(`done: ${PEOPLE} of ${PEOPLE}`)]);
    expect(await ada.json(['sweep', 'status'])).toMatchObject({ code: 0, status: 'done', handled: PEOPLE });
    const over = await ada.run(['sweep', 'pause']);
    expect([over.code, over.err]).toEqual([1, expect.stringContaining('done')]);
    expect((await ada.run(['sweep', 'start', '--rate', '0'])).code).toBe(2);
    const list = () =>
      ada.json<{ count: number; items: readonly unknown[] }>(['segment', 'members', 'golden', '--list']);
    while ((await list()).items.length < PEOPLE / 2) await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await list()).toMatchObject({ code: 0, count: PEOPLE / 2 });
    expect((await ada.run(['segment', 'members', 'nothing', '--list'])).code).toBe(1);
  });
});
