/** A fact about the code that one call proves: it throws where the fact does not hold. Fast, no I/O, no framework. */
export interface Check {
  /** Unique in the suite. */
  readonly name: string;
  readonly run: () => void;
}

/** A check for each row of a table. */
export function checkEach<Row extends readonly unknown[]>(
  subject: string,
  rows: readonly Row[],
  run: (...row: Row) => void,
): readonly Check[] {
  return rows.map((row, i) => ({
    name: `${subject} ${i + 1}: ${String(row[0]).slice(0, 80)}`,
    run: () => run(...row),
  }));
}
