/** The part of cli-progress 3.12 that we use; the package ships no types. */
declare module 'cli-progress' {
  export interface BarOptions {
    readonly format?: string;
    readonly hideCursor?: boolean;
    readonly clearOnComplete?: boolean;
    readonly fps?: number;
    readonly barCompleteChar?: string;
    readonly barIncompleteChar?: string;
  }
  export class SingleBar {
    constructor(options: BarOptions);
    start(total: number, startValue: number, payload?: Readonly<Record<string, string>>): void;
    update(value: number, payload?: Readonly<Record<string, string>>): void;
    stop(): void;
  }
}
