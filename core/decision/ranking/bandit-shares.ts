import type { ArmShare } from '../../experiment/bandit/share-traffic.ts';

/** How traffic is divided now: by ranker, then by bucket of context. Bucket '' is everybody's, and stands in for those that are not there. A job works it out; arms are offers. */
export type BanditShares = Readonly<Record<string, Readonly<Record<string, readonly ArmShare[]>>>>;

/** The bucket of a visitor: what is known of each divider, in their order. `yes`/`no` for segments, text for values of the context, '-' for unknown. */
export function bucketName(known: readonly (string | boolean | null)[]): string {
  return known
    .map((value) => (value === null ? '-' : typeof value === 'boolean' ? (value ? 'yes' : 'no') : value))
    .join('|');
}
