import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Shop, startShop } from '../../support/platform.ts';

/** Drafts of decisions that nobody may ever see, at the operator's door: told with a place and a code, and nothing of them goes live. */
let shop: Shop;
const drafts = new Set<string>();
const operator = async (method: string, path: string, body?: object) => {
  const headers = { authorization: `Bearer ${shop.platform.secrets.operatorToken}` };
  return shop.send(`/v1/admin/${path}`, { method, headers, ...(body && { body }) });
};
const put = async (path: string, body: object) => {
  const answer = await operator('PUT', path, body);
  if (answer.status < 300) drafts.add(path);
  return answer;
};

beforeAll(async () => {
  shop = await startShop();
}, 60_000);
afterEach(async () => {
  for (const path of drafts) await operator('DELETE', path);
  drafts.clear();
});
afterAll(() => shop.stop());

const offer = (content: unknown, more: object = {}) => ({ name: 'Bad', placements: ['hero'], content, ...more });
const experiment = (more: object = {}) => ({
  name: 'Bad',
  status: 'running',
  on: { kind: 'placement', id: 'hero' },
  variants: [
    { id: 'control', weight: 0.5 },
    { id: 'other', weight: 0.5, value: { use: 'nothing' } },
  ],
  ...more,
});
/** Codes of what is wrong, by whom it is about. */
const refusals = async () => {
  const { status, body } = await operator('POST', 'publish', {});
  const errors = (body.errors ?? []) as unknown as readonly Record<'kind' | 'id' | 'pointer' | 'code', string>[];
  return [status, ...errors.map(({ kind, id, pointer, code }) => `${kind}/${id}${pointer} ${code}`)];
};

it.each<[string, unknown, string]>([
  ['nothing for the kind of its placement', null, '/content noContent'],
  ['another kind of content', { url: '/sale' }, '/content contentKind'],
  ['a script', '<p>x<script>alert(1)</script></p>', '/content unsafeHtml'],
  ['a handler', '<img src="/x.svg" onerror="alert(1)">', '/content unsafeHtml'],
  ['an address that runs', '<a href="java&#10;script:alert(1)">x</a>', '/content unsafeUrl'],
  ['a value where it could run', '<style>{{context.campaign.source}}</style>', '/content unsafePlace'],
  [
    'items of a strategy that does not exist',
    '{{#items.typo}}<p>{{title}}</p>{{/items.typo}}',
    '/content unknownValue',
  ],
  ['a value that nobody declared public', '<p>{{attribute.firstName}}</p>', '/content privateValue'],
  ['a template that is never closed', '<p>{{#attribute.loyaltyTier}}x</p>', '/content templateSyntax'],
])('an offer with %s', async (_, content, expected) => {
  expect((await put('offers/bad', offer(content))).status).toBeLessThan(300);
  expect(await refusals()).toEqual([422, `offer/bad${expected}`]);
});

it.each(['h1{} body', 'h1)', 'a,,b', '/* */'])('a DOM action that selects %j', async (selector) => {
  await put('placements/page', { name: 'Page', kind: 'dom' });
  await put('offers/bad', offer({ actions: [{ action: 'hide', selector }] }, { placements: ['page'] }));
  expect(await refusals()).toEqual([422, 'offer/bad/content/actions/0/selector contentKind']);
});

it('an offer with a megabyte of content', async () => {
  const answer = await put('offers/bad', offer(`<p>${'x'.repeat(1_000_000)}</p>`));
  const told = answer.status < 300 ? await refusals() : [answer.status, answer.problem];
  expect(told).toEqual([413, 'tooLarge']);
});

it('weights that do not add up, and variants that do not exist', async () => {
  const variants = [
    { id: 'control', weight: 0.5 },
    { id: 'other', weight: 0.6, value: { use: 'offer', id: 'nope' } },
  ];
  await put('experiments/bad', experiment({ variants }));
  expect(await refusals()).toEqual([
    422,
    'experiment/bad/variants/1/value/id unknownVariantValue',
    'experiment/bad/variants weightsDoNotAddUp',
  ]);
});

it('layers that overlap, and experiments that change the same outside of one', async () => {
  const layer = { id: 'home', from: 0, to: 0.6 };
  await put('experiments/bad-a', experiment({ layer }));
  await put('experiments/bad-b', experiment({ layer: { ...layer, from: 0.5, to: 1 } }));
  expect(await refusals()).toEqual([422, 'experiment/bad-b/layer layerOverlap', 'experiment/bad-a/layer layerOverlap']);
  await put('experiments/bad-b', experiment());
  expect(await refusals()).toEqual([
    422,
    'experiment/bad-b/on experimentConflict',
    'experiment/bad-a/on experimentConflict',
  ]);
  await put('experiments/bad-b', experiment({ layer: { ...layer, from: 0.6, to: 1 } }));
  expect((await refusals())[0]).toBe(201);
});
