import type { Proposition } from '../../core/decision/proposition.ts';

/** Half of it … */
const VISIBLE_RATIO = 0.5;
/** … for this long, in a visible tab, is an impression. */
const VISIBLE_MS = 1_000;
/** A click on such an element, or in it, dismisses the proposition around it. */
const DISMISS = '[data-selvedge-dismiss]';

export type Verb = 'displayed' | 'clicked' | 'dismissed';

/**
 * Impressions, clicks and dismissals, each once per proposition; one without an id counts nothing. `act` is told before the report leaves. Returns how to watch an
 * element; call it again when its proposition changed.
 */
export function createWatch(
  propositionOf: (element: Element) => Proposition | undefined,
  report: (verb: Verb, proposition: Proposition) => void,
): (element: Element) => void {
  const visible = new Set<Element>();
  const timers = new WeakMap<Element, ReturnType<typeof setTimeout>>();

  const arm = (element: Element): void => {
    clearTimeout(timers.get(element));
    const proposition = propositionOf(element);
    if (proposition && !document.hidden && visible.has(element))
      timers.set(element, setTimeout(report, VISIBLE_MS, 'displayed', proposition));
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, intersectionRatio } of entries) {
        if (intersectionRatio >= VISIBLE_RATIO) visible.add(target);
        else visible.delete(target);
        arm(target);
      }
    },
    { threshold: VISIBLE_RATIO },
  );
  document.addEventListener('visibilitychange', () => visible.forEach(arm));
  document.addEventListener(
    'click',
    ({ target }) => {
      for (let element = target as Element | null; element; element = element.parentElement) {
        const proposition = propositionOf(element);
        if (proposition) return report((target as Element).closest(DISMISS) ? 'dismissed' : 'clicked', proposition);
      }
    },
    true,
  );
  return (element) => {
    observer.observe(element);
    arm(element);
  };
}
