/** Something the user can do something about; the message says what. */
export class ReconcileError extends Error {}
