import { fnv1a32 } from '../../core/lib/hash.ts';
import {
  type DeviceId,
  deviceIdBytes,
  formatDeviceId,
  formatProfileId,
  type Jurisdiction,
  type ProfileId,
  profileIdBytes,
  type Sequence,
  type Space,
  tierOf,
} from '../../core/lib/ids.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { fromBase64Url, MAC_BYTES, sameBytes, toBase64Url, type VisitorKeys } from './visitor-keys.ts';

/** What a visitor token says: which device this is, and where its profile was when the token was signed. */
export interface VisitorToken {
  readonly device: DeviceId;
  readonly profile: ProfileId;
  readonly epoch: number;
  /** Generation of the key that signed it; an older one than the current is signed again with the next answer. */
  readonly generation: number;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  /** Of a visitor who was taken to another profile: the sequence that they had seen, which nothing may fall below. */
  readonly floor?: Sequence;
}

/** Tokens are good in one space, one group of sources and one jurisdiction. */
export interface TokenScope {
  readonly space: Space;
  readonly group: string;
  readonly jurisdiction: Jurisdiction;
}

/** `revoked`: signed before its group of sources took all tokens back. */
export type TokenProblem = 'malformed' | 'otherScope' | 'unknownKey' | 'forged' | 'expired' | 'revoked';

export interface VisitorTokens {
  sign(token: Omit<VisitorToken, 'generation' | 'issuedAt'>, scope: TokenScope, nowMs: number): Promise<string>;
  verify(text: string, scope: TokenScope, nowMs: number): Promise<Result<VisitorToken, TokenProblem>>;
  /** Generation that signs now. */
  readonly current: number;
}

/** Payload: version, key generation, tier, epoch (2), scope hash (4), issued seconds (4), device (16), profile (16); of version 2 also the floor (4). */
const PAYLOAD_BYTES: Readonly<Record<number, number>> = { 1: 45, 2: 49 };
/** A visitor who comes back after more than this starts anew: browsers cap cookies at 400 days. */
const LIFE_SECONDS = 400 * 86_400;

/** The whole token stays below 90 characters. */
export function createVisitorTokens(keys: VisitorKeys): VisitorTokens {
  const { current } = keys;
  return {
    current,
    async sign(token, scope, nowMs) {
      const payload = encode({ ...token, generation: current, issuedAt: Math.floor(nowMs / 1000) }, scope);
      const bytes = new Uint8Array(payload.length + MAC_BYTES);
      bytes.set(payload);
      const mac = await keys.mac(current, payload);
      if (!mac) throw new Error('the current visitor key is missing');
      bytes.set(mac, payload.length);
      return toBase64Url(bytes);
    },
    async verify(text, scope, nowMs) {
      const bytes = fromBase64Url(text);
      const length = PAYLOAD_BYTES[bytes?.[0] ?? 0];
      if (!bytes || length === undefined || bytes.length !== length + MAC_BYTES) return err('malformed');
      const payload = bytes.subarray(0, length);
      const mac = await keys.mac(bytes[1] ?? 0, payload);
      if (!mac) return err('unknownKey');
      if (!sameBytes(mac, bytes.subarray(length))) return err('forged');
      const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
      if (view.getUint32(5, false) !== scopeHash(scope)) return err('otherScope');
      const token = decode(payload, view, scope);
      return token.issuedAt + LIFE_SECONDS < nowMs / 1000 ? err('expired') : ok(token);
    },
  };
}

function encode(token: VisitorToken, scope: TokenScope): Uint8Array {
  const version = token.floor === undefined ? 1 : 2;
  const payload = new Uint8Array(PAYLOAD_BYTES[version] ?? 0);
  const view = new DataView(payload.buffer);
  payload[0] = version;
  payload[1] = token.generation;
  payload[2] = tierOf(token.profile);
  view.setUint16(3, token.epoch, false);
  view.setUint32(5, scopeHash(scope), false);
  view.setUint32(9, token.issuedAt, false);
  payload.set(deviceIdBytes(token.device), 13);
  payload.set(profileIdBytes(token.profile), 29);
  if (token.floor !== undefined) view.setUint32(45, token.floor, false);
  return payload;
}

function decode(payload: Uint8Array, view: DataView, scope: TokenScope): VisitorToken {
  return {
    device: formatDeviceId(payload.subarray(13, 29)),
    profile: formatProfileId(payload.subarray(29, 45), payload[2] === 0 ? 0 : 1, scope.jurisdiction),
    epoch: view.getUint16(3, false),
    generation: payload[1] ?? 0,
    issuedAt: view.getUint32(9, false),
    ...(payload[0] === 2 ? { floor: view.getUint32(45, false) as Sequence } : {}),
  };
}

function scopeHash(scope: TokenScope): number {
  return fnv1a32(`${scope.space}\n${scope.group}\n${scope.jurisdiction}`);
}
