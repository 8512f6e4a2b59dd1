import { NO_DEFECTS } from '../identity/protocol/defects.ts';
import type { Pid } from '../identity/protocol/pid.ts';
import type { ProtocolContext } from '../identity/protocol/protocol-context.ts';
import type { StitchRules } from '../identity/replay/stitch-rules.ts';
import { formatProfileId, type Instant, jurisdictionOf, type ProfileId, profileIdBytes } from '../lib/ids.ts';
import { siphash24 } from '../segment/preview/siphash.ts';

/** What the protocol of a profile object may know. */
export function contextOf(rules: StitchRules, now: Instant): ProtocolContext {
  return { rules, now, defects: NO_DEFECTS, madePid };
}

/** A profile that an operation makes: anonymous, as old as `like`, the same for the same seed. */
export function madePid(seed: string, like: Pid): ProfileId {
  const parent = like as ProfileId;
  const bytes = profileIdBytes(parent);
  // Keyed by the parent, whose random part nobody outside knows: event ids are the client's, and must not choose who meets whom.
  const text = new Uint8Array(2 * seed.length);
  for (let i = 0; i < seed.length; i++) {
    text[2 * i] = seed.charCodeAt(i) & 255;
    text[2 * i + 1] = seed.charCodeAt(i) >> 8;
  }
  const [one, other] = [siphash24(bytes, text), siphash24(bytes, text.toReversed())];
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(6, one.high);
  view.setUint32(10, one.low);
  view.setUint16(14, other.low & 0xffff);
  return formatProfileId(bytes, 1, jurisdictionOf(parent));
}
