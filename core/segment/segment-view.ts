import type { JsonValue } from '../lib/json.ts';
import type { PurposeMask } from '../policy/purposes.ts';

/** What evaluation needs of a profile beside its postings. Both answers must hold still during one call. */
export interface SegmentView {
  /** The stored value; undefined (or null) when there is none. */
  attribute(name: string): JsonValue | undefined;
  /** Purposes whose consent this strand withdrew: its facts do not exist for them. */
  withdrawn(strand: number): PurposeMask;
}
