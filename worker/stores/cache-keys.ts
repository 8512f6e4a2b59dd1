import type { Space } from '../../core/lib/ids.ts';

/** Keys of KV `RULESETS`, which caches what the publisher objects hold. */
export function manifestKey(space: Space): string {
  return `${space}/manifest`;
}

export function partKey(space: Space, hash: string): string {
  return `${space}/part/${hash}`;
}
