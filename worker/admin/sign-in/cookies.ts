import { parse, serialize } from 'hono/utils/cookie';
import { limit } from '../../../core/lib/limits.ts';

/** The `__Host-` prefix makes browsers refuse them from other hosts, other paths and unencrypted pages. */
export const COOKIES = {
  /** Who is signed in. */
  session: '__Host-selvedge_operator',
  /** A sign-in that has begun. */
  signIn: '__Host-selvedge_sign_in',
} as const;

export function readCookie(headers: Headers, name: (typeof COOKIES)[keyof typeof COOKIES]): string | null {
  const text = headers.get('cookie');
  return text === null ? null : (parse(text, name)[name] ?? null);
}

/** A `Set-Cookie` line; null takes it away. */
export function cookieLine(name: keyof typeof COOKIES, value: string | null): string {
  const lifeMs = name === 'session' ? limit('operatorSessionMs') : limit('signInMs');
  return serialize(COOKIES[name], value ?? '', {
    path: '/',
    secure: true,
    httpOnly: true,
    // Strict would leave out the way back from the identity provider.
    sameSite: 'Lax',
    maxAge: value === null ? 0 : Math.floor(lifeMs / 1000),
  });
}
