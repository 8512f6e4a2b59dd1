/** A numbered place that holds an element or a named value while code runs. */
export interface Slot {
  readonly slot: number;
  /** Whether it may hold an event, or a list with events. */
  readonly events: boolean;
}

/** What names mean at one place of an expression; the rules of language/check-scope.ts, with slots for types. */
export interface Scope {
  readonly variables: ReadonlyMap<string, Slot>;
  /** Enclosing elements, the innermost last. */
  readonly elements: readonly Slot[];
  /** The next free slot: higher than all that are taken here. */
  readonly depth: number;
}

export const PROFILE: Scope = { variables: new Map(), elements: [], depth: 0 };

/** One level deeper, with the element in the slot `scope.depth`. */
export function withElement(scope: Scope, events: boolean): Scope {
  const slot = { slot: scope.depth, events };
  return { ...scope, elements: [...scope.elements, slot], depth: scope.depth + 1 };
}

/** With a name for the slot `scope.depth`; no new level. */
export function withVariable(scope: Scope, name: string, events: boolean): Scope {
  const slot = { slot: scope.depth, events };
  return { ...scope, variables: new Map([...scope.variables, [name, slot]]), depth: scope.depth + 1 };
}
