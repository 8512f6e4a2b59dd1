import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Shop, startShop } from '../../support/platform.ts';
import { createMachine, type Machine } from './selvedge-run.ts';

const SLOW_MS = 180_000;

let shop: Shop;
let ada: Machine;
let sam: Machine;

beforeAll(async () => {
  shop = await startShop();
  [ada, sam] = await Promise.all([createMachine(), createMachine()]);
  const owner = shop.platform.secrets.operatorToken;
  const made = await shop.send('/v1/admin/operators', {
    method: 'POST',
    headers: { authorization: `Bearer ${owner}` },
    body: { name: 'sam', role: 'publisher' },
  });
  await login(ada, owner);
  await login(sam, (made.body as { token: string }).token);
  expect((await ada.run(['pull'])).code).toBe(0);
}, SLOW_MS);
afterAll(async () => {
  await Promise.all([ada.gone(), sam.gone()]);
  await shop.stop();
}, SLOW_MS);

async function login(machine: Machine, held: string): Promise<void> {
  const { code } = await machine.run(['login', '--url', shop.platform.url, '--token', '-'], { input: held });
  expect(code).toBe(0);
}

interface Pushed {
  readonly changeSet: { readonly id: string; readonly hash: string; readonly items: readonly unknown[] };
}

describe('change sets on the command line', { timeout: SLOW_MS }, () => {
  it('go from files to what is live: proposed, looked at, approved by somebody else, published', async () => {
    await ada.edit('segments/viewer.yaml', '>= 2', '>= 3');
    const pushed = await ada.json<Pushed>(['push', '--change-set', 'Three views']);
    expect(pushed).toMatchObject({ code: 0, changeSet: { state: 'open', items: [{ kind: 'segment', id: 'viewer' }] } });
    const { id } = pushed.changeSet;
    expect(await ada.json(['diff', '--exit-code'])).toMatchObject({ code: 0, changes: [] });
    expect(await ada.json(['diff', 'live', id, '--exit-code'])).toMatchObject({
      code: 2,
      changes: [{ kind: 'segment', id: 'viewer', fields: [{ path: 'rule' }] }],
    });
    const shown = await sam.run(['changes', 'show', id]);
    expect(shown.code).toBe(0);
    expect(shown.out).toContain('~ segment viewer');
    expect(shown.out).toContain('1 segment changes.');
    expect((await ada.run(['changes', 'submit', id, '--note', 'please look'])).code).toBe(0);
    const own = await ada.run(['changes', 'approve', id]);
    expect(own.code).not.toBe(0);
    expect(own.err).toContain('cannot approve');
    expect((await sam.run(['changes', 'approve', id, '--hash', 'another'])).code).toBe(1);
    const approved = await sam.run(['changes', 'approve', id, '--note', 'fine']);
    expect(approved.code).toBe(0);
    expect(approved.out).toContain('approved by sam');
    const published = await sam.run(['changes', 'publish', id]);
    expect(published.code).toBe(0);
    expect(published.out).toMatch(/Sequence \d+ is live/);
    const list = await ada.json<{ items: { id: string; state: string }[] }>([
      'changes',
      'list',
      '--state',
      'published',
    ]);
    expect(list.items).toMatchObject([{ id, state: 'published' }]);
    expect(await ada.json(['push', '--change-set', 'Nothing'])).toMatchObject({ code: 0, changeSet: null });
  });

  it('tell why they cannot be published', async () => {
    const one = await ada.json<{ id: string }>(['changes', 'create', 'Empty', '--description', 'for later']);
    const refused = await ada.run(['changes', 'publish', one.id]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('nothing in the change set');
    expect((await ada.run(['changes', 'schedule', one.id, 'yesterday'])).code).toBe(1);
    expect((await ada.run(['changes', 'withdraw', one.id])).out).toContain('withdrawn');
    expect((await ada.run(['changes', 'show', 'chs_nobody'])).code).toBe(1);
    expect((await ada.run(['push', '--change-set', 'x', '--publish'])).code).toBe(2);
  });

  it('stand still while publishing is frozen', async () => {
    expect((await ada.run(['freeze'])).out).toContain('Not frozen');
    expect((await ada.run(['freeze', 'Black Friday'])).out).toContain('Black Friday');
    const refused = await sam.run(['publish']);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('Black Friday');
    expect((await sam.run(['unfreeze'])).code).toBe(0);
    expect((await sam.run(['publish'])).code).toBe(0);
  });
});
