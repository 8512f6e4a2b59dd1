/** What the command line asks for, checked. */
export interface ReplayOptions {
  readonly file: string;
  readonly mapping: string;
  readonly endpoint: string | undefined;
  readonly key: string | undefined;
  readonly encoding: 'utf8' | 'latin1' | undefined;
  readonly concurrency: number;
  /** Times real time; null: as fast as possible. */
  readonly speed: number | null;
  readonly shiftToNow: boolean;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly limit: number | null;
  readonly dryRun: boolean;
  readonly restart: boolean;
  readonly strict: boolean;
}

/** What a replay needs from its surroundings. */
export interface ReplaySurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `.selvedge` of the working directory: demo.json is read there, checkpoints are kept there. */
  readonly stateDir: string;
  readonly isTerminal: boolean;
  /** Ends the replay in good order: what is under way is answered, the position is saved. */
  readonly stop: AbortSignal;
  nowMs(): number;
  print(line: string): void;
}
