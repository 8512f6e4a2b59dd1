import type { Purpose } from '../policy/purposes.ts';
import type { AttributeType } from './attribute-type.ts';
import type { Rule } from './rule.ts';

/** What the compiler takes of a segment; other owners of rules (an offer's eligibility) come as sources of their own. */
export interface SegmentSource {
  readonly id: string;
  readonly rule: Rule;
  readonly purpose: Purpose;
  /** JSON pointer of the definition, which holds the rule under `/rule`. Default: `/<position>`. */
  readonly pointer?: string;
}

/** What names mean in this ruleset. */
export interface CompileContext {
  readonly attributes: ReadonlyMap<string, AttributeType>;
  /** Event types that exist beside `custom.…`; left out: any type passes. */
  readonly eventTypes?: ReadonlySet<string>;
}
