import type { Proposition } from '../../core/decision/proposition.ts';
import type { InteractResponse } from '../../core/interaction/wire.ts';
import type { JsonValue } from '../../core/lib/json.ts';
import type { CoreClient } from './core.ts';
import { createParser, type HtmlPolicy } from './html.ts';
import { createWatch } from './watch.ts';

export type { Proposition } from '../../core/decision/proposition.ts';

const PLACEMENT = 'data-selvedge';
const RENDERED = 'data-selvedge-rendered';
const JSON_EVENT = 'data-selvedge-json';
const SELECTOR = `[${PLACEMENT}]`;
/** Elements that appear later are looked for at most this often, ms. */
const SCAN_MS = 50;

export interface DecideOptions {
  /** Content by placement id, used when nothing answered or neither offer nor fallback came. */
  readonly fallback?: Readonly<Record<string, JsonValue>>;
}

export interface DecideClient {
  /** Headless decisions, in the order asked for. Never rejects: without an answer the reason is `degraded`. */
  decide(placements: string | readonly string[], options?: DecideOptions): Promise<readonly Proposition[]>;
  /** Looks for placements in the page and asks for all of them again. */
  render(): Promise<InteractResponse | null>;
}

interface Shown {
  readonly proposition: Proposition;
  /** What the page had there before. */
  readonly base: readonly Node[];
}

const isSame = (a: Proposition | undefined, b: Proposition): boolean =>
  a?.offer === b.offer && JSON.stringify(a.content) === JSON.stringify(b.content);

/** Adds decisions to a client: headless, and into every element marked `data-selvedge="<placement id>"`. */
export function addDecisions({ link: { bus, sender, track } }: CoreClient, policy?: HtmlPolicy): DecideClient {
  /** Answers of this view. An answer that changes nothing keeps its first id, so that an impression counts once a view. */
  const answers = new Map<string, Proposition>();
  /** Placements asked for without an element, in this view. */
  const headless = new Set<string>();
  /** Placements asked for in this view, answered or not. */
  const asked = new Set<string>();
  const shown = new WeakMap<Element, Shown>();
  const parse = createParser(policy);
  let watch: ((element: Element) => void) | undefined;
  let scanning = false;

  const marked = (): Element[] => [...document.querySelectorAll(SELECTOR)];
  const placementOf = (element: Element): string => element.getAttribute(PLACEMENT) ?? '';
  const restore = (element: Element): void => {
    if (element.hasAttribute(RENDERED)) element.replaceChildren(...(shown.get(element)?.base ?? []));
    element.removeAttribute(RENDERED);
  };

  const apply = (element: Element, proposition: Proposition): void => {
    const before = shown.get(element);
    if (before?.proposition === proposition) return;
    const { offer, content, kind } = proposition;
    const name = offer ?? 'fallback';
    const mark = element.getAttribute(RENDERED);
    // What the server put there is not what the page had: without its own content it can only be emptied.
    const base = before?.base ?? (mark && mark !== 'fallback' ? [] : [...element.childNodes]);
    shown.set(element, { proposition, base });
    const changed = before ? !isSame(before.proposition, proposition) : mark !== name;
    try {
      if (changed && content === null) restore(element);
      else if (changed && kind === 'html') {
        element.replaceChildren(parse(`${content}`));
        element.setAttribute(RENDERED, name);
      } else if (kind === 'json' && (changed || !before)) {
        const event = element.getAttribute(JSON_EVENT);
        if (event) element.dispatchEvent(new CustomEvent(event, { bubbles: true, detail: proposition }));
      }
    } catch (cause) {
      shown.delete(element);
      bus.emit('error', { kind: 'render', cause });
      return;
    }
    if (changed || !before) bus.emit('proposition', proposition, element);
    if (content === null && offer === null) return;
    watch ??= createWatch(SELECTOR, (watched) => shown.get(watched)?.proposition, track);
    watch(element);
  };

  /** Elements that came since the last answer: filled from it, or asked for. */
  const scan = (): void => {
    scanning = false;
    for (const element of marked()) {
      const placement = placementOf(element);
      const answer = answers.get(placement);
      if (answer) apply(element, answer);
      else if (!asked.has(placement)) {
        sender.wanted.add(placement);
        asked.add(placement);
        void sender.send();
      }
    }
  };
  bus.on('ask', (wanted) => {
    for (const element of marked()) headless.delete(placementOf(element));
    for (const placement of [...headless, ...marked().map(placementOf)]) {
      wanted.add(placement);
      asked.add(placement);
    }
  });
  bus.on('view', () => {
    for (const known of [answers, headless, asked]) known.clear();
  });
  bus.on('reset', () => {
    for (const known of [answers, headless, asked]) known.clear();
    for (const element of marked()) {
      restore(element);
      shown.delete(element);
    }
  });
  bus.on('answer', ({ propositions }) => {
    const changed = propositions.filter((proposition) => {
      const before = answers.get(proposition.placement);
      if (before && (proposition.reason === 'degraded' || isSame(before, proposition))) return false;
      answers.set(proposition.placement, proposition);
      return true;
    });
    const inPage = new Set(marked().map(placementOf));
    for (const proposition of changed)
      if (!inPage.has(proposition.placement)) bus.emit('proposition', proposition, null);
    scan();
  });
  new MutationObserver(() => {
    if (!scanning) setTimeout(scan, SCAN_MS);
    scanning = true;
  }).observe(document, { childList: true, subtree: true });

  const render: DecideClient['render'] = () => {
    sender.refresh();
    return sender.send();
  };
  void render();

  return {
    decide: async (placements, { fallback = {} } = {}) => {
      const ids = typeof placements === 'string' ? [placements] : placements;
      for (const id of ids) {
        headless.add(id);
        sender.wanted.add(id);
      }
      await sender.send();
      return ids.map((placement) => {
        const answer = answers.get(placement) ?? {
          id: '',
          placement,
          kind: null,
          offer: null,
          content: null,
          reason: 'degraded' as const,
        };
        return answer.offer === null && answer.content === null
          ? { ...answer, content: fallback[placement] ?? null }
          : answer;
      });
    },
    render,
  };
}
