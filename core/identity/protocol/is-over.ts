import type { StitchRules } from '../replay/stitch-rules.ts';
import type { LinkWish } from './link-wish.ts';
import type { StrandRow } from './strand-row.ts';

/** Whether what a wish says of a device was over, by the times of events, before the wish arrived: somebody signed out on it since. */
export function isOver(
  row: Pick<StrandRow, 'leftAt'> | undefined,
  { kind, stamp, present }: Pick<LinkWish, 'kind' | 'stamp' | 'present'>,
  { policy }: StitchRules,
): boolean {
  if (row?.leftAt === undefined || present || kind !== 'record' || policy.anonymousHistory !== 'stay') return false;
  return stamp.at < row.leftAt;
}
