import { afterAll, beforeAll, expect, it } from 'vitest';
import { event, order, type Shop, startShop, unique, viewed } from '../../support/platform.ts';

/** Each reason and rejection that decisions of more than eligibility may carry, seen at the door. */
let shop: Shop;
const operator = (method: string, path: string, body: object) =>
  shop.send(`/v1/admin/${path}`, {
    method,
    headers: { authorization: `Bearer ${shop.platform.secrets.operatorToken}` },
    body,
  });
const put = async (path: string, body: object) => {
  const { status, text } = await operator('PUT', path, body);
  if (status >= 300) throw new Error(`${path}: ${text}`);
};
const place = (id: string, more: object = {}) =>
  put(`placements/${id}`, { name: id, kind: 'html', fallback: `<i>${id}</i>`, ...more });
const offer = (id: string, placements: readonly string[], more: object = {}) =>
  put(`offers/${id}`, { name: id, placements, purpose: 'necessary', content: `<p>${id}</p>`, ...more });

beforeAll(async () => {
  shop = await startShop();
  await put('attributes/tier', { name: 'Tier', type: 'string', public: true, requires: 'recognised' });
  for (const id of ['left', 'right']) await place(id, { dedupeGroup: 'sides' });
  await offer('one-side', ['left', 'right']);
  await place('rare', { caps: [{ count: 1, of: 'decision' }] });
  await offer('rare-one', ['rare']);
  await place('many');
  await offer('had-enough', ['many'], { priority: 9, caps: [{ count: 1, of: 'click' }] });
  await offer('bought', ['many'], {
    priority: 8,
    item: 'p9',
    suppressAfter: [{ event: 'order.placed', ownItem: true }],
  });
  await offer('gone', ['many'], { priority: 7, budget: { total: 1 } });
  await offer('personal', ['many'], { priority: 6, content: '<p>{{attribute.tier}}</p>' });
  await offer('shown', ['many'], { priority: 5, exclusionGroup: 'wraps' });
  await place('later', { priority: -1 });
  await offer('other-wrap', ['later'], { exclusionGroup: 'wraps' });
  await place('data', { kind: 'json', fallback: null });
  await place('tested');
  await offer('plain-one', ['tested']);
  for (const [id, value] of [
    ['test-own', { use: 'content', content: '<u>own</u>' }],
    ['test-none', { use: 'nothing' }],
  ] as const) {
    await put(`experiments/${id}`, {
      name: id,
      status: 'running',
      purpose: 'necessary',
      on: id === 'test-own' ? { kind: 'placement', id: 'tested' } : { kind: 'offer', id: 'left-out' },
      variants: [
        { id: 'control', weight: 0 },
        { id: 'only', weight: 1, value },
      ],
    });
  }
  await place('empty-handed');
  await offer('left-out', ['empty-handed']);
  const published = await operator('POST', 'publish', {});
  if (published.status >= 300) throw new Error(published.text);
}, 60_000);
afterAll(() => shop.stop());

it('are told of every offer and placement', async () => {
  const who = { namespace: 'customer', value: unique('c') };
  const now = () => ({ occurredAt: new Date().toISOString() });
  await shop.server({
    events: [
      viewed('p1', { identities: [who] }),
      event(
        'proposition.clicked',
        { proposition: 'prp_1', placement: 'many', offer: 'had-enough' },
        { identities: [who] },
      ),
      order({
        ...now(),
        identities: [who],
        data: { orderId: unique('o'), total: 5, currency: 'EUR', items: [{ productId: 'p9', quantity: 1 }] },
      }),
    ],
  });
  const ask = (placements: readonly string[]) =>
    shop.decide({ identity: who, placements: [...placements], include: ['trace'] });
  const rejections = (answer: Awaited<ReturnType<typeof ask>>) =>
    Object.fromEntries(
      (answer.body.trace ?? []).map(({ placement, offer: id, rejection }) => [`${placement}/${id}`, rejection]),
    );
  const reasons = (answer: Awaited<ReturnType<typeof ask>>) =>
    Object.fromEntries(answer.body.propositions.map(({ placement, reason }) => [placement, reason]));

  const sides = await ask(['left', 'right']);
  expect(reasons(sides)).toEqual({ left: 'eligible', right: 'outranked' });
  expect(rejections(sides)).toEqual({ 'left/one-side': null, 'right/one-side': 'repeated' });

  expect(reasons(await ask(['rare']))).toEqual({ rare: 'eligible' });
  const again = await ask(['rare']);
  expect(reasons(again)).toEqual({ rare: 'capped' });
  expect(rejections(again)).toEqual({ 'rare/rare-one': 'placementCapped' });

  // Somebody takes what there is of the budget.
  const rich = shop.visitor();
  await rich.interact({ events: [viewed()] });
  expect((await rich.interact({ placements: ['many'] })).body.propositions[0]?.offer).toBe('had-enough');
  const first = await ask(['many', 'later']);
  const second = await ask(['many', 'later']);
  expect(rejections(first)['many/gone']).toBeOneOf([null, 'budgetSpent']);
  expect(rejections(second)).toMatchObject({
    'many/had-enough': 'capped',
    'many/bought': 'suppressed',
    'many/gone': 'budgetSpent',
    'many/personal': 'missingValue',
    'many/shown': null,
    'later/other-wrap': 'excluded',
  });

  const tested = await ask(['tested', 'empty-handed']);
  expect(reasons(tested)).toEqual({ tested: 'assigned', 'empty-handed': 'assigned' });
  expect(rejections(tested)['empty-handed/left-out']).toBe('variant');

  const preview = await operator('POST', 'previews', { offers: { rare: 'rare-one' } });
  const { token } = preview.body as unknown as { readonly token: string };
  const forced = await shop.decide({ identity: who, placements: ['rare'], preview: token });
  expect(reasons(forced)).toEqual({ rare: 'forced' });
});

it('an offer without content for the kind of its placement is refused before anybody could see `noContent`', async () => {
  await offer('wrong-kind', ['data'], { content: null, contents: { html: '<p>x</p>' } });
  await place('words');
  await offer('no-words', ['words'], { content: null });
  const { text } = await operator('POST', 'publish', {});
  expect(text).toContain(`${'noContent'}`);
});
