import type { AuthState } from '../event/event.ts';
import type { Purpose } from '../policy/purposes.ts';
import type { Expression } from '../segment/language/expression.ts';

/** A computed attribute: a named expression over one profile, usable in rules wherever an attribute is. */
export interface Measure {
  /** Identifier, as rules name it. */
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly expression: Expression;
  /** Facts collected without it do not count. */
  readonly purpose: Purpose;
  /** May leave for a browser. */
  readonly public: boolean;
  /** Authentication state in which it may be shown. Left out: in any. */
  readonly requires?: AuthState;
}
