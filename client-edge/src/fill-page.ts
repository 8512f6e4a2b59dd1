import type { JsonValue } from '../../core/lib/json.ts';
import type { InteractResponse, Proposition } from './contract.ts';
import { type PageState, stateBlock } from './page-state.ts';
import { type FormatValue, RowTemplate } from './row-template.ts';

/** Elements that are filled in: `data-selvedge="<placement>"`, as the browser SDK knows them. */
const ATTRIBUTE = 'data-selvedge';
/** In an element of a list: the `<template>` of one row, and what is shown when there are no rows. */
const ROW = 'data-selvedge-row';
const FALLBACK = 'data-selvedge-fallback';

/** Fills the marked elements of a page with what was decided, and puts the whole answer at its end. Waits for the answer at the first marked element. */
export function fillPage(
  answer: Promise<InteractResponse | null>,
  wanted: ReadonlySet<string>,
  format: FormatValue | undefined,
): HTMLRewriter {
  /** A second element of the same placement shows the same. */
  const held = answer.then((given) => byPlacement(given?.propositions ?? []));
  let list: ListFill | null = null;
  let isTold = false;
  return new HTMLRewriter()
    .on(`[${ATTRIBUTE}]`, {
      async element(element) {
        const placement = element.getAttribute(ATTRIBUTE) ?? '';
        if (list !== null || !wanted.has(placement)) return;
        const decided = (await held).get(placement) ?? [];
        if (decided[0]?.kind === 'html') fillHtml(element, decided);
        if (decided[0]?.kind !== 'list') return;
        const opened = beginList(element, decided, format);
        // An element that has no inside, such as a picture, has no rows.
        list = whenItEnds(element, () => {
          list = null;
        })
          ? opened
          : null;
      },
      text(chunk) {
        list?.text(chunk);
      },
    })
    .on(`[${ATTRIBUTE}] *`, {
      element(element) {
        list?.element(element);
      },
    })
    .on('body', {
      element(element) {
        element.onEndTag(async (end) => {
          if (isTold) return;
          isTold = true;
          end.before(stateBlock(stateOf(await answer)), { html: true });
        });
      },
    })
    .onDocument({
      // `</body>` may be left out.
      async end(end) {
        if (!isTold) end.append(stateBlock(stateOf(await answer)), { html: true });
      },
    });
}

function whenItEnds(element: Element, then: () => void): boolean {
  try {
    element.onEndTag(then);
    return true;
  } catch {
    return false;
  }
}

function byPlacement(propositions: readonly Proposition[]): ReadonlyMap<string, readonly Proposition[]> {
  const held = new Map<string, readonly Proposition[]>();
  for (const one of propositions) held.set(one.placement, [...(held.get(one.placement) ?? []), one]);
  return held;
}

/** Several offers: one after the other. */
function fillHtml(element: Element, decided: readonly Proposition[]): void {
  const contents = decided.map(({ content }) => content).filter((content) => typeof content === 'string');
  if (contents.length < decided.length) return;
  element.setInnerContent(contents.join(''), { html: true });
  mark(element, decided);
}

function mark(element: Element, decided: readonly Proposition[]): void {
  element.setAttribute('data-selvedge-rendered', decided.map(({ offer }) => offer ?? 'fallback').join(' '));
  element.setAttribute('data-selvedge-proposition', decided.map(({ id }) => id).join(' '));
}

function beginList(element: Element, decided: readonly Proposition[], format: FormatValue | undefined): ListFill {
  const items = decided.flatMap(({ content }) => itemsOf(content));
  // A place that has nothing of its own may wait out of sight.
  if (items.length > 0) element.removeAttribute('hidden');
  mark(element, decided);
  return new ListFill(items, format);
}

function itemsOf(content: JsonValue): readonly JsonValue[] {
  if (typeof content !== 'object' || content === null || !('items' in content)) return [];
  return Array.isArray(content.items) ? content.items : [];
}

/** What goes by while the element of a list is open. Rows stand behind their template, which stays: it shows nothing by itself. */
class ListFill {
  readonly #items: readonly JsonValue[];
  readonly #format: FormatValue | undefined;
  /** Of the template that is open. */
  #row: RowTemplate | null = null;

  constructor(items: readonly JsonValue[], format: FormatValue | undefined) {
    this.#items = items;
    this.#format = format;
  }

  element(element: Element): void {
    if (this.#items.length === 0) return;
    if (this.#row !== null) {
      this.#row.open(element);
      return;
    }
    if (element.hasAttribute(FALLBACK)) {
      element.remove();
      return;
    }
    if (element.tagName !== 'template' || !element.hasAttribute(ROW)) return;
    const row = new RowTemplate();
    this.#row = row;
    element.onEndTag((end) => {
      this.#row = null;
      end.after(this.#items.map((item) => row.render(item, this.#format)).join(''), { html: true });
    });
  }

  text({ text }: Text): void {
    this.#row?.text(text);
  }
}

function stateOf(answer: InteractResponse | null): PageState {
  if (!answer) return { v: 1, sequence: 0, propositions: [], degraded: true };
  const { sequence, propositions, degraded } = answer;
  return { v: 1, sequence, propositions, ...(degraded && { degraded }) };
}
