import type { Instant } from '../lib/ids.ts';
import { createStrand, type RecentView, type Strand } from '../profile/strand.ts';

/** A strand without what is as in a new one, its views as one list: product, instant, product, instant … */
export type PackedStrand = Pick<Strand, 'identity' | 'epoch' | 'trust' | 'firstSeen' | 'lastSeen' | 'facts'> &
  Partial<Omit<Strand, 'recent'>> & { readonly recent?: readonly (string | number)[] };

export function packStrand(strand: Strand, number: number): PackedStrand {
  const { identity, epoch, trust, firstSeen, lastSeen, facts, recent } = strand;
  const packed: Record<string, unknown> = { identity, epoch, trust, firstSeen, lastSeen, facts };
  for (const [name, value] of Object.entries(strand)) {
    if (name !== 'recent' && name !== 'serial' && !isDefault(name, value)) packed[name] = value;
  }
  if (strand.serial !== number) packed.serial = strand.serial;
  if (recent.length > 0) packed.recent = recent.flatMap(({ productId, at }) => [productId, at]);
  return packed as unknown as PackedStrand;
}

export function unpackStrand({ recent: views, ...packed }: PackedStrand, number: number): Strand {
  const recent: RecentView[] = [];
  for (let i = 0; views && i < views.length; i += 2) {
    recent.push({ productId: views[i] as string, at: views[i + 1] as Instant });
  }
  const { identity, trust, epoch, firstSeen } = packed;
  return { ...createStrand(identity, trust, epoch, firstSeen), serial: number, ...packed, recent };
}

function isDefault(name: string, value: unknown): boolean {
  if (name === 'state') return value === 'owned';
  if (name === 'erasedAt') return value === -1;
  if (value === null || value === undefined || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
