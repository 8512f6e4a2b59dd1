import type { BrowserPart } from '../../core/ruleset/manifest.ts';
import type { HtmlPolicy } from './html.ts';
import { type Parts, start } from './start.ts';

/** Replaced by a JSON object when the Worker serves the file; see the README. */
declare const __SELVEDGE_CONFIG__: BrowserPart;

/** A call of the page, and how to settle its promise. */
type Call = readonly [args: readonly [string, ...unknown[]], settle: (value?: unknown) => void];
interface Stub {
  /** Calls made before this file arrived. */
  q?: { forEach?(run: (call: Call) => void): void; push(call: Call): unknown };
  /** The stub's Trusted Types policy: one name, one policy. */
  p?: HtmlPolicy | undefined;
  /** Set once this file runs: a second copy does nothing. */
  v?: 1;
}
const page = window as unknown as { selvedge?: Stub };

/** Starts the page's client with these parts, and lets the stub's calls through. */
export function boot(given: Parts): void {
  const stub = page.selvedge;
  if (stub?.v) return;
  const config = __SELVEDGE_CONFIG__;
  // Only where it is needed: the first element that a script touches is what costs most of a start.
  const src = config.sdk.endpoint ? undefined : (document.currentScript as HTMLScriptElement | null)?.src;
  const parts = { policy: stub?.p, ...given };
  const client = start(config, src, parts) as unknown as Record<string, unknown>;
  const run = ([[name, ...args], settle]: Call): void => {
    const member = client[name];
    try {
      settle(typeof member === 'function' ? member(...args) : member);
    } catch (cause) {
      reportError(cause);
      settle();
    }
  };
  page.selvedge = Object.assign((...args: [string, ...unknown[]]) => new Promise((settle) => run([args, settle])), {
    v: 1 as const,
  });
  if (!stub?.q) return;
  // A page may hold on to the stub: its calls come through, and the policy does not stay in reach.
  stub.p = undefined;
  stub.q.forEach?.(run);
  stub.q.push = run;
}
