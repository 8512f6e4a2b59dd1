/** What a command sees of the process that it runs in. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the configuration files lie. */
  readonly folder: string;
  /** Print one JSON value instead of text. */
  readonly json: boolean;
  /** Of the deployment, where it was given. */
  readonly url: string | undefined;
  readonly isTerminal: boolean;
  /** The answer: standard output. */
  print(text: string): void;
  /** What goes on beside it: standard error. */
  note(text: string): void;
}

/** Prints the answer: JSON for scripts, lines for people. */
export function answer(shell: Shell, value: unknown, lines: () => readonly string[]): void {
  if (shell.json) shell.print(JSON.stringify(value, null, 2));
  else for (const line of lines()) shell.print(line);
}
