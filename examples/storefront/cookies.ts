/** Reads the Cookie header. The first of two equal names counts, as browsers send the more specific one first. */
export function readCookies(header: string | null): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at < 1) continue;
    const name = part.slice(0, at).trim();
    if (!cookies.has(name)) cookies.set(name, part.slice(at + 1).trim());
  }
  return cookies;
}

/** `__Host-` cookies: this host only, whole site, never for scripts. `maxAge` 0 deletes. */
export function hostCookie(name: string, value: string, maxAgeSeconds: number | null): string {
  const life = maxAgeSeconds === null ? '' : `; Max-Age=${maxAgeSeconds}`;
  return `${name}=${value}; Path=/; HttpOnly; Secure; SameSite=Lax${life}`;
}

const encoder = new TextEncoder();

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

export function fromBase64url(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
      character.charCodeAt(0),
    );
  } catch {
    return null;
  }
}

function importKey(secret: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', encoder.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ]);
}

/** A JSON value with its end of life, signed. The cookie's name is signed with it: a bag can never be replayed as a session. */
export async function sealCookie(
  name: string,
  value: unknown,
  secret: string,
  lifeSeconds: number,
  nowMs: number,
): Promise<string> {
  const payload = base64url(encoder.encode(JSON.stringify({ value, until: nowMs + lifeSeconds * 1000 })));
  const signature = await crypto.subtle.sign('HMAC', await importKey(secret), encoder.encode(`${name}.${payload}`));
  return `${payload}.${base64url(new Uint8Array(signature))}`;
}

/** What was sealed, or null when it is missing, forged or over. The shape is the caller's to check. */
export async function openCookie(
  name: string,
  sealed: string | undefined,
  secret: string,
  nowMs: number,
): Promise<unknown> {
  const [payload, signature] = (sealed ?? '').split('.');
  const signed = fromBase64url(signature ?? '');
  const bytes = fromBase64url(payload ?? '');
  if (!payload || !signature || !signed || !bytes) return null;
  const genuine = await crypto.subtle.verify(
    'HMAC',
    await importKey(secret),
    signed,
    encoder.encode(`${name}.${payload}`),
  );
  if (!genuine) return null;
  const held = JSON.parse(new TextDecoder().decode(bytes)) as { readonly value: unknown; readonly until: number };
  return held.until > nowMs ? held.value : null;
}
