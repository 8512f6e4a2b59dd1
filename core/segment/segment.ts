import type { Purpose } from '../policy/purposes.ts';
import type { Rule } from './rule.ts';

/** A named group: its predicate, what it is for, and whether a page may see it. */
export interface Segment {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly rule: Rule;
  readonly purpose: Purpose;
  /** The site may see memberships of this segment. */
  readonly public: boolean;
}
