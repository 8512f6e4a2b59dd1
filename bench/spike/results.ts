/** What the Worker answers to the experiments: the only file that both sides know. */

export interface ShapeResult {
  readonly shape: string;
  readonly ddl: number;
  readonly one: number;
  readonly ten: number;
  /** Rows written by what must happen later: draining the outbox, retention, a duplicate. */
  readonly later: number;
  readonly laterIs: string;
}

export interface BirthResult {
  readonly rowsWritten: number;
  readonly databaseSize: number;
}
