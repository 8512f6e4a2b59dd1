import type { StitchRules } from '../replay/stitch-rules.ts';
import { type DeviceUses, lastLeft } from './device-uses.ts';
import type { LinkWish } from './link-wish.ts';
import type { StrandRow } from './strand-row.ts';

/**
 * Whether what a wish says of a device was over, by the times of events, before the wish arrived: somebody signed out on it since; or, of a sign-out,
 * whoever has it came later.
 */
export function isOver(
  row: Pick<StrandRow, 'leftAt'> | undefined,
  uses: DeviceUses | undefined,
  { kind, stamp: { at }, present }: Pick<LinkWish, 'kind' | 'stamp' | 'present'>,
  { policy }: StitchRules,
): boolean {
  if (present || policy.anonymousHistory !== 'stay') return false;
  const user = uses?.spans.at(-1);
  if (kind === 'logout') return user != null && user.by !== null && at < user.from;
  if (kind !== 'record') return false;
  const left = uses && lastLeft(uses);
  return (row?.leftAt !== undefined && at < row.leftAt) || (left != null && at < left);
}
