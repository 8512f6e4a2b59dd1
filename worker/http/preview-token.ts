import type { Space } from '../../core/lib/ids.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { fromBase64Url, sameBytes, toBase64Url, type VisitorKeys } from './visitor-keys.ts';

/** What a preview link shows; made by operators, good for anybody who has it until it ends. */
export interface PreviewLink {
  /** By placement: this offer, whoever may have it. */
  readonly offers: Readonly<Record<string, string>>;
  /** By experiment. */
  readonly variants: Readonly<Record<string, string>>;
  /** As a member of these. */
  readonly segments: readonly string[];
  /** As if it were then, milliseconds since 1970; null: now. */
  readonly at: number | null;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export type PreviewProblem = 'malformed' | 'forged' | 'expired';

/** Tells what is signed apart from tokens and cross-domain links: their first byte is 1 or 2. */
const VERSION = 3;
const MAX_LENGTH = 4000;
const encoder = new TextEncoder();

export async function signPreview(link: PreviewLink, space: Space, keys: VisitorKeys): Promise<string> {
  const payload = encoder.encode(JSON.stringify(link));
  const mac = await keys.mac(keys.current, signed(payload, space));
  if (!mac) throw new Error('the current visitor key is missing');
  return `${keys.current}.${toBase64Url(payload)}.${toBase64Url(mac)}`;
}

/** A link is good in the space that it was made in. */
export async function verifyPreview(
  text: string,
  space: Space,
  keys: VisitorKeys,
  nowMs: number,
): Promise<Result<PreviewLink, PreviewProblem>> {
  const [generation = '', body = '', proof = '', ...more] = text.split('.');
  if (text.length > MAX_LENGTH || more.length > 0) return err('malformed');
  const payload = bytesOf(body);
  const given = fromBase64Url(proof);
  if (!payload || !given) return err('malformed');
  const mac = await keys.mac(Number(generation), signed(payload, space));
  if (!mac || !sameBytes(mac, given)) return err('forged');
  const link = JSON.parse(new TextDecoder().decode(payload)) as PreviewLink;
  return link.expiresAt <= nowMs ? err('expired') : ok(link);
}

function signed(payload: Uint8Array, space: Space): Uint8Array {
  const name = encoder.encode(`${space}\n`);
  const bytes = new Uint8Array(1 + name.length + payload.length);
  bytes[0] = VERSION;
  bytes.set(name, 1);
  bytes.set(payload, 1 + name.length);
  return bytes;
}

/** Longer than what `fromBase64Url` takes. */
function bytesOf(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return null;
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}
