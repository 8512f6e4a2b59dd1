import type { Proposition } from '../../core/decision/proposition.ts';
import { HIDDEN_MS, KEPT_CHARS, KEPT_MS } from './budgets.ts';
import type { StepTools } from './steps.ts';
import { addStyle } from './style.ts';

/** Where the last answer is kept, and for how long it may be shown again, ms. */
const KEPT = 'p';

/** Path of the page, when it was answered, and what. */
type Kept = readonly [path: string, atMs: number, propositions: readonly Proposition[]];

/** Until the first answer: what was shown on this page last, or else nothing where live offers may change what there is. For `addDecisions`. */
export function startEarly({ bus, storage, consent, config, everywhere, take, answers, isHydrated }: StepTools): void {
  const { placements = [], prehide = {} } = config;
  // A preview goes on over the pages of a visit, until the browser is closed or the parameter is there without a value.
  const preview = /[?&]selvedge_preview=([\w.-]*)/.exec(location.search)?.[1];
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store answers later than the first request leaves.
  if (preview !== undefined) document.cookie = `selvedge_preview=${preview};path=/;secure;samesite=lax`;
  let show: (() => void) | undefined;
  const isOpen = (): boolean => consent.mode() === 'open';
  bus.on('error', () => show?.());
  bus.on('reset', () => {
    storage.set(KEPT, null);
    show?.();
  });
  bus.on('answer', ({ visitor }) => {
    // What a person sees who is known stays out of storage: the next one may share the browser.
    const kept = visitor?.state === 'anonymous' && isOpen() && [location.pathname, Date.now(), answers()];
    storage.set(KEPT, kept && JSON.stringify(kept).length < KEPT_CHARS ? kept : null);
    show?.();
  });
  for (const placement in prehide) everywhere.add(placement);
  if (isHydrated()) return;
  // Kept under consent, and gone with it.
  const [path, atMs, kept] = storage.get<Kept>(KEPT) ?? ['', 0, []];
  if (path === location.pathname && Date.now() - atMs < KEPT_MS) {
    // Without ids: what is shown again is not counted again.
    const shown = kept.map((one) => ({ ...one, id: '' }));
    take(shown, 'kept');
    return;
  }
  const hidden = [
    ...placements.map((id) => `[data-selvedge="${CSS.escape(id)}"]:not([data-selvedge-rendered])`),
    ...Object.values(prehide).flat(),
  ];
  // What the visitor may have seen already stays.
  if (performance.getEntriesByType('paint')[0] || !isOpen()) return;
  show = addStyle(`:is(${hidden}):not(:root,body){visibility:hidden!important}`);
  setTimeout(show, HIDDEN_MS);
}
