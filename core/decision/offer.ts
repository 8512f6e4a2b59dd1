import type { AuthState } from '../event/event.ts';
import type { Instant } from '../lib/ids.ts';
import type { JsonValue } from '../lib/json.ts';
import type { Purpose } from '../policy/purposes.ts';
import type { Expression } from '../segment/language/expression.ts';

export type ContentKind = 'html' | 'json';

export interface Placement {
  readonly id: string;
  readonly name: string;
  readonly kind: ContentKind;
  /** Shown when nothing qualifies; null leaves the page as it is. */
  readonly fallback: JsonValue;
}

export interface Offer {
  readonly id: string;
  readonly name: string;
  readonly placements: readonly string[];
  /** Who may get it; absent: everybody. */
  readonly eligibility?: Expression;
  /** Higher first; ties by id. */
  readonly priority: number;
  readonly schedule?: { readonly from?: string; readonly until?: string };
  readonly purpose: Purpose;
  /** Authentication state needed; `anonymous` is everybody. */
  readonly requires: AuthState;
  /** Fits the kind of its placements: a string of HTML, or any JSON. */
  readonly content: JsonValue;
}

/** An offer in the live ruleset. */
export interface CompiledOffer extends Omit<Offer, 'eligibility' | 'schedule'> {
  /** Position of the eligibility rule in the program, null for everybody. */
  readonly rule: number | null;
  readonly from: Instant | null;
  readonly until: Instant | null;
}
