import type { Instant } from '../lib/ids.ts';

/** What a member of an event's data is. */
export type FieldKind = 'string' | 'number' | 'boolean' | 'list' | 'object' | 'null';

/** What a tally counts. `event`: of a type; `field`: that a field was there; the rest: what differed from the plan, or was refused (`name` is the code then). */
export const TALLY_KINDS = ['event', 'field', 'unplannedType', 'unplannedField', 'missingField', 'refused'] as const;
export type TallyKind = (typeof TALLY_KINDS)[number];

/** How often something happened at a source. */
export interface Tally {
  readonly source: string;
  readonly kind: TallyKind;
  /** Event type; of `refused`: the code. */
  readonly name: string;
  /** Of `refused`: the event type; '' where there is none. */
  readonly field: string;
  readonly count: number;
  readonly first: Instant;
  readonly last: Instant;
  /** Of what differed from the plan: the members of one such event and what they are, without values. */
  readonly sample: Readonly<Record<string, FieldKind>> | null;
}
