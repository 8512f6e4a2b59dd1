import { createSeededSource } from './seeded-source.ts';
import type { ArmShare } from './share-traffic.ts';

export interface ChosenArm {
  readonly arm: string;
  /** Chance with which it was chosen, exactly. To be logged with the decision. */
  readonly propensity: number;
}

/**
 * An arm for one decision. `seed` names the decision (unit and request): the same seed chooses the same arm. Arms that may not be shown now are left out of
 * `shares` by the caller; the others keep their proportions. null: there is none.
 */
export function chooseArm(shares: readonly ArmShare[], seed: string): ChosenArm | null {
  const total = shares.reduce((sum, { share }) => sum + share, 0);
  const open = total > 0 ? shares.filter(({ share }) => share > 0) : shares;
  const part = ({ share }: ArmShare) => (total > 0 ? share / total : 1 / shares.length);
  let left = createSeededSource(seed)();
  for (const each of open) {
    const propensity = part(each);
    if (left < propensity) return { arm: each.arm, propensity };
    left -= propensity;
  }
  // Rounding left a little over.
  const last = open.at(-1);
  return last ? { arm: last.arm, propensity: part(last) } : null;
}
