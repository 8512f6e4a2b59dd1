import type { Space } from '../../core/lib/ids.ts';

/** A new credential with 256 random bits: `wk_`, `sk_` or `op_`, the space, a dot, 43 digits of base64url. */
export function mintKey(prefix: 'wk' | 'sk' | 'op', space: Space, randomBytes: (count: number) => Uint8Array): string {
  const digits = btoa(String.fromCharCode(...randomBytes(32)));
  return `${prefix}_${space}.${digits.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}
