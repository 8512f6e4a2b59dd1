/** Encrypts secrets of the configuration at rest: AES-256-GCM, `v1.<base64 of iv + ciphertext>`. Hashes what may be compared, and never be known. */
export interface SecretBox {
  seal(secret: Uint8Array): Promise<string>;
  /** null: not sealed by this key, or altered. */
  open(sealed: string): Promise<Uint8Array | null>;
  /** 12 hex digits of a keyed hash. */
  fingerprint(text: string): Promise<string>;
}

const IV_BYTES = 12;
const PREFIX = 'v1.';

export function createSecretBox(key: Uint8Array): SecretBox {
  let imported: ReturnType<typeof crypto.subtle.importKey> | null = null;
  const keyOnce = () => {
    imported ??= crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
    return imported;
  };
  let derived: Promise<CryptoKey> | null = null;
  const hashKeyOnce = () => {
    derived ??= hashKeyOf(key);
    return derived;
  };
  return {
    async fingerprint(text) {
      const mac = await crypto.subtle.sign('HMAC', await hashKeyOnce(), new TextEncoder().encode(text));
      return Array.from(new Uint8Array(mac, 0, 6), (byte) => byte.toString(16).padStart(2, '0')).join('');
    },
    async seal(secret) {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await keyOnce(), secret));
      return PREFIX + btoa(String.fromCharCode(...iv, ...sealed));
    },
    async open(sealed) {
      if (!sealed.startsWith(PREFIX)) return null;
      try {
        const bytes = Uint8Array.from(atob(sealed.slice(PREFIX.length)), (digit) => digit.charCodeAt(0));
        const opened = await crypto.subtle.decrypt(
          { name: 'AES-GCM', iv: bytes.subarray(0, IV_BYTES) },
          await keyOnce(),
          bytes.subarray(IV_BYTES),
        );
        return new Uint8Array(opened);
      } catch {
        return null;
      }
    },
  };
}

/** A key of its own, so that one key does not serve two ciphers. */
async function hashKeyOf(key: Uint8Array): Promise<CryptoKey> {
  const imported = await crypto.subtle.importKey('raw', key, 'HKDF', false, ['deriveKey']);
  const info = new TextEncoder().encode('selvedge-fingerprint-1');
  return (await crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info },
    imported,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign'],
  )) as CryptoKey;
}
