import type { JsonValue } from '../lib/json.ts';
import type { Cap } from './cap.ts';

/** What a placement takes. `value`: a flag's or setting's value; `json`: any JSON for the page's own code; `list`: catalogue items. */
export const CONTENT_KINDS = ['value', 'json', 'html', 'dom', 'redirect', 'list'] as const;
export type ContentKind = (typeof CONTENT_KINDS)[number];

/** What a `value` placement answers, so that pages may rely on it. */
export const VALUE_TYPES = ['boolean', 'number', 'string', 'json'] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

/** Where content may appear. */
export interface Placement {
  readonly id: string;
  readonly name: string;
  readonly kind: ContentKind;
  /** Of kind `value` only. */
  readonly valueType?: ValueType;
  /** Shown when nothing qualifies; null leaves the page as it is. */
  readonly fallback: JsonValue;
  /** How many offers at most, 1 to 20; absent: 1. Each is a proposition of its own. */
  readonly count?: number;
  /** Placements of one answer that share a group never show the same offer. */
  readonly dedupeGroup?: string;
  /** Higher chooses first where placements compete; absent: 0. */
  readonly priority?: number;
  /** Id of a ranker; absent: priority of the offers. */
  readonly ranker?: string;
  /** Over all offers in it. */
  readonly caps?: readonly Cap[];
}
