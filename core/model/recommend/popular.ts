import { err, ok, type Result } from '../../lib/result.ts';
import type { Neighbour } from './neighbours-part.ts';
import { type PopularList, type PopularPart, type Scope, scopeKey } from './popular-part.ts';
import { positionIn, shardOf } from './shards.ts';

/** What many people look at or buy. Nothing is found in a shard whose part is not at hand. */
export interface Popular {
  /** Best first, scores from 1 downwards: as parts of the best one's. */
  list(list: PopularList, scope: Scope): readonly Neighbour[];
}

export function openPopular(parts: readonly PopularPart[]): Result<Popular, string> {
  const shards = new Map<number, PopularPart>();
  const count = parts[0]?.shards ?? 1;
  for (const part of parts) {
    if (part.format !== 1) return err(`popularity part of format ${String(part.format)}, this code reads 1`);
    if (part.shards !== count) return err('popularity parts of different runs');
    if (part.shard >= count || shards.has(part.shard)) return err(`popularity shard ${part.shard} is there twice`);
    shards.set(part.shard, part);
  }
  return ok({
    list(list, scope) {
      const key = scopeKey(list, scope);
      const part = shards.get(shardOf(key, count));
      const at = part ? positionIn(part.keys, key) : -1;
      const scores = part?.scores[at] ?? [];
      const best = scores[0] ?? 1;
      return (part?.lists[at] ?? []).map((item, i) => ({ item, score: (scores[i] ?? 0) / best }));
    },
  });
}
