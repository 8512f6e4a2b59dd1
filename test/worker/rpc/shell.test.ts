import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Front, startFront, stateOf } from './front.ts';

let front: Front;
beforeAll(async () => {
  front = await startFront();
}, 60_000);
afterAll(() => front.stop());

const open = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
  const response = await front.get(path, headers);
  return { headers: response.headers, html: await response.text(), made: response.headers.get('x-made') };
};

it('one shell serves everybody: asked for without the visitor, filled for each, kept by nobody', async () => {
  const first = await open('/shell', {
    cookie: 'session=secret',
    authorization: 'Basic x',
    'if-none-match': '"shell"',
  });
  await expect.poll(async () => (await open('/shell')).made, { timeout: 5000 }).toBe(first.made);
  const second = await open('/shell', { cookie: 'session=other' });
  for (const { headers, html } of [first, second]) {
    expect(headers.get('x-asked-with')).toBe('accept');
    expect(headers.get('cache-control')).toBe('private, no-cache');
    expect([headers.get('etag'), headers.get('age')]).toEqual([null, null]);
    expect(headers.get('set-cookie')).toMatch(/^__Host-sv=/);
    expect(html).toContain('<p>nobody</p>');
    expect(html).toContain('data-selvedge-rendered="for-all"');
  }
  // Each with a decision, and a device, of their own.
  expect(first.headers.get('set-cookie')).not.toBe(second.headers.get('set-cookie'));
  expect(stateOf(first.html).propositions[0].id).not.toBe(stateOf(second.html).propositions[0].id);
});

it('a preview link shows the same shell', async () => {
  const plain = await open('/shell?page=2');
  await expect.poll(async () => (await open('/shell?page=2')).made, { timeout: 5000 }).toBe(plain.made);
  expect((await open('/shell?page=2&selvedge_preview=x')).made).toBe(plain.made);
  expect((await open('/shell?page=3')).made).not.toBe(plain.made);
});

it.each(['/shell-private', '/shell-cookie', '/shell-varies'])(
  '%s is no shell: it is the visitor’s own page',
  async (path) => {
    const pages = [];
    for (const name of ['anna', 'ben']) pages.push(await open(path, { cookie: `session=${name}` }));
    const [anna, ben] = pages;
    expect(anna?.html).toContain('<p>session=anna</p>');
    expect(ben?.html).toContain('<p>session=ben</p>');
    expect(ben?.html).toContain('data-selvedge-rendered="for-all"');
    expect(anna?.made).not.toBe(ben?.made);
  },
);

it('what is no page goes to the origin as it is', async () => {
  const answer = await open('/shell', { accept: 'application/json', cookie: 'session=anna' });
  expect(answer.html).toContain('<p>session=anna</p>');
  expect(answer.html).not.toContain('selvedge-state');
  expect(answer.headers.get('etag')).toBe('"shell"');
});
