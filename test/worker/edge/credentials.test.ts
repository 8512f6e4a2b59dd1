import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DeviceId,
  formatDeviceId,
  type Instant,
  type Jurisdiction,
  mintUuidV7,
  type Space,
} from '../../../core/lib/ids.ts';
import { createSecrets, workerBindings } from '../../../dev/secrets.ts';
import { createVisitorKeys } from '../../../worker/http/visitor-keys.ts';
import { createVisitorTokens } from '../../../worker/http/visitor-token.ts';
import { birthProfile } from '../../../worker/identity-names.ts';
import { chosen, type Shop, startShop, unique, viewed } from '../../support/platform.ts';

const secrets = createSecrets();
const oldKey = randomBytes(32);
const key = new Uint8Array(Buffer.from(secrets.visitorKey, 'base64'));
const NOW = Date.now();
const DAY = 86_400_000;

let shop: Shop;
beforeAll(async () => {
  // Generation 2 signs, generation 1 is still honoured, generation 3 nobody knows.
  const keys = JSON.stringify({ current: 2, keys: { 1: oldKey.toString('base64'), 2: secrets.visitorKey } });
  shop = await startShop({ secrets, bindings: { ...workerBindings(secrets), VISITOR_KEYS: keys } });
});
afterAll(() => shop.stop());

interface Forgery {
  readonly generation?: number;
  readonly key?: Uint8Array;
  readonly space?: string;
  readonly group?: string;
  readonly jurisdiction?: Jurisdiction;
  readonly at?: number;
  readonly device?: DeviceId;
}

const newDevice = () => formatDeviceId(mintUuidV7(NOW as Instant, randomBytes(10)));

/** A token for source `app`, signed as we would, but for what is said. */
function sign({
  generation = 2,
  key: with_ = key,
  space = 'main',
  group = 'app',
  jurisdiction = 'none',
  at = NOW,
  device = newDevice(),
}: Forgery = {}): Promise<string> {
  const tokens = createVisitorTokens(createVisitorKeys(new Map([[generation, with_]]), generation));
  return tokens.sign(
    { device, profile: birthProfile(device, jurisdiction), epoch: 1 },
    { space: space as Space, group, jurisdiction },
    at,
  );
}

function withToken(token: string) {
  const visitor = shop.visitor('app');
  visitor.token = token;
  return visitor;
}

describe('visitor tokens', () => {
  it('takes a token that was signed for this very source group', async () => {
    const answer = await withToken(await sign()).interact({ events: [viewed()] });
    expect(answer.body).toMatchObject({ accepted: 1, visitor: { isNew: false } });
    expect(answer.body.visitor.token).toBeUndefined();
  });

  it.each([
    ['signed with another key', { key: randomBytes(32) }, 'forged'],
    ['of another space', { space: 'other' }, 'otherScope'],
    ['of another group of sources', { group: 'shop' }, 'otherScope'],
    ['of another jurisdiction', { jurisdiction: 'eu' as const }, 'otherScope'],
    ['of a key generation that is gone', { generation: 3 }, 'unknownKey'],
    ['401 days old', { at: NOW - 401 * DAY }, 'expired'],
  ])('refuses a token %s, and stores nothing', async (_, forgery, why) => {
    const before = await shop.objects('PROFILE');
    const answer = await withToken(await sign(forgery)).interact({ events: [viewed()] });
    expect([answer.status, answer.problem]).toEqual([401, 'invalidVisitor']);
    expect(answer.text).toContain(why);
    expect(await shop.objects('PROFILE')).toBe(before);
  });

  it('refuses a token with any byte changed', async () => {
    const token = await sign();
    for (const at of [0, 2, 5, 9, 20, 40, 60, 80]) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect((await withToken(changed).interact({ events: [viewed()] })).problem).toBe('invalidVisitor');
    }
  });

  it.each(['x', 'A'.repeat(82), '"', '\u0000', '../..', 'a'.repeat(200)])(
    'refuses what is no token: %j',
    async (token) => {
      expect((await withToken(token).interact({ events: [viewed()] })).problem).toBe('invalidVisitor');
    },
  );

  it('refuses the token of source web at a source of another group, and takes it at one of its own', async () => {
    const web = shop.visitor('web');
    await web.interact({ events: [viewed()] });
    expect((await withToken(web.token).interact({ events: [viewed()] })).problem).toBe('invalidVisitor');
    const second = shop.visitor('second');
    second.token = web.token;
    expect((await second.interact({ events: [viewed()] })).body.visitor.isNew).toBe(false);
  });

  it('takes a token of the generation before, knows its visitor, and signs it anew', async () => {
    const device = newDevice();
    const visitor = withToken(await sign({ device }));
    await visitor.collect({ events: [viewed()] });
    visitor.token = await sign({ device, generation: 1, key: oldKey });
    const before = visitor.token;
    const answer = await visitor.collect({ events: [viewed()] });
    expect(answer.body).toMatchObject({ accepted: 1, visitor: { isNew: false } });
    expect(visitor.token).not.toBe(before);
    const tokens = createVisitorTokens(createVisitorKeys(new Map([[2, key]]), 2));
    const renewed = await tokens.verify(
      visitor.token,
      { space: 'main' as Space, group: 'app', jurisdiction: 'none' },
      NOW,
    );
    expect(renewed).toMatchObject({ ok: true, value: { device, generation: 2 } });
    expect((await visitor.collect({ events: [viewed()] })).body.visitor.token).toBeUndefined();
  });

  it('signs a token of 31 days anew, so that a visitor who comes back never runs out', async () => {
    const answer = await withToken(await sign({ at: NOW - 31 * DAY })).collect({ events: [viewed()] });
    expect(answer.body.visitor.token).toBeDefined();
  });

  it('takes back the tokens of a group that were signed before a time, and their visitors start anew', async () => {
    const authorization = { authorization: `Bearer ${secrets.operatorToken}` };
    const admin = async (method: string, path: string, body?: object) =>
      (await shop.send(`/v1/admin/${path}`, { method, headers: authorization, body })).body as { resource?: object };
    const old = await sign({ group: 'strict', at: NOW - 7_200_000 });
    const strict = (token: string) => {
      const visitor = shop.visitor('strict');
      visitor.token = token;
      return visitor.collect({ consent: { personalization: 'in' }, events: [viewed()] });
    };
    expect((await strict(old)).body).toMatchObject({ accepted: 1, visitor: { isNew: false } });
    const { resource } = await admin('GET', 'sources/strict');
    await admin('PUT', 'sources/strict', { ...resource, revokedBefore: Math.floor(NOW / 1000) - 3600 });
    await admin('POST', 'publish', {});
    const refused = await strict(old);
    expect([refused.status, refused.problem]).toEqual([401, 'invalidVisitor']);
    expect(refused.text).toContain('revoked');
    expect((await strict('')).body).toMatchObject({ accepted: 1, visitor: { isNew: true } });
    expect((await strict(await sign({ group: 'strict' }))).body).toMatchObject({ visitor: { isNew: false } });
    // Other groups keep theirs.
    expect((await withToken(await sign({ at: NOW - 7_200_000 })).collect({ events: [viewed()] })).status).toBe(200);
  });

  it('keeps profiles of another jurisdiction under names of their own', async () => {
    const visitor = shop.visitor('eu');
    expect((await visitor.collect({ events: [viewed()] })).body.accepted).toBe(1);
    const tokens = createVisitorTokens(createVisitorKeys(new Map([[2, key]]), 2));
    const token = await tokens.verify(visitor.token, { space: 'main' as Space, group: 'app', jurisdiction: 'eu' }, NOW);
    expect(token.ok && token.value.profile).toMatch(/^prf_1e/);
  });
});

describe('identity proofs', () => {
  const claims = (more: object = {}) => {
    const now = Math.floor(Date.now() / 1000);
    return { sub: unique('c'), aud: 'web', iat: now, exp: now + 60, jti: unique('j'), ...more };
  };
  const hs = (secret: string, more: object = {}, header: object = {}) =>
    new SignJWT(claims(more))
      .setProtectedHeader({ alg: 'HS256', kid: 'shop-1', ...header })
      .sign(new TextEncoder().encode(secret));
  const unsigned = (header: object, more: object = {}) =>
    [header, claims(more)].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const login = (proof: string) => shop.visitor().interact({ proof, events: [viewed()], placements: ['member'] });

  it('takes a proof of each kind of key that the source holds', async () => {
    const ec = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'ES256', kid: 'ec-1' })
      .sign(shop.proof.ec.privateKey);
    const rsa = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'RS256', kid: 'rsa-1' })
      .sign(shop.proof.rsa.privateKey);
    for (const proof of [await hs(shop.proof.hs256), ec, rsa]) {
      const answer = await login(proof);
      expect([answer.status, answer.body.visitor?.state, chosen(answer)]).toEqual([
        200,
        'authenticated',
        { member: 'member-only' },
      ]);
    }
  });

  const now = () => Math.floor(Date.now() / 1000);
  const pem = () => shop.proof.rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const bad: Readonly<Record<string, () => string | Promise<string>>> = {
    'with alg none': () => `${unsigned({ alg: 'none', kid: 'shop-1' })}.`,
    'with alg none for a public key': () => `${unsigned({ alg: 'none', kid: 'rsa-1' })}.`,
    'signed by HMAC with the public RSA key (HS/RS confusion)': () => hs(pem(), {}, { kid: 'rsa-1' }),
    'that names another algorithm than its key': () =>
      new SignJWT(claims())
        .setProtectedHeader({ alg: 'HS512', kid: 'shop-1' })
        .sign(new TextEncoder().encode(shop.proof.hs256)),
    'signed with a wrong secret': () => hs('x'.repeat(43)),
    'signed with a wrong EC key': () =>
      new SignJWT(claims())
        .setProtectedHeader({ alg: 'ES256', kid: 'ec-1' })
        .sign(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    'of an unknown kid': () => hs(shop.proof.hs256, {}, { kid: 'nobody' }),
    'without a kid': () => hs(shop.proof.hs256, {}, { kid: undefined }),
    'for another audience': () => hs(shop.proof.hs256, { aud: 'app' }),
    'without an audience': () => hs(shop.proof.hs256, { aud: undefined }),
    'that lives for an hour': () => hs(shop.proof.hs256, { exp: now() + 3600 }),
    'that has expired': () => hs(shop.proof.hs256, { iat: now() - 200, exp: now() - 60 }),
    'issued in the future': () => hs(shop.proof.hs256, { iat: now() + 120, exp: now() + 180 }),
    'without jti': () => hs(shop.proof.hs256, { jti: undefined }),
    'without exp': () => hs(shop.proof.hs256, { exp: undefined }),
    'without iat': () => hs(shop.proof.hs256, { iat: undefined }),
    'without sub': () => hs(shop.proof.hs256, { sub: undefined }),
    'about "null"': () => hs(shop.proof.hs256, { sub: 'null' }),
    'about "Anonymous "': () => hs(shop.proof.hs256, { sub: 'Anonymous ' }),
    'in a namespace that many people share': () => hs(shop.proof.hs256, { ns: 'email', sub: 'a@b.test' }),
    'in a namespace that is none': () => hs(shop.proof.hs256, { ns: '__proto__' }),
    'with its payload swapped': async () => {
      const [head, , mac] = (await hs(shop.proof.hs256)).split('.');
      return `${head}.${Buffer.from(JSON.stringify(claims())).toString('base64url')}.${mac}`;
    },
    'whose key is no point on its curve': () =>
      new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', kid: 'broken' }).sign(shop.proof.ec.privateKey),
    'that is no JWT': () => 'a.b.c',
    'that is empty': () => '',
  };

  it.each(Object.keys(bad))('refuses a proof %s, and stores nothing of the request', async (name) => {
    const before = [await shop.objects('PROFILE'), await shop.objects('DIRECTORY')];
    const answer = await login((await bad[name]?.()) ?? '');
    expect([answer.status, answer.problem]).toEqual([401, 'invalidProof']);
    expect(answer.text).toContain('"detail":"');
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect([await shop.objects('PROFILE'), await shop.objects('DIRECTORY')]).toEqual(before);
  });

  it.each([
    ['that has expired', 'expired'],
    ['issued in the future', 'future'],
    ['for another audience', 'otherSource'],
    ['with alg none', 'otherAlgorithm'],
    ['signed with a wrong secret', 'badSignature'],
    ['that lives for an hour', 'livesTooLong'],
    ['of an unknown kid', 'unknownKey'],
    ['about "null"', 'namesNobody'],
  ])('says why it refuses a proof %s', async (name, code) => {
    const answer = await login((await bad[name]?.()) ?? '');
    expect(answer.body).toMatchObject({ errors: [{ pointer: '/proof', code }] });
  });

  it('takes a proof for the device that it was signed for, and for no other', async () => {
    const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url');
    const device = newDevice();
    const scope = { space: 'main' as Space, group: 'shop', jurisdiction: 'none' as const };
    const tokens = createVisitorTokens(createVisitorKeys(new Map([[2, key]]), 2));
    const visitor = shop.visitor();
    visitor.token = await tokens.sign({ device, profile: birthProfile(device, 'none'), epoch: 1 }, scope, Date.now());
    const signIn = async (dev: string) =>
      visitor.interact({ proof: await hs(shop.proof.hs256, { dev }), events: [viewed()] });
    expect((await signIn(sha256(newDevice()))).body).toMatchObject({ errors: [{ code: 'otherDevice' }] });
    expect((await signIn(sha256(device))).body).toMatchObject({ accepted: 1, visitor: { state: 'authenticated' } });
    // Nobody can have signed for the device of somebody who has none yet.
    expect((await login(await hs(shop.proof.hs256, { dev: sha256(device) }))).problem).toBe('invalidProof');
  });

  it('refuses a proof at a source without proof keys', async () => {
    const answer = await shop.visitor('second').interact({ proof: await hs(shop.proof.hs256), events: [viewed()] });
    expect(answer.problem).toBe('invalidProof');
  });

  it('takes a clock that differs by a few seconds', async () => {
    expect((await login(await hs(shop.proof.hs256, { iat: now() + 5, exp: now() + 65 }))).status).toBe(200);
    expect((await login(await hs(shop.proof.hs256, { iat: now() - 65, exp: now() - 5 }))).status).toBe(200);
  });

  it('says nothing of a proof, a token or a key in logs and problems', async () => {
    const proof = await hs('x'.repeat(43), { sub: 'sarah-secret' });
    const answer = await login(proof);
    expect(answer.text).not.toContain('sarah-secret');
    for (const line of shop.log) {
      expect(line).not.toContain('sarah-secret');
      expect(line).not.toContain(shop.serverKey);
      expect(line).not.toContain(proof);
    }
  });
});
