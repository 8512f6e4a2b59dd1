import type { EffectMessage } from '../../core/interaction/effect-message.ts';

/** A fact and whose it was when it was archived. */
export type ArchivedFact = { readonly profile: string } & EffectMessage['facts'][number];

/**
 * One line of the archive. What tells of a person (ids, data, context, consent, claims) is sealed with the key of the strand that it came through; what
 * counting and compacting need lies open.
 */
export interface ArchiveLine {
  readonly version: 2;
  readonly profile: string;
  /** Name of the key: `<profile>/<number of the strand>`. */
  readonly key: string;
  readonly source: string;
  readonly id: string;
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly receivedAt: number;
  /** Base64 of a 12-byte initialisation vector and AES-256-GCM over the JSON of the fact. */
  readonly sealed: string;
}

/** A line of before facts were sealed. */
export type OpenArchiveLine = { readonly version: 1 } & ArchivedFact;

const IV_BYTES = 12;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function archiveKeyName({ profile, strand }: Pick<ArchivedFact, 'profile' | 'strand'>): string {
  return `${profile}/${strand}`;
}

export async function sealLine(fact: ArchivedFact, key: CryptoKey): Promise<string> {
  const { profile, source, id, type, at, receivedAt } = fact;
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const text = encoder.encode(JSON.stringify(fact));
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, text));
  const line: ArchiveLine = {
    version: 2,
    profile,
    key: archiveKeyName(fact),
    source,
    id,
    type,
    at,
    receivedAt,
    sealed: base64(iv) + base64(sealed),
  };
  return JSON.stringify(line);
}

/** The fact behind a line; null: its key is not the one that sealed it. */
export async function openLine(
  line: ArchiveLine | OpenArchiveLine,
  key: CryptoKey | null,
): Promise<ArchivedFact | null> {
  if (line.version === 1) {
    const { version: _, ...fact } = line;
    return fact;
  }
  if (!key) return null;
  try {
    const iv = bytesOf(line.sealed.slice(0, 16));
    const text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, bytesOf(line.sealed.slice(16)));
    return JSON.parse(decoder.decode(text)) as ArchivedFact;
  } catch {
    return null;
  }
}

function base64(bytes: Uint8Array): string {
  // One argument a byte would be too many for a large event.
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (digit) => digit.charCodeAt(0));
}
