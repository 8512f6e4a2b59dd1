import { REDIRECT_PAUSE_MS } from './budgets.ts';
import { act, type DomAction, styleOf } from './dom-actions.ts';
import { record } from './record.ts';
import type { Plans } from './steps.ts';
import { addStyle } from './style.ts';

export type { DomAction } from './dom-actions.ts';

const LED_AT = 'r';

/** Propositions that change the page where no element is marked for them, and those that leave it. For `addDecisions`. */
export const domPlans: Plans = {
  dom: (list, { parse, isSafe }) =>
    list.flatMap(({ content }, of) =>
      ((content as { readonly actions?: readonly DomAction[] } | null)?.actions ?? []).map((todo) => {
        const { action, selector } = todo;
        const rule = styleOf(todo);
        const isStyle = action === 'hide' || action === 'setStyle';
        return {
          selector,
          of,
          ...(rule && { undo: addStyle(rule) }),
          act: (element) => {
            const parent = element.parentElement as Element;
            if (isStyle) return [{ undo() {}, seen: action === 'hide' ? parent : element }];
            const { added, undo } = record(() => act(todo, element, parse, isSafe));
            if (action === 'move' && !added[0]) return [];
            const [first] = added;
            const seen = first && !/^set/.test(action) ? first : element.isConnected ? element : parent;
            return [{ undo, added, seen, anchor: element.isConnected ? element : seen }];
          },
        };
      }),
    ),
  redirect: ([one], { storage, bus, report, config: { redirectHosts = [] } }, isKept) => {
    const { url } = (one?.content ?? {}) as { readonly url?: string };
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
  },
};
