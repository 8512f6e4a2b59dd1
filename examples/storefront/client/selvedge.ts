/** The command queue that the inlined stub makes. It never throws, and takes calls before sdk.js is there. */
export type Selvedge = (command: string, ...values: readonly unknown[]) => unknown;

declare global {
  interface Window {
    readonly selvedge?: Selvedge;
  }
}

export function selvedge(command: string, ...values: readonly unknown[]): void {
  window.selvedge?.(command, ...values);
}
