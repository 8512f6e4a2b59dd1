import { REDIRECT_PAUSE_MS } from './budgets.ts';
import type { PlanSteps } from './steps.ts';

/** When the browser was led on last. */
const LED_AT = 'r';

/** Propositions that leave the page: to its own host, or to one that the source allows. */
export const planRedirect: PlanSteps = ([one], { storage, bus, report, config: { redirectHosts = [] } }, isKept) => {
  const { url } = (one?.content ?? {}) as { readonly url?: string };
  // Where a test leads nobody on, that is what the visitor saw of it.
  if (!url && one?.experiment) report('displayed', one);
  if (!one || !url || isKept) return [];
  try {
    const { host, href, protocol } = new URL(url, location.href);
    if (!/^https?:$/.test(protocol) || ![location.host, ...redirectHosts].includes(host)) throw new Error(host);
    const now = Date.now();
    if (href !== location.href && now - (storage.get<number>(LED_AT) ?? 0) > REDIRECT_PAUSE_MS) {
      storage.set(LED_AT, now);
      report('displayed', one);
      location.replace(href);
    }
  } catch (cause) {
    bus.emit('error', { kind: 'render', cause });
  }
  return [];
};
