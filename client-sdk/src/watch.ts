import type { Proposition } from '../../core/decision/proposition.ts';

/** Half of it … */
const VISIBLE_RATIO = 0.5;
/** … for this long, in a visible tab, is an impression. */
const VISIBLE_MS = 1_000;

/**
 * Impressions once per proposition, clicks once per proposition and element. Returns how to watch an element; call it
 * again when its proposition changed.
 */
export function createWatch(
  selector: string,
  propositionOf: (element: Element) => Proposition | undefined,
  track: (type: string, data: Readonly<Record<string, unknown>>) => void,
): (element: Element) => void {
  const displayed = new Set<string>();
  const clicked = new WeakMap<Element, string>();
  const visible = new Set<Element>();
  const timers = new Map<Element, number>();
  const report = (verb: string, { id, placement, offer }: Proposition): void =>
    track(`proposition.${verb}`, { proposition: id, placement, offer });

  const arm = (element: Element): void => {
    clearTimeout(timers.get(element));
    const proposition = propositionOf(element);
    if (!proposition || document.hidden || !visible.has(element) || displayed.has(proposition.id)) return;
    timers.set(
      element,
      setTimeout(() => {
        if (displayed.has(proposition.id)) return;
        displayed.add(proposition.id);
        report('displayed', proposition);
      }, VISIBLE_MS),
    );
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
      const element = (target as Element).closest?.(selector);
      const proposition = element && propositionOf(element);
      if (!proposition || clicked.get(element) === proposition.id) return;
      clicked.set(element, proposition.id);
      report('clicked', proposition);
    },
    true,
  );
  return (element) => {
    observer.observe(element);
    arm(element);
  };
}
