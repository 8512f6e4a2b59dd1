import type { AuthState } from '../event/event.ts';
import type { JsonValue } from '../lib/json.ts';
import type { Purpose } from '../policy/purposes.ts';
import type { Expression } from '../segment/language/expression.ts';
import type { Cap } from './cap.ts';
import type { ContentKind } from './placement.ts';

/** Contents of other kinds than `Offer.content` is for, by kind. */
export type ContentsByKind = { readonly [K in ContentKind]?: JsonValue };

/** A candidate with content and eligibility. */
export interface Offer {
  readonly id: string;
  readonly name: string;
  readonly placements: readonly string[];
  /** Who may get it; absent: everybody. */
  readonly eligibility?: Expression;
  /** Higher first; ties by a hash of visitor and offer. */
  readonly priority: number;
  readonly schedule?: { readonly from?: string; readonly until?: string };
  readonly purpose: Purpose;
  /** Authentication state needed; `anonymous` is everybody. */
  readonly requires: AuthState;
  /** For every kind of placement that `contents` has nothing for. Strings in it may be templates. */
  readonly content: JsonValue;
  readonly contents?: ContentsByKind;
  /** By language tag (`ko`, `pt-BR`): what replaces content and contents for visitors of that language. */
  readonly translations?: Readonly<
    Record<string, { readonly content?: JsonValue; readonly contents?: ContentsByKind }>
  >;
  /** Words that affinity rankers compare with a person's interests. */
  readonly tags?: readonly string[];
  /** Id of the catalogue item that it is about. */
  readonly item?: string;
  readonly caps?: readonly Cap[];
  /** After such an event it is shown no more: ever, or `for` a duration (ISO 8601). `ownItem`: only when the event names `item`. */
  readonly suppressAfter?: readonly { readonly event: string; readonly ownItem?: boolean; readonly for?: string }[];
  /** Not shown for this long (ISO 8601) after the visitor dismissed it. */
  readonly coolDown?: string;
  /** At most one offer of a group in an answer. */
  readonly exclusionGroup?: string;
  /** In all, over all people: handed out in leases by the budget object, never over. */
  readonly budget?: { readonly total: number };
}
