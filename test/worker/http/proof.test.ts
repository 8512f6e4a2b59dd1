import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_STITCH_RULES } from '../../../core/identity/identity-config.ts';
import { type DeviceId, formatDeviceId, type Instant, mintUuidV7, type Space } from '../../../core/lib/ids.ts';
import type { Source } from '../../../core/ruleset/resources.ts';
import { type SourceInput, schemaProblems, sourceInputSchema } from '../../../core/ruleset/schema.ts';
import { shownSource, storedSource } from '../../../worker/admin/source-form.ts';
import { isForDevice, type Proof, verifyProof } from '../../../worker/http/proof.ts';
import { createSecretBox } from '../../../worker/secret-box.ts';

const NOW = 1_800_000_000;
const SECRET = randomBytes(32).toString('base64url');
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed = generateKeyPairSync('ed25519');
const box = createSecretBox(randomBytes(32));
const services = { secrets: box, randomBytes: (count: number) => new Uint8Array(randomBytes(count)) };
const jwk = (pair: { readonly publicKey: typeof ec.publicKey }) => pair.publicKey.export({ format: 'jwk' });

/** As an identity provider publishes them. */
const SET = {
  keys: [
    { ...jwk(ec), kid: 'set-ec', use: 'sig' },
    { ...jwk(rsa), kid: 'set-rsa', use: 'sig', alg: 'RS256', x5t: 'abc', x5c: ['MII'] },
    { ...jwk(ed), kid: 'set-ed', alg: 'EdDSA', key_ops: ['verify'] },
  ],
};
const input = (proofKeys: unknown) => sourceInputSchema.safeParse({ id: 'web', name: 'Web', proofKeys });
const problems = (proofKeys: unknown) => {
  const { error } = input(proofKeys);
  return error ? schemaProblems(error).map(({ pointer }) => pointer) : [];
};
async function stored(proofKeys: unknown, present: Source | null = null) {
  const parsed = input(proofKeys);
  if (!parsed.success) throw parsed.error;
  return storedSource(parsed.data as SourceInput, present, 'main' as Space, services);
}

let source: Source;
beforeAll(async () => {
  const made = await stored([{ kid: 'hs', alg: 'HS256', secret: SECRET }, SET]);
  if (!made.ok) throw new Error(JSON.stringify(made.error));
  source = made.value;
});

const claims = (more: object = {}) => ({ sub: 'c-1', aud: 'web', iat: NOW, exp: NOW + 60, jti: 'j-1', ...more });
const sign = (kid: string, alg: string, key: Parameters<SignJWT['sign']>[0], more: object = {}) =>
  new SignJWT(claims(more)).setProtectedHeader({ alg, kid }).sign(key);
const hs = (more: object = {}) => sign('hs', 'HS256', new TextEncoder().encode(SECRET), more);
const verify = (jwt: string, at = NOW) =>
  verifyProof(jwt, { source, ruleset: { stitch: DEFAULT_STITCH_RULES } }, box, at * 1000);

describe('a proof', () => {
  it('says who signed in, under which id of its own, and until when it is good', async () => {
    expect(await verify(await hs({ ns: 'crm', sub: ' 77 ' }))).toEqual({
      ok: true,
      value: { person: { namespace: 'crm', value: '77' }, jti: 'web:j-1', expiresAt: (NOW + 70) * 1000, device: null },
    });
  });

  it('may be signed by any key of a set', async () => {
    const proofs = [
      await sign('set-ec', 'ES256', ec.privateKey),
      await sign('set-rsa', 'RS256', rsa.privateKey),
      await sign('set-ed', 'EdDSA', ed.privateKey),
    ];
    for (const proof of proofs) expect(await verify(proof)).toMatchObject({ ok: true });
  });

  const unsigned = (header: object) =>
    `${[header, claims()].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string;
  it.each<[string, string, () => string | Promise<string>]>([
    ['otherAlgorithm', 'none', () => unsigned({ alg: 'none', kid: 'hs' })],
    ['otherAlgorithm', 'none for a key of a set', () => unsigned({ alg: 'none', kid: 'set-rsa' })],
    ['otherAlgorithm', 'HMAC with a public key in PEM', () => sign('set-rsa', 'HS256', new TextEncoder().encode(pem))],
    [
      'otherAlgorithm',
      'HMAC with a public key as its JWK',
      () => sign('set-ec', 'HS256', new TextEncoder().encode(JSON.stringify(SET.keys[0]))),
    ],
    [
      'otherAlgorithm',
      'HMAC with the x of a public key',
      () => sign('set-ed', 'HS256', Buffer.from(String(jwk(ed).x), 'base64url')),
    ],
    ['otherAlgorithm', 'another RSA algorithm than its key', () => sign('set-rsa', 'PS256', rsa.privateKey)],
    [
      'badSignature',
      'a stranger',
      () => sign('set-ec', 'ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    ],
    ['unknownKey', 'a key of no source', () => sign('nobody', 'ES256', ec.privateKey)],
    ['expired', 'somebody in time, brought too late', () => hs({ iat: NOW - 100, exp: NOW - 11 })],
    ['future', 'a clock ahead', () => hs({ iat: NOW + 60, exp: NOW + 90 })],
    ['future', 'somebody who says not before', () => hs({ nbf: NOW + 60 })],
    ['livesTooLong', 'somebody for an hour', () => hs({ exp: NOW + 3600 })],
    ['otherSource', 'another source', () => hs({ aud: 'app' })],
    ['otherSource', 'two sources at once', () => hs({ aud: ['web', 'app'] })],
    ['malformed', 'nobody for nobody', () => hs({ aud: undefined })],
    ['malformed', 'somebody without jti', () => hs({ jti: undefined })],
    ['malformed', 'somebody with a jti of no text', () => hs({ jti: 7 })],
    ['malformed', 'somebody with a jti of 129', () => hs({ jti: 'j'.repeat(129) })],
    ['malformed', 'somebody with a device of no text', () => hs({ dev: 1 })],
    ['malformed', 'no JWT', () => 'a.b.c'],
    ['namesNobody', 'somebody about null', () => hs({ sub: 'null' })],
    ['namesNobody', 'somebody about an e-mail address, which many share', () => hs({ ns: 'email', sub: 'a@x.org' })],
    ['namesNobody', 'somebody about a member of every object', () => hs({ ns: 'constructor' })],
  ])('is refused as %s: signed by %s', async (why, _, jwt) => {
    expect(await verify(await jwt())).toEqual({ ok: false, error: why });
  });

  it('may be bound to one device', async () => {
    const device = formatDeviceId(mintUuidV7(NOW as Instant, randomBytes(10)));
    const other = formatDeviceId(mintUuidV7(NOW as Instant, randomBytes(10)));
    const dev = createHash('sha256').update(device).digest('base64url');
    const proven = await verify(await hs({ dev }));
    const fits = (proof: Proof, wanted: DeviceId | null) => isForDevice(proof, wanted);
    if (!proven.ok) throw new Error(proven.error);
    expect(
      await Promise.all([fits(proven.value, device), fits(proven.value, other), fits(proven.value, null)]),
    ).toEqual([true, false, false]);
    const free = await verify(await hs());
    expect(free.ok && (await fits(free.value, null))).toBe(true);
  });
});

describe('the proof keys of a source', () => {
  it('of a set are stored one by one, each with its algorithm, and shown without secrets', () => {
    expect(shownSource(source).proofKeys).toEqual([
      { kid: 'hs', alg: 'HS256' },
      { kid: 'set-ec', alg: 'ES256', publicJwk: jwk(ec) },
      { kid: 'set-rsa', alg: 'RS256', publicJwk: jwk(rsa) },
      { kid: 'set-ed', alg: 'EdDSA', publicJwk: jwk(ed) },
    ]);
  });

  it('stay as they are when what was read, or the set, is put again', async () => {
    const { proofKeys } = shownSource(source);
    for (const again of [proofKeys, [{ kid: 'hs', alg: 'HS256' }, SET]]) {
      const made = await stored(again, source);
      expect(made.ok && made.value.proofKeys).toEqual(source.proofKeys);
    }
  });

  it('must not name a kid twice, alone or in sets', async () => {
    const made = await stored([{ kid: 'set-ec', alg: 'HS256', secret: SECRET }, SET]);
    expect(!made.ok && made.error.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
      '/proofKeys/1/keys/0/kid duplicateKid',
    ]);
    const many = Array.from({ length: 3 }, (_, set) => ({
      keys: Array.from({ length: 8 }, (_, i) => ({ ...jwk(ec), kid: `k${set}-${i}` })),
    }));
    const tooMany = await stored(many);
    expect(!tooMany.ok && tooMany.error.map(({ pointer }) => pointer)).toEqual(['/proofKeys']);
  });

  it.each<[string, unknown, string]>([
    [
      'a private key in a set',
      { keys: [{ ...ec.privateKey.export({ format: 'jwk' }), kid: 'k' }] },
      '/proofKeys/0/keys/0/d',
    ],
    ['a secret key in a set', { keys: [{ kty: 'oct', k: SECRET, kid: 'k', alg: 'HS256' }] }, '/proofKeys/0/keys/0/kty'],
    ['an RSA key without algorithm', { keys: [{ ...jwk(rsa), kid: 'k' }] }, '/proofKeys/0/keys/0/alg'],
    ['an EC key for HMAC', { keys: [{ ...jwk(ec), kid: 'k', alg: 'HS256' }] }, '/proofKeys/0/keys/0/alg'],
    ['a key without a name', { keys: [jwk(ec)] }, '/proofKeys/0/keys/0/kid'],
    ['a key for encryption', { keys: [{ ...jwk(ec), kid: 'k', use: 'enc' }] }, '/proofKeys/0/keys/0/use'],
    ['an empty set', { keys: [] }, '/proofKeys/0/keys'],
    [
      'a public key as a secret',
      { kid: 'k', alg: 'HS256', secret: rsa.publicKey.export({ type: 'spki', format: 'pem' }) },
      '/proofKeys/0/secret',
    ],
    ['a short secret', { kid: 'k', alg: 'HS256', secret: 'short' }, '/proofKeys/0/secret'],
    ['an algorithm that is none', { kid: 'k', alg: 'none' }, '/proofKeys/0/alg'],
  ])('must not be %s', (_, key, pointer) => {
    expect(problems([key])).toContain(pointer);
  });
});
