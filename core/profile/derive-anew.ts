import type { Fact } from '../event/event.ts';
import { applyMoved, type Strand } from './strand.ts';

/** What a strand derives from its facts, made anew from those that are left. A choice about consent stays, as it does when facts are kept no more. */
export function deriveAnew(strand: Strand, left: readonly Fact[]): void {
  const { lastSeen } = strand;
  strand.facts = 0;
  strand.attributes = {};
  strand.recent = [];
  strand.claims = [];
  for (const fact of left.toSorted((a, b) => a.at - b.at)) applyMoved(strand, fact);
  strand.lastSeen = lastSeen;
}
