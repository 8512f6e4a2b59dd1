import { err, ok, type Result } from '../../lib/result.ts';
import { type Neighbour, type NeighbourKind, type NeighboursPart, SCORE_SCALE } from './neighbours-part.ts';
import { positionIn, shardOf } from './shards.ts';

/** Who stands beside whom. Nothing is found for a kind or shard whose part is not at hand. */
export interface Neighbours {
  /** Strongest first. */
  of(kind: NeighbourKind, item: string): readonly Neighbour[];
}

/** Opens parts of any kinds. The error says why they do not fit together. */
export function openNeighbours(parts: readonly NeighboursPart[]): Result<Neighbours, string> {
  const kinds = new Map<NeighbourKind, { readonly count: number; readonly shards: Map<number, Shard> }>();
  for (const part of parts) {
    if (part.format !== 1) return err(`neighbours part of format ${String(part.format)}, this code reads 1`);
    const kind = kinds.get(part.kind) ?? { count: part.shards, shards: new Map<number, Shard>() };
    if (kind.count !== part.shards) return err(`neighbours parts (${part.kind}) of different runs`);
    if (part.shard >= part.shards || kind.shards.has(part.shard))
      return err(`neighbours shard ${part.kind}/${part.shard} is there twice`);
    kind.shards.set(part.shard, openShard(part));
    kinds.set(part.kind, kind);
  }
  return ok({
    of(kind, item) {
      const held = kinds.get(kind);
      const shard = held?.shards.get(shardOf(item, held.count));
      return shard ? neighboursIn(shard, item) : [];
    },
  });
}

interface Shard {
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly starts: Int32Array;
  readonly to: Int32Array;
  readonly scores: Uint16Array;
}

function openShard({ ids, names, starts, to, scores }: NeighboursPart): Shard {
  return {
    ids,
    names,
    starts: Int32Array.from(starts),
    to: Int32Array.from(to),
    scores: Uint16Array.from(scores),
  };
}

function neighboursIn({ ids, names, starts, to, scores }: Shard, item: string): readonly Neighbour[] {
  const at = positionIn(ids, item);
  const found: Neighbour[] = [];
  for (let i = starts[at] ?? 0; at >= 0 && i < (starts[at + 1] ?? 0); i++)
    found.push({ item: names[to[i] ?? -1] ?? '', score: (scores[i] ?? 0) / SCORE_SCALE });
  return found;
}
