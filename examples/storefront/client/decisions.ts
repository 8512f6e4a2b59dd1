declare global {
  interface Window {
    /** What the SDK told before this script was there: the page's head keeps it. */
    readonly halden?: readonly Event[];
  }
}

/** Decisions that the SDK hands to the page (`data-selvedge-json`): those to come, and those that came already. */
export function watchDecisions(name: string, handle: (event: Event) => void): void {
  document.addEventListener(name, handle);
  for (const event of window.halden ?? []) if (event.type === name) handle(event);
}
