import type { PurposeMask } from '../../policy/purposes.ts';
import type { Code } from '../runtime/code.ts';
import type { Tables } from './tables.ts';

/** Code, and whether its value may be an event or hold one: only then do its fields need columns. */
export interface Lowered {
  readonly code: Code;
  readonly events: boolean;
}

/** What lowering needs to know beyond the expression. */
export interface LowerContext {
  readonly tables: Tables;
  /** On the way to the expression: its own purpose and those of everything through which it is reached. */
  readonly purposes: PurposeMask;
  /** Null where a profile may hold anything: then an attribute comes before a measure of its name. */
  readonly declared: ReadonlySet<string> | null;
  /** The cell of a measure when it is read from here; null for no such measure. */
  readonly measure: (name: string) => { readonly cell: number; readonly events: boolean } | null;
  /** Whether the person is a member, as it is when asked from here. */
  readonly segment: (id: string) => Code;
  /** IANA name. */
  readonly timeZone: string;
}
