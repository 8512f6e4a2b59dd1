/** What a DOM action takes. `value`: how its text reaches the page; null: it takes none. */
interface ActionForm {
  readonly value: 'html' | 'plain' | 'fixed' | null;
  readonly name: 'attribute' | 'style' | null;
  /** It names a second element. */
  readonly target: boolean;
}

/** What `dom` content can do to a page. Each can be undone, and doing it twice is doing it once. */
export const DOM_ACTIONS = {
  setText: { value: 'plain', name: null, target: false },
  setHtml: { value: 'html', name: null, target: false },
  replace: { value: 'html', name: null, target: false },
  insertBefore: { value: 'html', name: null, target: false },
  insertAfter: { value: 'html', name: null, target: false },
  prepend: { value: 'html', name: null, target: false },
  append: { value: 'html', name: null, target: false },
  setAttribute: { value: 'plain', name: 'attribute', target: false },
  // A placeholder in a style could load or cover anything, so it is taken as it is.
  setStyle: { value: 'fixed', name: 'style', target: false },
  addClass: { value: 'fixed', name: null, target: false },
  removeClass: { value: 'fixed', name: null, target: false },
  hide: { value: null, name: null, target: false },
  remove: { value: null, name: null, target: false },
  /** To the end of the element at `target`. */
  move: { value: null, name: null, target: true },
} as const satisfies Readonly<Record<string, ActionForm>>;
export type DomActionName = keyof typeof DOM_ACTIONS;

/** Content of a `dom` placement. */
export interface DomContent {
  readonly actions: readonly DomAction[];
}

export interface DomAction {
  readonly action: DomActionName;
  /** CSS; every element that fits, also those that come later. */
  readonly selector: string;
  readonly value?: string;
  readonly name?: string;
  /** CSS; the first element that fits. */
  readonly target?: string;
}
