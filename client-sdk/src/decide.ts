import type { Proposition } from '../../core/decision/proposition.ts';
import type { InteractResponse } from '../../core/interaction/wire.ts';
import type { JsonValue } from '../../core/lib/json.ts';
import { MOST_CHANGES } from './budgets.ts';
import type { SdkListener } from './bus.ts';
import type { CoreClient } from './core.ts';
import { createParser, type HtmlPolicy } from './html.ts';
import { readState } from './inlined-state.ts';
import type { ContentOf, Decision, PlacementId } from './placements.ts';
import type { DecideConfig, Made, Plans, Step, StepTools } from './steps.ts';
import { createWatch, type Verb } from './watch.ts';

export type { Proposition } from '../../core/decision/proposition.ts';
export type { InlinedState } from './inlined-state.ts';
export type { ContentOf, Decision, PlacementId } from './placements.ts';

const PLACEMENT = 'data-selvedge';
const RENDERED = 'data-selvedge-rendered';
const JSON_EVENT = 'data-selvedge-json';
export interface DecideOptions {
  /** Content by placement id, used when nothing answered or neither offer nor fallback came. */
  readonly fallback?: Readonly<Record<string, JsonValue>>;
}

export interface DecideClient {
  /** As that of `/core`; a listener of `proposition` is told at once of what holds in this view already. */
  readonly on: CoreClient['on'];
  /** Several in one request, in the order asked for; a placement of more than one offer gives as many propositions. Never rejects. */
  decide(placements: readonly string[], options?: DecideOptions): Promise<readonly Proposition[]>;
  decide<P extends PlacementId>(
    placement: P,
  ): Promise<Omit<Decision<P>, 'content'> & { readonly content: ContentOf<P> | null }>;
  /** The decision for one placement, with the fallback as its content when there is neither offer nor answer. Never rejects: without an answer the reason is `degraded`. */
  decide<P extends PlacementId>(placement: P, fallback: ContentOf<P>): Promise<Decision<P>>;
  /** Looks for placements in the page and asks for all of them again. */
  render(): Promise<InteractResponse | null>;
  /** Counts impressions and clicks of what the page itself made of a decision, in this element. */
  observe(placement: string, element: Element): void;
  /** The visitor closed it: reported once, and what it changed goes back until something else is decided. */
  dismiss(placement: string): void;
}

export interface DecideParts {
  /** A Trusted Types policy to use instead of an own one. */
  readonly policy?: HtmlPolicy | undefined;
  /** Kinds of propositions beyond those for marked elements and code: `domPlans` of `/dom`. */
  readonly plans?: Plans;
  /** `startEarly` of `/early`. */
  readonly early?: (tools: StepTools, isHydrated: boolean) => void;
}

interface Change extends Made {
  readonly element: Element;
  /** When it leaves the document, so did the change. */
  readonly anchor: Element;
}

/** What a placement has: its answer, and what that changed in the page. */
interface Slot {
  list: readonly Proposition[];
  /** A new view began since: shown on, but not in new elements. */
  old?: boolean;
  steps: (Step & { readonly done: WeakSet<Element> })[];
  changes: Change[];
}

const textOf = (list: readonly Proposition[]): string =>
  JSON.stringify(list.map(({ kind, offer, content }) => [kind, offer, content]));

/** Adds decisions to a client: headless, into every element marked `data-selvedge="<placement id>"`, and as DOM actions. */
export function addDecisions(
  { link }: CoreClient,
  config: DecideConfig = {},
  { policy, plans = {}, early }: DecideParts = {},
): DecideClient {
  const { bus, sender, consent, track } = link;
  /** Answers of this view and what is still shown of the one before. An answer that changes nothing keeps its first id, so that an impression counts once a view. */
  const slots = new Map<string, Slot>();
  /** Placements asked for in this view, answered or not; true: only by code, without an element. */
  const asked = new Map<string, boolean>();
  /** Placements that the edge decided for this very page. */
  const inlined = new Set<string>();
  /** Placements that no element asks for, but the page as such. */
  const everywhere = new Set(config.everywhere);
  const shown = new WeakMap<Element, Proposition>();
  const reported = new Set<string>();
  const parse = createParser(policy);
  let watch: ((element: Element) => void) | undefined;
  let scanning = false;
  let hydrated = false;

  const marked = (): string[] =>
    [...document.querySelectorAll(`[${PLACEMENT}]`)].map((element) => element.getAttribute(PLACEMENT) as string);
  const fresh = (placement: string): Slot | undefined => {
    const slot = slots.get(placement);
    return slot?.old ? undefined : slot;
  };
  const selectorOf = (placement: string): string => `[${PLACEMENT}="${placement}"]`;
  const report = (verb: Verb, { id, placement, offer }: Proposition): void => {
    if (verb === 'dismissed') withdraw(slots.get(placement));
    if (!id || reported.has(verb + id)) return;
    reported.add(verb + id);
    track(`proposition.${verb}`, { proposition: id, placement, offer });
  };
  const see = ({ list }: Slot, { seen, of }: Change): void => {
    const one = list[of] as Proposition;
    // Where a test shows nothing, that is what the visitor saw of it.
    if ((one.content ?? one.offer ?? one.experiment) == null) return;
    shown.set(seen, one);
    watch ??= createWatch((element) => shown.get(element), report);
    watch(seen);
  };
  const withdraw = (slot: Slot | undefined): void => {
    if (!slot) return;
    for (const { undo } of [...slot.changes.reverse(), ...slot.steps]) undo?.();
    slot.changes = slot.steps = [];
  };
  /** Puts an answer into a marked element. What the server put there is not what the page had: without its own content it can only be emptied. */
  const fill = (element: Element, list: readonly Proposition[]): readonly Made[] => {
    const [{ content, kind }] = list as [Proposition];
    const name = list.map(({ offer }) => offer ?? 'fallback').join(' ');
    const mark = element.getAttribute(RENDERED);
    const base = mark && mark !== 'fallback' ? [] : [...element.childNodes];
    const undo = (): void => {
      if (element.hasAttribute(RENDERED)) element.replaceChildren(...base);
      element.removeAttribute(RENDERED);
    };
    if (content === null) undo();
    else if (kind !== 'html') {
      const event = element.getAttribute(JSON_EVENT);
      for (const detail of list) if (event) element.dispatchEvent(new CustomEvent(event, { bubbles: true, detail }));
    } else if (mark !== name) {
      element.replaceChildren(...list.map((one) => parse(`${one.content}`)));
      element.setAttribute(RENDERED, name);
    }
    // Several offers: an element each.
    return list.map((_, of) => ({ of, undo, seen: (list[1] && element.children[of]) || element }));
  };

  const put = (slot: Slot, element: Element, { of, seen, undo }: Made, done?: WeakSet<Element>): void => {
    const change = {
      element,
      of,
      seen,
      anchor: element.isConnected ? element : seen,
      undo: () => {
        undo();
        done?.delete(element);
        shown.delete(seen);
      },
    };
    slot.changes.push(change);
    see(slot, change);
  };

  /** Does what is not done yet to the elements that are there. */
  const run = (slot: Slot): void => {
    slot.changes = slot.changes.filter(({ anchor, undo }) => anchor.isConnected || void undo());
    for (const step of slot.old ? [] : slot.steps) {
      const { done } = step;
      try {
        for (const element of document.querySelectorAll(step.selector)) {
          if (done.has(element) || slot.changes.length > MOST_CHANGES) continue;
          for (const made of step.act(element)) {
            for (const one of [element, ...(made.added ?? [])]) done.add(one);
            put(slot, element, made, done);
            bus.emit('proposition', slot.list[made.of] as Proposition, element);
          }
        }
      } catch (cause) {
        // Not again at every change of the page.
        slot.steps = slot.steps.filter((other) => other !== step);
        bus.emit('error', { kind: 'render', cause });
      }
    }
  };

  /** Elements that came since the last answer: changed by it, or asked for. */
  const scan = (): void => {
    scanning = false;
    hydrate();
    for (const placement of marked()) {
      if (fresh(placement) || asked.has(placement)) continue;
      sender.wanted.add(placement);
      asked.set(placement, false);
      void sender.send();
    }
    slots.forEach(run);
  };

  /** Takes in answers: of the server, of the edge with the page, or kept from before. */
  const take = (propositions: readonly Proposition[], isKept = false): void => {
    for (const placement of new Set(propositions.map((one) => one.placement))) {
      const list = propositions.filter((one) => one.placement === placement);
      const { kind, reason } = list[0] as Proposition;
      const before = slots.get(placement);
      const isSame = before && textOf(before.list) === textOf(list);
      if (fresh(placement) && (reason === 'degraded' || (isSame && before?.list[0]?.id))) continue;
      if (isSame) {
        before.list = list;
        before.old = false;
        for (const change of before.changes) see(before, change);
      } else {
        withdraw(before);
        const plan = kind && plans[kind];
        if (plan && !asked.get(placement)) everywhere.add(placement);
        const steps: readonly Step[] = plan
          ? everywhere.has(placement)
            ? plan(list, tools, isKept)
            : []
          : [{ selector: selectorOf(placement), act: (element) => fill(element, list) }];
        slots.set(placement, {
          list,
          steps: steps.map((step) => ({ ...step, done: new WeakSet() })),
          changes: [],
        });
      }
      if (!document.querySelector(selectorOf(placement))) for (const one of list) bus.emit('proposition', one, null);
    }
    scan();
  };
  /** What the edge put into the page, once it is there. */
  const hydrate = (): void => {
    const state = !hydrated && readState();
    if (!state || consent.mode() !== 'open') return;
    hydrated = true;
    const propositions = state.propositions ?? [];
    for (const { placement } of propositions) inlined.add(placement);
    take(propositions);
  };

  const tools: StepTools = {
    ...link,
    parse,
    report,
    config,
    everywhere,
    take,
    answers: () => [...slots.keys()].flatMap((placement) => fresh(placement)?.list ?? []),
  };

  bus.on('ask', (wanted) => {
    for (const placement of [...everywhere, ...marked()]) asked.set(placement, false);
    for (const placement of asked.keys()) wanted.add(placement);
  });
  bus.on('view', () => {
    asked.clear();
    for (const slot of slots.values()) slot.old = true;
  });
  bus.on('reset', () => {
    slots.forEach(withdraw);
    // Nothing is asked again by itself: that would make the next visitor at once.
    slots.clear();
    asked.clear();
    for (const element of document.querySelectorAll(`[${RENDERED}]`)) fill(element, [{ content: null } as Proposition]);
  });
  bus.on('answer', ({ propositions }) => {
    hydrated = true;
    inlined.clear();
    take(propositions);
  });
  new MutationObserver(() => {
    // In time for the next paint.
    if (!scanning) requestAnimationFrame(scan);
    scanning = true;
  }).observe(document, { childList: true, subtree: true });

  const render: DecideClient['render'] = () => {
    sender.refresh();
    return sender.send();
  };

  hydrate();
  if (config.placements?.[0]) early?.(tools, hydrated);
  void render();

  return {
    on: (event, listener) => {
      const off = bus.on(event, listener);
      if (event === 'proposition')
        for (const { list, changes, old } of slots.values())
          for (const [at, one] of old ? [] : list.entries())
            (listener as SdkListener<'proposition'>)(one, changes.find(({ of }) => of === at)?.element ?? null);
      return off;
    },
    decide: async (placements: string | readonly string[], given?: unknown): Promise<never> => {
      const ids = [placements].flat();
      const isOne = placements === ids[0];
      const isAsked = !ids.every((id) => inlined.has(id));
      for (const id of ids) {
        if (!asked.has(id)) asked.set(id, true);
        if (isAsked) sender.wanted.add(id);
      }
      if (isAsked) await sender.send();
      const decided = ids.flatMap((placement) => {
        const content = (isOne ? given : (given as DecideOptions)?.fallback?.[placement]) ?? null;
        const none = { id: '', placement, kind: null, offer: null, reason: 'degraded' };
        return (fresh(placement)?.list ?? ([none] as readonly Partial<Proposition>[])).map((one) =>
          (one.offer ?? one.content) == null ? { ...one, content } : one,
        );
      });
      return (isOne ? decided[0] : decided) as never;
    },
    render,
    observe: (placement, element) => {
      const slot = slots.get(placement);
      if (slot) put(slot, element, { undo() {}, seen: element, of: 0 });
    },
    dismiss: (placement) => {
      for (const one of slots.get(placement)?.list ?? []) report('dismissed', one);
    },
  };
}
