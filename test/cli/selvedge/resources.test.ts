import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Shop, startShop } from '../../support/platform.ts';
import { createMachine, type Machine } from './selvedge-run.ts';

const SLOW_MS = 180_000;

let shop: Shop;
let ada: Machine;
let token: string;

beforeAll(async () => {
  shop = await startShop();
  token = shop.platform.secrets.operatorToken;
  ada = await createMachine();
  const login = await ada.run(['login', '--url', shop.platform.url, '--token', '-'], { input: token });
  expect(login.code).toBe(0);
  await ada.run(['pull']);
}, SLOW_MS);
afterAll(async () => {
  await ada.gone();
  await shop.stop();
}, SLOW_MS);

interface Listed {
  readonly items: readonly { readonly kind: string; readonly id: string; readonly version: number }[];
}
const ids = async (...args: readonly string[]) => (await ada.json<Listed>(['list', ...args])).items.map(({ id }) => id);

describe('resources on the command line', { timeout: SLOW_MS }, () => {
  it('carry their annotations through files, and are found by them', async () => {
    await ada.edit(
      'segments/viewer.yaml',
      'purpose:',
      'description: |-\n  Two lines\n  of text\nfolder: summer/sale\ntags: [vip, Two Words]\nowner: ada\npurpose:',
    );
    expect(await ada.json(['push'])).toMatchObject({ code: 0, pushed: 1 });
    expect(await ada.json(['plan', '--exit-code'])).toMatchObject({ code: 0, changes: [] });
    for (const query of [
      ['--q', 'lines TWO'],
      ['--tag', 'Two Words'],
      ['--in', 'summer'],
      ['--owner', 'ada'],
    ])
      expect([query, await ids('segments', ...query)]).toEqual([query, ['viewer']]);
    const all = await ids('--sort=-updatedAt');
    expect(all[0]).toBe('viewer');
    expect(all.length).toBeGreaterThan(10);
    expect(await ids('--limit', '3')).toHaveLength(3);
    const table = await ada.run(['list', 'segment']);
    expect(table.out).toMatch(/segment {2}viewer .*summer\/sale {2}vip, Two Words {2}ada/);
    expect((await ada.run(['list', 'nonsense'])).code).toBe(2);
  });

  it('show what they were and what changed', async () => {
    const now = await ada.run(['show', 'segment', 'viewer']);
    expect(now).toMatchObject({ code: 0 });
    expect(now.out).toContain('folder: summer/sale');
    const before = await ada.run(['show', 'segment', 'viewer', '--version', '1']);
    expect(before.out).toMatch(/^# version 1, /);
    expect(before.out).not.toContain('folder:');
    const log = await ada.run(['log', 'segment', 'viewer', '--changes']);
    expect(log.out).toMatch(/version 2 .*\n {4}(?:description|folder|tags|owner)/);
    expect(log.out).toContain('+ summer/sale');
    expect(log.out).toContain('(the first)');
    expect((await ada.run(['log', 'segment', 'viewer'])).out).toMatch(/version .*\n +2 .*\n +1 /);
    expect(await ada.run(['show', 'segment', 'nobody'])).toMatchObject({ code: 1, out: '' });
  });

  it('are copied, archived when nobody uses them, and restored', async () => {
    expect((await ada.run(['copy', 'segment', 'viewer', 'viewer-two', '--name', 'Again'])).code).toBe(0);
    const uses = await ada.run(['uses', 'segment', 'viewer']);
    expect(uses.out).toMatch(/used by {2}offer {2,}hero-viewer .*\/eligibility/);
    const stays = await ada.run(['archive', 'segment', 'viewer']);
    expect(stays.code).toBe(1);
    expect(stays.out).toContain('offer hero-viewer  /eligibility');
    expect((await ada.run(['archive', 'segment', 'viewer-two'])).code).toBe(0);
    expect(await ids('segment', '--q', 'again')).toEqual([]);
    expect(await ids('segment', '--q', 'again', '--archived')).toEqual(['viewer-two']);
    expect((await ada.run(['restore', 'segment', 'viewer-two'])).code).toBe(0);
    expect(await ids('segment', '--q', 'again')).toEqual(['viewer-two']);
    const back = await ada.json<{ version: number }>(['restore', 'segment', 'viewer', '--version', '1']);
    expect(back.version).toBe(3);
    expect(await ids('segments', '--in', 'summer')).toEqual(['viewer-two']);
    expect((await ada.run(['copy', 'segment', 'viewer', 'viewer-two'])).code).toBe(1);
  });

  it('that use each other go together when no file says them any more', async () => {
    await ada.run(['pull', '--force']);
    await ada.write('placements/ring.yaml', 'name: Ring\nkind: html\nranker: ring\n');
    await ada.write('rankers/ring.yaml', 'name: Ring\nmethod: manual\norder: [ring]\n');
    await ada.write('offers/ring.yaml', 'name: Ring\nplacements: [ring]\ncontent: x\n');
    expect(await ada.json(['push'])).toMatchObject({ code: 0, pushed: 3 });
    for (const file of ['placements', 'rankers', 'offers']) await rm(join(ada.folder, file, 'ring.yaml'));
    expect((await ada.run(['archive', 'ranker', 'ring'])).code).toBe(1);
    expect(await ada.json(['push', '--prune'])).toMatchObject({ code: 0, pushed: 3, refused: [] });
    expect((await ids('--q', 'ring')).filter((id) => id === 'ring')).toEqual([]);
  });

  it('go into one file and out of it', async () => {
    const made = await ada.json<{ resources: number; leftOut: unknown[] }>(['export', 'all.json']);
    expect(made.code).toBe(0);
    expect(made.resources).toBeGreaterThan(10);
    const again = await ada.json<{ items: { outcome: string }[] }>(['import-config', 'all.json']);
    expect(again).toMatchObject({ code: 0, changeSet: null });
    expect(new Set(again.items.map(({ outcome }) => outcome))).toEqual(new Set(['same']));
    await ada.edit('all.json', '"name":"Again"', '"name":"Once more"');
    const tried = await ada.run(['import-config', 'all.json', '--dry-run']);
    expect(tried.out).toMatch(/~ segment viewer-two\n1 to change, \d+ the same\./);
    const set = await ada.json<{ changeSet: string }>(['import-config', 'all.json']);
    expect(set.changeSet).toEqual(expect.any(String));
    expect(await ids('--q', 'once more')).toEqual([]);
    expect((await ada.run(['import-config', 'all.json', '--drafts'])).code).toBe(0);
    expect(await ids('--q', 'once more')).toEqual(['viewer-two']);
    await ada.write('none.json', '{"format": 7}');
    expect((await ada.run(['import-config', 'none.json'])).code).toBe(1);
    expect((await ada.run(['import-config', 'missing.json'])).code).toBe(2);
  });
});
