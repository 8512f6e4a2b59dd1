/** Encrypts secrets of the configuration at rest: AES-256-GCM, `v1.<base64 of iv + ciphertext>`. */
export interface SecretBox {
  seal(secret: Uint8Array): Promise<string>;
  /** null: not sealed by this key, or altered. */
  open(sealed: string): Promise<Uint8Array | null>;
}

const IV_BYTES = 12;
const PREFIX = 'v1.';

export function createSecretBox(key: Uint8Array): SecretBox {
  let imported: ReturnType<typeof crypto.subtle.importKey> | null = null;
  const keyOnce = () => {
    imported ??= crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
    return imported;
  };
  return {
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
