import type { Proposition } from '../../core/decision/proposition.ts';
import { HIDDEN_MS, KEPT_CHARS, KEPT_MS } from './budgets.ts';
import type { StepTools } from './steps.ts';
import { addStyle } from './style.ts';

/** Where the last answer is kept, and for how long it may be shown again, ms. */
const KEPT = 'p';

/** Path of the page, when it was answered, and what. */
type Kept = readonly [path: string, atMs: number, propositions: readonly Proposition[]];

/** Until the first answer: what was shown on this page last, or else nothing where live offers may change what there is. For `addDecisions`. */
export function startEarly(
  { bus, storage, consent, config, everywhere, take, answers }: StepTools,
  isHydrated: boolean,
): void {
  const { placements = [], prehide = {} } = config;
  // A preview goes on over the pages of a visit, until the browser is closed or the parameter is there without a value.
  const [preview] = /(?<=[?&])selvedge_preview=[\w.-]*/.exec(location.search) ?? [];
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store answers later than the first request leaves.
  if (preview) document.cookie = `${preview};path=/;secure;samesite=lax`;
  let show: (() => void) | undefined;
  bus.on('error', () => show?.());
  const keep = (kept: Kept | null): void => {
    storage.set(KEPT, kept);
    show?.();
  };
  bus.on('reset', () => keep(null));
  bus.on('answer', ({ visitor }) => {
    // What a person sees who is known stays out of storage: the next one may share the browser.
    const kept: Kept | false = visitor?.state === 'anonymous' &&
      consent.mode() === 'open' && [location.pathname, Date.now(), answers()];
    keep(kept && JSON.stringify(kept).length < KEPT_CHARS ? kept : null);
  });
  for (const placement in prehide) everywhere.add(placement);
  if (isHydrated) return;
  // Kept under consent, and gone with it.
  const kept = storage.get<Kept>(KEPT);
  if (kept?.[0] === location.pathname && Date.now() - kept[1] < KEPT_MS) {
    // Without ids: what is shown again is not counted again.
    const shown = kept[2].map((one) => ({ ...one, id: '' }));
    take(shown, true);
    return;
  }
  const hidden = [
    ...placements.map((id) => `[data-selvedge="${id}"]:not([data-selvedge-rendered])`),
    ...Object.values(prehide).flat(),
  ];
  // What the visitor may have seen already stays.
  if (performance.getEntriesByType('paint')[0] || consent.mode() !== 'open') return;
  show = addStyle(`:is(${hidden}):not(:root,body){visibility:hidden!important}`);
  setTimeout(show, HIDDEN_MS);
}
