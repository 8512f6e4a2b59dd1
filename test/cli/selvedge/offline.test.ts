import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMachine, type Machine } from './selvedge-run.ts';

const SLOW_MS = 120_000;
const TOKEN = 'op_main.abcdefgh12345678';

let machine: Machine;
beforeEach(async () => {
  machine = await createMachine();
});
afterEach(() => machine.gone());

describe('files without a server', { timeout: SLOW_MS }, () => {
  it('are laid out sound, with a schema for the editor, and never twice', async () => {
    expect(await machine.json(['init', '--space', 'shop'])).toMatchObject({ code: 0, space: 'shop' });
    expect(await machine.json(['validate'])).toMatchObject({ code: 0, valid: true, resources: 4 });
    expect(JSON.parse(await machine.read('.selvedge/schemas/segment.json'))).toMatchObject({
      $ref: '#/$defs/Segment',
      $defs: { Segment: { properties: { rule: { type: 'string' } }, additionalProperties: false } },
    });
    expect(await machine.read('.gitignore')).toBe('.selvedge/base.json\n');
    expect((await machine.run(['init'])).code).toBe(1);
  });

  it('show every problem at once, each with its place', async () => {
    await machine.run(['init']);
    await machine.write('offers/extra.yaml', 'name: Extra\nplacements: [nowhere]\ncontent: x\n');
    await machine.edit('segments/returning.yaml', 'public: true', 'public: maybe\nkeeper: me');
    await machine.edit('offers/welcome-back.yaml', /eligibility: .*/s, 'eligibility: inSegment("returning"\n');
    await machine.write('measures/broken.yaml', 'a: [1\nb: 2\n');
    await machine.write('placements/other.yaml', 'id: another\nname: Other\nkind: html\nfallback: ""\n');
    const { code, out } = await machine.run(['validate']);
    expect(code).toBe(1);
    const found = out.split('\n').map((line) => line.split(' ').slice(0, 2).join(' '));
    expect(found).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^measures\/broken\.yaml:2:\d+ yaml$/),
        'offers/extra.yaml:2:14 unknownPlacement',
        'offers/welcome-back.yaml:9:35 syntax',
        'placements/other.yaml:1:1 idMismatch',
        'segments/returning.yaml:7:1 type',
        'segments/returning.yaml:8:1 unknownField',
      ]),
    );
  });

  it('stay harmless: aliases that multiply, names that steer the terminal', async () => {
    await machine.run(['init']);
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg'].map((pair) => [...pair])) {
      bomb.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(',')}]`);
    }
    await machine.write('segments/bomb.yaml', `${bomb.join('\n')}\n`);
    await machine.write('placements/esc.yaml', 'name: "\\e[2J\\e]0;owned\\a"\nkind: fun\nfallback: ""\n');
    const { code, out } = await machine.run(['validate']);
    expect(code).toBe(1);
    expect(out).toContain('segments/bomb.yaml:1:1 tooLarge');
    expect(out).not.toContain('\u001b');
  });

  it('say what to do when there is nothing to go by', async () => {
    const none = await machine.run(['validate']);
    expect(none).toMatchObject({ code: 2, out: '' });
    expect(none.err).toContain('selvedge init');
    const anonymous = await machine.run(['history', '--url', 'https://selvedge.example']);
    expect(anonymous).toMatchObject({ code: 3, out: '' });
    expect(anonymous.err).toContain('selvedge login --url https://selvedge.example');
    expect((await machine.run(['plam'])).code).toBe(2);
    expect((await machine.run(['rollback', 'one'])).code).toBe(2);
    expect((await machine.run(['--help'])).code).toBe(0);
    const delegated = await machine.run(['replay', '--help']);
    expect(delegated).toMatchObject({ code: 0 });
    expect(delegated.out).toContain('Plays real history');
  });
});

describe('a token', { timeout: SLOW_MS }, () => {
  it('goes to no address but its own, unencrypted to none, and after no redirect', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization ?? ''}`);
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = { SELVEDGE_TOKEN: TOKEN };
    const plain = await machine.run(['history', '--url', 'http://selvedge.example'], { env });
    expect(plain).toMatchObject({ code: 2, out: '' });
    expect(plain.err).toContain('not encrypted');
    const redirected = await machine.run(['history', '--url', url], { env });
    expect(redirected).toMatchObject({ code: 3, out: '' });
    expect(asked).toEqual(['/v1/admin/sequences?limit=20 Bearer op_main.abcdefgh12345678']);
    server.close();
    const dead = await machine.run(['whoami', '--url', 'http://127.0.0.1:9'], { env });
    expect(dead.code).toBe(3);
    expect(dead.err).toContain('does not answer');
    for (const { out, err } of [plain, redirected, dead]) expect(out + err).not.toContain(TOKEN);
  });

  it('of another kind is told from an operator token without being repeated', async () => {
    const wrong = await machine.run(['login', '--url', 'https://selvedge.example', '--token', 'sk_main.abcdefgh1234']);
    expect(wrong).toMatchObject({ code: 3, out: '' });
    expect(wrong.err).not.toContain('abcdefgh');
  });
});
