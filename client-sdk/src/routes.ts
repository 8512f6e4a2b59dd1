/** What a page view is counted by: a fragment is part of it only where a router lives in it (`#/…`, `#!…`). */
const route = (): string => location.href.replace(/#(?![!/]).*/, '');

/**
 * Calls `view` for every view after the first: a change of route without a load, and a page that comes back from the
 * back/forward cache. A replaced entry counts only when the path changed: filters rewrite their own query.
 */
export function watchRoutes(view: (from: string) => void): void {
  let last = route();
  let path = location.pathname;
  const check = (replaced: boolean): void => {
    const from = last;
    const samePath = path === location.pathname;
    last = route();
    path = location.pathname;
    if (last !== from && !(replaced && samePath)) view(from);
  };
  if (window.navigation) {
    navigation.addEventListener('currententrychange', (event) => check(event.navigationType === 'replace'));
  } else {
    for (const name of ['pushState', 'replaceState'] as const) {
      const original = history[name];
      history[name] = (...args) => {
        original.apply(history, args);
        check(name === 'replaceState');
      };
    }
    addEventListener('popstate', () => check(false));
  }
  addEventListener('pageshow', (event) => event.persisted && view(document.referrer));
}
