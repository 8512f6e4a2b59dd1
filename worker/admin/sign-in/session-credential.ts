import type { Space } from '../../../core/lib/ids.ts';

/** What the holder of a session shows. It has the form of an operator token, so that it can stand wherever one can. */
export interface SessionCredential {
  /** `op_<space>.s-<id>-<43 digits of base64url>`. */
  readonly text: string;
  readonly id: string;
}

const FORM = /^op_[a-z0-9-]{1,32}\.s-([0-9a-f]{16})-[A-Za-z0-9_-]{43}$/;

/** A new one with 256 random bits; the id is no secret. */
export function mintSession(space: Space, randomBytes: (count: number) => Uint8Array): SessionCredential {
  const id = Array.from(randomBytes(8), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { id, text: `op_${space}.s-${id}-${base64Url(randomBytes(32))}` };
}

/** Which session a credential is for; null: it is a token of another kind. */
export function sessionIdOf(text: string): string | null {
  return FORM.exec(text)?.[1] ?? null;
}

export function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
