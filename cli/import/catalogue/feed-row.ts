import type { CatalogueRow } from '../../../core/source/catalogue/parse-item.ts';

/** A row or item of the file, by the line that it begins on, or why it is none. */
export type FeedRow =
  | { readonly line: number; readonly row: CatalogueRow }
  | { readonly line: number; readonly unreadable: string };

/** The rest of the file cannot be read. What came before it counts. */
export class FeedBroken extends Error {
  override readonly name = 'FeedBroken';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}
