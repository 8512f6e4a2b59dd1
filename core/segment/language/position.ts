/** A place in rule text. */
export interface Position {
  /** From 1. Lines end with \n, \r\n or \r. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

/** The place of a UTF-16 offset. */
export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let start = 0;
  for (const end of text.matchAll(/\r\n?|\n/g)) {
    const next = end.index + end[0].length;
    if (next > offset) break;
    line++;
    start = next;
  }
  return { line, column: offset - start + 1 };
}

/**
 * Where the parts of one parsed tree begin in its text: UTF-16 offsets, by the identity of the node. A tree that came as
 * JSON has none.
 */
export type Offsets = ReadonlyMap<object, number>;
