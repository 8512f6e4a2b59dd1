import type { Purpose } from '../policy/purposes.ts';
import type { Expression } from './language/expression.ts';

/** A named group: its predicate, what it is for, and who may see it. */
export interface Segment {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly rule: Expression;
  readonly purpose: Purpose;
  /** The site may see memberships of this segment. */
  readonly public: boolean;
  /** Entering and leaving by time alone wakes the profile at the very instant; else it is seen at the next touch. */
  readonly observed: boolean;
  /** Its rule is given to pages, which find out themselves whether it is true. Left out: it stays at the edge. */
  readonly inBrowser?: boolean;
}
