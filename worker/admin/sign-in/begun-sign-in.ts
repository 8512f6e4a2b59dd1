import { z } from 'zod';
import type { Instant, Space } from '../../../core/lib/ids.ts';
import { limit } from '../../../core/lib/limits.ts';
import type { SecretBox } from '../../secret-box.ts';
import { base64Url } from './session-credential.ts';
import type { SignInWish } from './wish.ts';

/** A sign-in between leaving for the identity provider and coming back. It lies sealed in a cookie of that one browser, and nowhere else. */
export interface BegunSignIn extends SignInWish {
  /** Comes back in the address: whoever was sent here with somebody else's code has another one, or none. */
  readonly state: string;
  /** Comes back in the ID token. */
  readonly nonce: string;
  /** Of PKCE: a code that was seen on the way is of no use without it. */
  readonly verifier: string;
  readonly expiresAt: Instant;
}

const sealed = z.strictObject({
  is: z.literal('sign-in'),
  space: z.string().transform((text) => text as Space),
  returnTo: z.string(),
  cli: z.strictObject({ port: z.int(), challenge: z.string(), state: z.string() }).nullable(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  expiresAt: z.number().transform((at) => at as Instant),
});

export function beginSignIn(wish: SignInWish, now: Instant, randomBytes: (count: number) => Uint8Array): BegunSignIn {
  const random = () => base64Url(randomBytes(32));
  const expiresAt = (now + limit('signInMs')) as Instant;
  return { ...wish, state: random(), nonce: random(), verifier: random(), expiresAt };
}

export async function sealSignIn(begun: BegunSignIn, secrets: SecretBox): Promise<string> {
  return secrets.seal(new TextEncoder().encode(JSON.stringify({ is: 'sign-in', ...begun })));
}

/** null: none of ours, or too old. */
export async function openSignIn(text: string, secrets: SecretBox, now: Instant): Promise<BegunSignIn | null> {
  const opened = await secrets.open(text);
  if (!opened) return null;
  const parsed = sealed.safeParse(parseJson(new TextDecoder().decode(opened)));
  if (!parsed.success || parsed.data.expiresAt <= now) return null;
  const { is: _, ...begun } = parsed.data;
  return begun;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
