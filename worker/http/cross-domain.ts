import {
  deviceIdBytes,
  formatDeviceId,
  formatProfileId,
  type Jurisdiction,
  profileIdBytes,
  type Space,
  tierOf,
} from '../../core/lib/ids.ts';
import { limit } from '../../core/lib/limits.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { fromBase64Url, MAC_BYTES, sameBytes, toBase64Url, type VisitorKeys } from './visitor-keys.ts';
import type { TokenScope, VisitorToken } from './visitor-token.ts';

/** A visitor who goes from one site of a group to another: valid for a minute, at one host, in one browser. */
export type CarriedVisitor = Pick<VisitorToken, 'device' | 'profile' | 'epoch' | 'issuedAt'>;

/** What a link is good for. Nothing of it is written in the link: who checks it must know it. */
export interface LinkTarget extends TokenScope {
  readonly space: Space;
  readonly jurisdiction: Jurisdiction;
  /** Host and port of the site that the visitor goes to, as in its origin. */
  readonly host: string;
  /** Text of `User-Agent`: a link that was passed on opens nothing in another browser. */
  readonly userAgent: string;
}

/** `forged`: altered, or for another host, group of sources or browser. */
export type LinkProblem = 'malformed' | 'unknownKey' | 'forged' | 'expired';

/** Clocks of two isolates differ. */
const TOLERANCE_SECONDS = 10;
const VERSION = 2;
/** Version, key generation, tier, epoch (2), issued seconds (4), those of the visitor's token (4), device (16), profile (16). */
const PAYLOAD_BYTES = 45;
const encoder = new TextEncoder();

export async function signCrossDomain(
  visitor: CarriedVisitor,
  target: LinkTarget,
  keys: VisitorKeys,
  nowMs: number,
): Promise<string> {
  const payload = new Uint8Array(PAYLOAD_BYTES);
  const view = new DataView(payload.buffer);
  payload[0] = VERSION;
  payload[1] = keys.current;
  payload[2] = tierOf(visitor.profile);
  view.setUint16(3, visitor.epoch, false);
  view.setUint32(5, Math.floor(nowMs / 1000), false);
  view.setUint32(9, visitor.issuedAt, false);
  payload.set(deviceIdBytes(visitor.device), 13);
  payload.set(profileIdBytes(visitor.profile), 29);
  const mac = await keys.mac(keys.current, signedBytes(payload, target));
  if (!mac) throw new Error('the current visitor key is missing');
  return toBase64Url(Uint8Array.of(...payload, ...mac));
}

export async function verifyCrossDomain(
  text: string,
  target: LinkTarget,
  keys: VisitorKeys,
  nowMs: number,
): Promise<Result<CarriedVisitor, LinkProblem>> {
  const bytes = fromBase64Url(text);
  if (bytes?.length !== PAYLOAD_BYTES + MAC_BYTES || bytes[0] !== VERSION) return err('malformed');
  const payload = bytes.subarray(0, PAYLOAD_BYTES);
  const mac = await keys.mac(payload[1] ?? 0, signedBytes(payload, target));
  if (!mac) return err('unknownKey');
  if (!sameBytes(mac, bytes.subarray(PAYLOAD_BYTES))) return err('forged');
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const age = nowMs / 1000 - view.getUint32(5, false);
  if (age * 1000 > limit('visitorLinkMs') || age < -TOLERANCE_SECONDS) return err('expired');
  return ok({
    device: formatDeviceId(payload.subarray(13, 29)),
    profile: formatProfileId(payload.subarray(29, 45), payload[2] === 0 ? 0 : 1, target.jurisdiction),
    epoch: view.getUint16(3, false),
    issuedAt: view.getUint32(9, false),
  });
}

/** The payload has one length and the agent stands last, so no two targets give the same bytes. */
function signedBytes(payload: Uint8Array, { space, group, jurisdiction, host, userAgent }: LinkTarget): Uint8Array {
  const text = encoder.encode(`${space}\n${group}\n${jurisdiction}\n${host}\n${userAgent}`);
  const bytes = new Uint8Array(payload.length + text.length);
  bytes.set(payload);
  bytes.set(text, payload.length);
  return bytes;
}
