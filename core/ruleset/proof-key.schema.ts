import { z } from 'zod';

/** Keys that check proofs of identity. Each pins one algorithm: what a proof says about its own algorithm is never believed. */

const base64url = z.string().regex(/^[A-Za-z0-9_-]{1,1024}$/, 'base64url');
const modulus = base64url.min(342, 'at least 2048 bits');
const kid = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, '1-64 of letters, digits and . _ -');
const jwkNotes = {
  kid: z.string().max(64).exactOptional(),
  use: z.literal('sig').exactOptional(),
  alg: z.string().max(16).exactOptional(),
  key_ops: z.array(z.literal('verify')).max(1).exactOptional(),
};

/** Public halves only: a private member, such as `d`, is an unknown member and therefore refused. */
const publicKeys = [
  z.strictObject({
    kid,
    alg: z.literal('ES256'),
    publicJwk: z.strictObject({
      kty: z.literal('EC'),
      crv: z.literal('P-256'),
      x: base64url,
      y: base64url,
      ...jwkNotes,
    }),
  }),
  z.strictObject({
    kid,
    alg: z.literal('RS256'),
    publicJwk: z.strictObject({ kty: z.literal('RSA'), n: modulus, e: base64url, ...jwkNotes }),
  }),
  z.strictObject({
    kid,
    alg: z.literal('EdDSA'),
    publicJwk: z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: base64url, ...jwkNotes }),
  }),
] as const;

export const storedProofKey = z.discriminatedUnion('alg', [
  z.strictObject({ kid, alg: z.literal('HS256'), secretEncrypted: z.string().min(1).max(4096) }),
  ...publicKeys,
]);

const secret = z
  .string()
  .min(32, 'at least 32 characters')
  .max(512)
  .refine((text) => !/-----BEGIN|"kty"/.test(text), 'a public key is no secret: everybody could sign with it')
  .exactOptional();

/** In a set each key names itself, and certificates may come along, which nobody looks at. */
const inSet = {
  kid,
  use: z.literal('sig').exactOptional(),
  key_ops: z.array(z.literal('verify')).max(1).exactOptional(),
  x5c: z.array(z.string().max(8192)).max(10).exactOptional(),
  x5t: z.string().max(128).exactOptional(),
  'x5t#S256': z.string().max(128).exactOptional(),
  x5u: z.string().max(2048).exactOptional(),
};
const setKey = z.discriminatedUnion('kty', [
  z.strictObject({
    ...inSet,
    kty: z.literal('EC'),
    alg: z.literal('ES256').default('ES256'),
    crv: z.literal('P-256'),
    x: base64url,
    y: base64url,
  }),
  z.strictObject({ ...inSet, kty: z.literal('RSA'), alg: z.literal('RS256'), n: modulus, e: base64url }),
  z.strictObject({
    ...inSet,
    kty: z.literal('OKP'),
    alg: z.enum(['EdDSA', 'Ed25519']).default('EdDSA'),
    crv: z.literal('Ed25519'),
    x: base64url,
  }),
]);

/** A JSON Web Key Set as the signing server publishes it; stored as one proof key for each of its keys. */
const keySet = z.strictObject({ keys: z.array(setKey).min(1).max(10) });
export type KeySet = z.output<typeof keySet>;

export const proofKeyInput = z.union([
  z.discriminatedUnion('alg', [z.strictObject({ kid, alg: z.literal('HS256'), secret }), ...publicKeys]),
  keySet,
]);
