import type { Label } from '../../policy/labels.ts';
import type { Purpose } from '../../policy/purposes.ts';
import type { ZoneTable } from '../runtime/program.ts';
import type { Tables } from './tables.ts';

/** What the parts of a program are made from. */
export interface Assembly {
  /** Sorted by id: their order in the program. */
  readonly segments: readonly { readonly id: string; readonly purpose: Purpose }[];
  readonly measures: readonly { readonly id: string; readonly purpose: Purpose }[];
  readonly attributes: ReadonlyMap<string, { readonly labels: readonly Label[] }> | null;
  readonly eventLabels?: (type: string, path: string) => readonly Label[];
  /** As in `CompileInput`. */
  readonly only?: ReadonlySet<string>;
  readonly tables: Tables;
  readonly zone: ZoneTable;
}
