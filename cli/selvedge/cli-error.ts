/** What the command line answers to the shell. `plan --exit-code` alone uses 2 for "there are changes". */
export const EXIT = { ok: 0, problems: 1, usage: 2, server: 3 } as const;

/** Something that a person can do something about: it is printed without a stack. */
export class CliError extends Error {
  readonly exitCode: number;
  /** What to do next, in one line; null: the message says it. */
  readonly hint: string | null;

  constructor(message: string, exitCode: number, hint: string | null = null) {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
  }
}
