/** No part of what a page view is counted by, unless a router lives in it (`#/…`, `#!…`). */
const FRAGMENT = /#(?![!/]).*/;

/**
 * Calls `view` for every view after the first: a change of route without a load, and a page that comes back from the
 * back/forward cache. A replaced entry counts only when the path changed: filters rewrite their own query.
 */
export function watchRoutes(view: (from: string) => void): void {
  let last = location.href;
  const check = (replaced: boolean): void => {
    const from = last.replace(FRAGMENT, '');
    last = location.href;
    const beside = replaced ? /[?#].*/ : FRAGMENT;
    if (last.replace(beside, '') !== from.replace(beside, '')) view(from);
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
