/** The keys that sign what visitors carry: tokens and cross-domain links. The first byte of what is signed tells the two apart. */
export interface VisitorKeys {
  /** Generation that signs now. */
  readonly current: number;
  /** HMAC-SHA-256 cut to 128 bits; null: nobody holds the key of this generation. */
  mac(generation: number, signed: Uint8Array): Promise<Uint8Array | null>;
}

export const MAC_BYTES = 16;

/** `keys`: generation → 32 bytes. */
export function createVisitorKeys(keys: ReadonlyMap<number, Uint8Array>, current: number): VisitorKeys {
  const imported = new Map<number, Promise<CryptoKey>>();
  const keyOf = (generation: number): Promise<CryptoKey> | null => {
    const bytes = keys.get(generation);
    if (!bytes) return null;
    const held =
      imported.get(generation) ??
      crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    imported.set(generation, held);
    return held;
  };
  return {
    current,
    async mac(generation, signed) {
      const key = await keyOf(generation);
      return key && new Uint8Array(await crypto.subtle.sign('HMAC', key, signed), 0, MAC_BYTES);
    },
  };
}

/** Takes the same time wherever the first difference is. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

export function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** null: not base64url, or longer than anything that we sign. */
export function fromBase64Url(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9_-]{1,200}$/.test(text)) return null;
  try {
    const digits = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = new Uint8Array(digits.length);
    for (let i = 0; i < digits.length; i++) bytes[i] = digits.charCodeAt(i);
    return bytes;
  } catch {
    return null;
  }
}
