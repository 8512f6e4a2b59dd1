import { rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { event, type Shop, startShop, unique } from '../../support/platform.ts';
import { createMachine, type Machine } from './selvedge-run.ts';

const SLOW_MS = 180_000;

let shop: Shop;
let ada: Machine;
let bob: Machine;
let token: string;

beforeAll(async () => {
  shop = await startShop();
  token = shop.platform.secrets.operatorToken;
  [ada, bob] = await Promise.all([createMachine(), createMachine()]);
  await login(ada, token);
  await login(bob, token);
}, SLOW_MS);
afterAll(async () => {
  await Promise.all([ada.gone(), bob.gone()]);
  await shop.stop();
}, SLOW_MS);

async function login(machine: Machine, held: string): Promise<void> {
  const { code, out, err } = await machine.run(['login', '--url', shop.platform.url, '--token', '-'], { input: held });
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(out).toContain('space main');
  expect(out).not.toContain(held);
}

async function call(method: string, path: string, body?: object): Promise<Readonly<Record<string, unknown>>> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await shop.send(`/v1/admin/${path}`, { method, headers, ...(body ? { body } : {}) });
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.body as Readonly<Record<string, unknown>>;
}

const live = (body: Readonly<Record<string, unknown>>) => (body.items as { sequence: number }[])[0]?.sequence ?? 0;

describe('a deployment', { timeout: SLOW_MS }, () => {
  it('is pulled into files that change nothing when they are planned and pushed', async () => {
    const pulled = await ada.json<{ written: string[] }>(['pull']);
    expect(pulled).toMatchObject({ code: 0, conflicts: [], removed: [] });
    expect(pulled.written).toContain('segments/viewer.yaml');
    expect(await ada.read('segments/viewer.yaml')).toBe(
      `# yaml-language-server: $schema=../.selvedge/schemas/segment.json

id: viewer
name: Viewed two products
purpose: personalization
public: true
observed: true
rule: |-
  xEvent[eventType = "product.viewed"].count() >= 2
`,
    );
    expect((await stat(join(ada.home, 'config/selvedge/credentials.json'))).mode & 0o777).toBe(0o600);
    expect(await ada.json(['validate'])).toMatchObject({ code: 0, valid: true, problems: [] });
    expect(await ada.json(['plan', '--exit-code'])).toMatchObject({ code: 0, changes: [], unmanaged: [], notes: [] });
    const before = await call('GET', 'audit?limit=1');
    expect(await ada.json(['push'])).toMatchObject({ code: 0, pushed: 0 });
    expect(await call('GET', 'audit?limit=1')).toEqual(before);
    expect(await ada.json(['pull'])).toMatchObject({ code: 0, written: [], kept: [] });
  });

  it('gets what the files say: planned, pushed, published, rolled back', async () => {
    await ada.edit('segments/viewer.yaml', '>= 2', '>= 3 // three of them');
    await ada.write('placements/footer.yaml', 'name: Footer\nkind: html\nfallback: <i>foot</i>\n');
    const text = await ada.run(['plan', '--exit-code']);
    expect(text.code).toBe(2);
    expect(text.out).toContain('+ placement footer  Footer');
    expect(text.out).toContain('- xEvent[eventType = "product.viewed"].count() >= 2');
    expect(text.out).toContain('segment viewer is read by offer hero-viewer');
    expect(text.out).toContain('1 to create, 1 to change.');
    const first = live(await call('GET', 'sequences'));
    expect(await ada.json(['push', '--publish', '--note', 'three views'])).toMatchObject({
      code: 0,
      pushed: 2,
      published: { sequence: first + 1 },
    });
    const read = await call('GET', 'segments/viewer');
    expect(read.views).toMatchObject({ text: 'xEvent[eventType = "product.viewed"].count() >= 3' });
    expect(await ada.json(['plan', '--exit-code'])).toMatchObject({ code: 0, changes: [] });
    const history = await ada.run(['history']);
    expect(history.out).toMatch(new RegExp(`${first + 1} .*\\(live\\) three views`));
    expect(await ada.json(['rollback', String(first)])).toMatchObject({
      code: 0,
      sequence: first + 2,
      restored: first,
    });
    expect((await ada.json<{ unpublished: string[] }>(['plan'])).unpublished).toHaveLength(1);
    expect(await ada.json(['publish'])).toMatchObject({ code: 0, sequence: first + 3 });
    expect((await ada.json<{ unpublished: string[] }>(['plan'])).unpublished).toEqual([]);
    // A comment in a file survives what others change beside it.
    await call('PUT', 'segments/viewer', { ...(read.resource as object), name: 'Looked around' });
    expect(await ada.json(['pull'])).toMatchObject({ code: 0, written: ['segments/viewer.yaml'] });
    const viewer = await ada.read('segments/viewer.yaml');
    expect(viewer).toContain('name: Looked around');
    expect(viewer).toContain('// three of them');
  });

  it('loses what no file says only when it is asked to, and its files follow what others archive', async () => {
    await bob.run(['pull']);
    await ada.json(['pull']);
    await rm(join(ada.folder, 'placements/footer.yaml'));
    expect(await ada.json(['push'])).toMatchObject({ code: 0, pushed: 0, unmanaged: ['placement footer'] });
    expect(await ada.json(['push', '--prune'])).toMatchObject({ code: 0, pushed: 1 });
    expect(await bob.json(['pull'])).toMatchObject({ code: 0, removed: ['placements/footer.yaml'] });
    await ada.write('placements/footer.yaml', 'name: Footer again\nkind: html\nfallback: <i>foot</i>\n');
    const restored = await ada.json<{ changes: { action: string }[] }>(['push']);
    expect(restored.changes.map(({ action }) => action)).toEqual(['restore']);
  });

  it('takes definitions in TypeScript for the same as files', async () => {
    const machine = await createMachine();
    await login(machine, token);
    await machine.write('selvedge.yaml', 'space: main\n');
    await machine.write(
      'selvedge.config.ts',
      `import { definePlacement, defineOffer } from 'selvedge/define';
const banner = definePlacement({ id: 'banner', name: 'Banner', kind: 'html', fallback: '' });
export const all = [banner, ...['a', 'b'].map((id) => defineOffer({ id: 'banner-' + id, name: id, placements: ['banner'], content: id, eligibility: 'inSegment("viewer")' }))];
`,
    );
    expect(await machine.json(['push'])).toMatchObject({ code: 0, pushed: 3 });
    expect(await machine.json(['plan', '--exit-code'])).toMatchObject({ code: 0, changes: [] });
    await machine.gone();
  });

  it('tells about people, and how it is', async () => {
    const customer = `customer:${unique('c')}`;
    const [namespace = '', value = ''] = customer.split(':');
    await shop.server({
      events: [event('product.viewed', { productId: 'p1' }, { identities: [{ namespace, value }] })],
    });
    const got = await ada.run(['profile', 'get', customer]);
    expect(got.out).toMatch(/^prf_\w+ {2}live, since /);
    expect(got.out).toContain(customer);
    const why = await ada.json<{ member: boolean }>(['segment', 'explain', 'viewer', customer]);
    expect(why).toMatchObject({ code: 0, member: false });
    expect(await ada.json(['profile', 'export', customer, '--out', 'all.ndjson'])).toMatchObject({ code: 0, event: 1 });
    expect((await stat(join(ada.folder, 'all.ndjson'))).mode & 0o777).toBe(0o600);
    expect(
      await ada.json(['profile', 'erase', customer, '--reason', 'they asked', '--yes', '--wait', '20']),
    ).toMatchObject({
      code: 0,
      deleted: { events: 1 },
    });
    expect(await ada.json(['audit', 'verify'])).toMatchObject({ code: 0, intact: true });
    expect((await ada.run(['segment', 'members'])).out).toContain('viewer');
    await ada.run(['publish']);
    const health = await ada.json<{ findings: { check: string; state: string }[] }>(['doctor']);
    expect(health.findings.filter(({ state }) => state === 'wrong')).toEqual([]);
    expect(health.code).toBe(0);
  });
});

describe('a push that does not fit', { timeout: SLOW_MS }, () => {
  it('shows both sides when somebody else changed the same resource, and changes nothing', async () => {
    await Promise.all([ada.run(['pull', '--force']), bob.run(['pull', '--force'])]);
    await ada.edit('offers/tie-low.yaml', 'priority: 4', 'priority: 3');
    await bob.edit('offers/tie-low.yaml', 'priority: 4', 'priority: 6');
    await bob.edit('offers/tie-a.yaml', 'priority: 5', 'priority: 7');
    expect(await ada.json(['push'])).toMatchObject({ code: 0, pushed: 1 });
    const refused = await bob.run(['push']);
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/! offer tie-low {2}changed here, and on the server by \w+/);
    expect(refused.out).toMatch(/server 3\s+here {3}6/);
    expect(refused.out).toContain('Nothing was pushed.');
    expect(await call('GET', 'offers/tie-a')).toMatchObject({ resource: { priority: 5 } });
    expect(await bob.json(['pull'])).toMatchObject({ code: 1, conflicts: ['offers/tie-low.yaml'] });
    expect(await bob.json(['push', '--force'])).toMatchObject({ code: 0, pushed: 2 });
    // Ada has not touched what Bob changed: her next push leaves it alone.
    await ada.edit('offers/tie-b.yaml', 'priority: 5', 'priority: 2');
    expect(await ada.json(['push'])).toMatchObject({ code: 0, pushed: 1, behind: ['offer tie-a', 'offer tie-low'] });
    expect(await call('GET', 'offers/tie-low')).toMatchObject({ resource: { priority: 6 } });
  });

  it('does not write over who is faster than the push itself', async () => {
    await ada.run(['pull', '--force']);
    await ada.edit('offers/timed-now.yaml', 'priority: 7', 'priority: 8');
    await ada.edit('offers/timed-later.yaml', 'priority: 8', 'priority: 9');
    // Just before the first change arrives, another one does.
    let raced = false;
    const between = createServer(async (request, response) => {
      const path = (request.url ?? '').slice('/v1/admin/'.length);
      const body = await readAll(request);
      if (request.method === 'PUT' && path === 'offers/timed-now' && !raced) {
        raced = true;
        const read = await call('GET', path);
        await call('PUT', path, { ...(read.resource as object), priority: 1 });
      }
      const { authorization = '', 'if-match': match } = request.headers;
      const answer = await fetch(`${shop.platform.url}${request.url}`, {
        method: request.method ?? 'GET',
        headers: {
          authorization,
          ...(match ? { 'if-match': match } : {}),
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body } : {}),
      });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(await answer.text());
    });
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
    const { code, out } = await ada.run(['push'], { env: { SELVEDGE_URL: url, SELVEDGE_TOKEN: token } });
    between.close();
    expect(code).toBe(1);
    expect(out).toMatch(/! offer timed-now.*server 1\s+here {3}8/s);
    expect(out).toContain('1 changed; 1 in conflict.');
    expect(await call('GET', 'offers/timed-now')).toMatchObject({ resource: { priority: 1 } });
    expect(await call('GET', 'offers/timed-later')).toMatchObject({ resource: { priority: 9 } });
  });

  it('is kept back by a problem anywhere in what it would make', async () => {
    await ada.run(['pull', '--force']);
    await ada.edit('offers/hero-viewer.yaml', 'inSegment("viewer")', 'inSegment("viwer")');
    const refused = await ada.run(['push']);
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/^offers\/hero-viewer\.yaml:\d+:13 unknownSegment .*viewer/m);
    await ada.run(['pull', '--force']);
  });

  it('is kept back where it would give browsers what they may not have, and gives them what they may', async () => {
    await ada.json(['pull']);
    const file = (rule: string) =>
      `name: Shown\npurpose: personalization\npublic: true\ninBrowser: true\nrule: '${rule}'\n`;
    await ada.write('segments/shown.yaml', file('loyaltyTier = "gold"'));
    const refused = await ada.run(['push', '--publish']);
    expect(refused.code).toBe(1);
    expect(refused.out + refused.err).toContain('It reads what is not public: attribute loyaltyTier.');
    await ada.write('segments/shown.yaml', file('xEvent[eventType = "product.viewed"].count() >= 3'));
    expect(await ada.json(['push', '--publish'])).toMatchObject({ code: 0, pushed: 1 });
    expect(await call('GET', 'segments/shown')).toMatchObject({ resource: { inBrowser: true } });
    expect(await ada.json(['plan', '--exit-code'])).toMatchObject({ code: 0, changes: [] });
    await rm(join(ada.folder, 'segments/shown.yaml'));
    expect(await ada.json(['push', '--publish', '--prune'])).toMatchObject({ code: 0, pushed: 1 });
  });

  it('names what is not there', async () => {
    expect(await ada.run(['rollback', '9999'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no sequence 9999'),
    });
    expect(await ada.run(['profile', 'get', 'customer:nobody-at-all'])).toMatchObject({ code: 1 });
    expect(await ada.run(['experiment', 'results', 'none'])).toMatchObject({ code: 1 });
    expect(await ada.run(['decision', 'explain', 'prp_none'])).toMatchObject({ code: 1 });
  });
});

describe('who may not', { timeout: SLOW_MS }, () => {
  it('is turned away with a code of its own, and no token is ever shown', async () => {
    const { token: lost } = (await call('POST', 'operators', { name: 'carla', role: 'viewer' })) as { token: string };
    const carla = await createMachine();
    await login(carla, lost);
    expect(await carla.json(['whoami'])).toMatchObject({ code: 0, name: 'carla', role: 'viewer' });
    await carla.run(['pull']);
    const looked = await carla.run(['publish']);
    expect(looked).toMatchObject({ code: 3, out: '' });
    expect(looked.err).toContain('needs the role');
    await call('DELETE', 'operators/carla');
    const turned = await carla.run(['history']);
    expect(turned).toMatchObject({ code: 3, out: '' });
    expect(turned.err).toContain('revoked');
    expect(turned.err).not.toContain(lost);
    expect((await carla.run(['doctor'])).code).toBe(3);
    await carla.gone();
  });

  it('cannot push the files of one space into another', async () => {
    await ada.edit('selvedge.yaml', 'space: main', 'space: other');
    const refused = await ada.run(['push', '--prune']);
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain('of space other');
    await ada.edit('selvedge.yaml', 'space: other', 'space: main');
  });

  it('erases nobody without saying so twice', async () => {
    const answer = await ada.run(['profile', 'erase', 'customer:c1', '--reason', 'they asked']);
    expect(answer).toMatchObject({ code: 2, out: '' });
  });
});
