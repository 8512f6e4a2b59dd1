import { type IdentityKey, identityKey } from '../identity/identity-key.ts';
import { emptyProfile } from '../identity/protocol/node-state.ts';
import type { Link } from '../identity/replay/link.ts';
import type { Stamp } from '../identity/replay/stamp.ts';
import type { Instant } from '../lib/ids.ts';
import type { Strand } from '../profile/strand.ts';
import { type Stitch, stitchOf } from './state.ts';

type Place = number | IdentityKey;
type PackedLink = readonly [
  a: Place,
  b: Place,
  verifiedAt: number,
  seq: number,
  claimedAt?: number,
  claimedSeq?: number,
  /** Null: not known. */
  source?: string | null,
  claimedSource?: string | null,
];

/** What is not as in a living profile at rest that was born for its first strand. Links name their ends by the number of the strand. */
export type PackedStitch = Partial<Omit<Stitch, 'links' | 'anchor'>> & {
  readonly anchor?: IdentityKey | null;
  readonly links?: readonly PackedLink[];
};

const REST: Readonly<Record<string, unknown>> = { ...stitchOf(emptyProfile('')), state: 'live' };
const NEVER = -1;

export function packStitch(stitch: Stitch, strands: readonly Strand[]): PackedStitch | undefined {
  const packed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(stitch)) {
    if (name === 'anchor' || name === 'links' || isSame(value, REST[name])) continue;
    packed[name] = value;
  }
  if (stitch.anchor !== firstKey(strands)) packed.anchor = stitch.anchor;
  if (stitch.links.length > 0) packed.links = stitch.links.map((link) => packLink(link, strands));
  return Object.keys(packed).length === 0 ? undefined : (packed as PackedStitch);
}

export function unpackStitch(packed: PackedStitch = {}, strands: readonly Strand[]): Stitch {
  const { links = [], anchor, ...rest } = packed;
  return {
    ...(REST as unknown as Stitch),
    ...rest,
    anchor: anchor === undefined ? firstKey(strands) : anchor,
    links: links.map((link) => unpackLink(link, strands)),
  };
}

function firstKey([first]: readonly Strand[]): IdentityKey | null {
  return first ? identityKey(first.identity) : null;
}

function isSame(value: unknown, rest: unknown): boolean {
  if (value === rest) return true;
  if (typeof value !== 'object' || value === null || typeof rest !== 'object' || rest === null) return false;
  return Object.keys(value).length === 0 && Object.keys(rest).length === 0;
}

function packLink({ a, b, verifiedAt, claimedAt }: Link, strands: readonly Strand[]): PackedLink {
  const ends = [placeOf(a, strands), placeOf(b, strands)] as const;
  const proven = [verifiedAt?.at ?? NEVER, verifiedAt?.seq ?? 0] as const;
  const claimed = [claimedAt?.at ?? NEVER, claimedAt?.seq ?? 0] as const;
  const [source, claimedSource] = [verifiedAt?.source ?? null, claimedAt?.source ?? null];
  if (claimedSource !== null) return [...ends, ...proven, ...claimed, source, claimedSource];
  if (source !== null) return [...ends, ...proven, ...claimed, source];
  return claimedAt ? [...ends, ...proven, ...claimed] : [...ends, ...proven];
}

function unpackLink(packed: PackedLink, strands: readonly Strand[]): Link {
  const [a, b, at, seq, claimedAt = NEVER, claimedSeq = 0, source, claimedSource] = packed;
  return {
    a: keyAt(a, strands),
    b: keyAt(b, strands),
    verifiedAt: stampOf(at, seq, source),
    claimedAt: stampOf(claimedAt, claimedSeq, claimedSource),
  };
}

function stampOf(at: number, seq: number, source: string | null = null): Stamp | null {
  if (at === NEVER) return null;
  return source === null ? { at: at as Instant, seq } : { at: at as Instant, seq, source };
}

function placeOf(key: IdentityKey, strands: readonly Strand[]): Place {
  const number = strands.findIndex(({ identity }) => identityKey(identity) === key);
  return number < 0 ? key : number;
}

function keyAt(place: Place, strands: readonly Strand[]): IdentityKey {
  const strand = typeof place === 'number' ? strands[place] : undefined;
  return strand ? identityKey(strand.identity) : (place as IdentityKey);
}
