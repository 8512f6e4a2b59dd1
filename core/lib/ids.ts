/**
 * Branded ids. A value gets its brand only in a parse or mint function, so that a string from outside can
 * never be used where a proven id is wanted.
 */
declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

export type Space = Brand<string, 'Space'>;
export type SourceId = Brand<string, 'SourceId'>;
export type EventId = Brand<string, 'EventId'>;
/** Opaque, ordered id of a profile: `prf_` + tier + jurisdiction + 26 base32 digits. Compare as plain strings. */
export type ProfileId = Brand<string, 'ProfileId'>;
/** UUIDv7 of a device identity that we minted, lower case with dashes. */
export type DeviceId = Brand<string, 'DeviceId'>;
/** Rising number of a published ruleset. */
export type Sequence = Brand<number, 'Sequence'>;
/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = Brand<number, 'Instant'>;

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
const EVENT_ID = /^[A-Za-z0-9_.:-]{1,64}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const PROFILE_ID = /^prf_[01][neu][0-9abcdefghjkmnpqrstvwxyz]{26}$/;

/** Lower-case letters, digits and dashes, 1–32 long: the form of spaces, sources and resource ids. */
export function isSlug(text: string): boolean {
  return SLUG.test(text);
}
export function parseSpace(text: string): Space | null {
  return SLUG.test(text) ? (text as Space) : null;
}
/** Event ids are the client's idempotency keys: 1–64 of letters, digits and `_ . : -`. */
export function parseEventId(text: string): EventId | null {
  return EVENT_ID.test(text) ? (text as EventId) : null;
}
export function parseDeviceId(text: string): DeviceId | null {
  return UUID.test(text) ? (text as DeviceId) : null;
}
export function parseProfileId(text: string): ProfileId | null {
  return PROFILE_ID.test(text) ? (text as ProfileId) : null;
}

export type Jurisdiction = 'none' | 'eu' | 'us';
/** Tier 0 = born from a unique person namespace, 1 = anonymous. A link is always hosted by the lower id, so people keep theirs. */
export type BirthTier = 0 | 1;

const JURISDICTION_DIGIT: Readonly<Record<Jurisdiction, string>> = { none: 'n', eu: 'e', us: 'u' };
const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz';

/** Lays out a UUIDv7 (RFC 9562): 48 bits of time, version, 74 random bits taken from 10 random bytes. */
export function mintUuidV7(now: Instant, random: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16);
  let time = now as number;
  for (let i = 5; i >= 0; i--) {
    bytes[i] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return bytes;
}

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

export function formatDeviceId(bytes: Uint8Array): DeviceId {
  let text = '';
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += HEX[bytes[i] ?? 0];
  }
  return text as DeviceId;
}

export function deviceIdBytes(id: DeviceId): Uint8Array {
  const hex = id.replaceAll('-', '');
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 16; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Profile id from 16 ordered bytes (time first). A minted device's birth profile uses the device's own bytes, so no directory is needed. */
export function formatProfileId(bytes: Uint8Array, tier: BirthTier, jurisdiction: Jurisdiction): ProfileId {
  let digits = '';
  let bits = 0;
  let held = 0;
  for (let i = 0; i < 16; i++) {
    held = ((held << 8) | (bytes[i] ?? 0)) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      digits += BASE32[(held >> bits) & 31];
    }
  }
  digits += BASE32[(held << (5 - bits)) & 31];
  return `prf_${tier}${JURISDICTION_DIGIT[jurisdiction]}${digits}` as ProfileId;
}

/** The 16 bytes behind a profile id, for the compact visitor token. */
export function profileIdBytes(id: ProfileId): Uint8Array {
  const bytes = new Uint8Array(16);
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = 6; i < 32; i++) {
    held = ((held << 5) | BASE32.indexOf(id.charAt(i))) & 0xfff;
    bits += 5;
    if (bits >= 8 && at < 16) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 255;
    }
  }
  return bytes;
}

export function jurisdictionOf(id: ProfileId): Jurisdiction {
  const digit = id.charAt(5);
  return digit === 'e' ? 'eu' : digit === 'u' ? 'us' : 'none';
}

export function tierOf(id: ProfileId): BirthTier {
  return id.charAt(4) === '0' ? 0 : 1;
}
