import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { event, type Shop, startShop, unique, viewed } from '../../support/platform.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
}, 60_000);
afterAll(() => shop.stop());

const id = (namespace: string, value: string) => ({ namespace, value });
const operator = (path: string, body?: object) =>
  shop.send(`/v1/admin/people${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${shop.platform.secrets.operatorToken}` },
    ...(body ? { body } : {}),
  });
const BAD = [
  [id('passport', 'x-1'), 'unknownNamespace'],
  [id('loyalty', ' NULL '), 'blocked'],
  [id('email', 'nobody'), 'invalid'],
  [id('crm', 'x'.repeat(2048)), 'tooLong'],
] as const;
const told = (index: number) => BAD.map(([{ namespace }, reason]) => ({ index, namespace, reason }));

describe('an id that counts for nothing beside a good one', () => {
  it('is told to a server that names people, with the place and never with the value', async () => {
    const good = id('customer', unique('good'));
    const named = [good, ...BAD.map(([bad]) => bad)];
    const { body } = await shop.server({
      events: [viewed('p1', { identities: [good] }), viewed('p2', { identities: named })],
    });
    expect(body).toMatchObject({ accepted: 2, refused: [], ignored: told(1) });
    expect(JSON.stringify(body)).not.toMatch(/x-1|nobody|xxxx/);
  });

  it('is told to a page, which only claims them, and to a server that speaks for a visitor', async () => {
    const visitor = shop.visitor();
    const claimed = [id('email', `${unique('m')}@shop.example`), ...BAD.map(([bad]) => bad)];
    const { body } = await visitor.interact({ events: [viewed('p1'), viewed('p2', { identities: claimed })] });
    expect(body).toMatchObject({ accepted: 2, ignored: told(1) });
    const named = [id('customer', unique('c')), ...BAD.map(([bad]) => bad)];
    const spoken = { visitor: visitor.token, events: [event('signed.in', {}, { identities: named })] };
    const answer = await shop.server(spoken, '/v1/interact');
    expect(answer.body).toMatchObject({ accepted: 1, ignored: told(0) });
  });

  it('is not told where the whole event was refused, and nothing is where nothing was left out', async () => {
    const { body } = await shop.server({ events: [viewed('p1', { identities: [id('passport', 'x-1')] })] });
    expect([body.refused?.map(({ code }) => code), body.ignored]).toEqual([['blockedIdentity'], undefined]);
    const fine = await shop.server({ events: [viewed('p1', { identities: [id('customer', unique('c'))] })] });
    expect([fine.body.accepted, Object.hasOwn(fine.body, 'ignored')]).toEqual([1, false]);
  });

  it('is told of somebody who was erased and is not to be stored again', async () => {
    const [gone, good] = [id('customer', unique('gone')), id('email', `${unique('m')}@shop.example`)];
    await shop.server({ events: [viewed('p1', { identities: [gone] })] });
    const request = unique('erase-suppressed');
    await operator('/erase', { ...gone, request, suppress: true, reason: 'asked to be forgotten' });
    await expect
      .poll(async () => ((await operator(`/erasures/${request}`)).body as { finishedAt?: string }).finishedAt)
      .toEqual(expect.any(String));
    const suppressed = [{ index: 0, namespace: 'customer', reason: 'suppressed' }];
    const batch = await shop.server({ events: [viewed('p2', { identities: [gone, good] })] });
    expect(batch.body).toMatchObject({ accepted: 1, refused: [], ignored: suppressed });
    const visitor = shop.visitor();
    await visitor.interact({ events: [viewed('p3')] });
    const spoken = { visitor: visitor.token, events: [viewed('p4', { identities: [gone] })] };
    const answer = await shop.server(spoken, '/v1/interact');
    expect(answer.body).toMatchObject({ accepted: 1, visitor: { state: 'anonymous' }, ignored: suppressed });
  });
});
