import type { AttributeType } from '../attribute-type.ts';
import type { Tables } from './tables.ts';

/** What recognising conditions needs to know. */
export interface ConditionContext {
  readonly tables: Tables;
  /** Null: a profile may hold anything. */
  readonly attributes: ReadonlyMap<string, AttributeType> | null;
}
