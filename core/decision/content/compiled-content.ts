import type { JsonValue } from '../../lib/json.ts';

/**
 * How a placeholder's value is made safe for its place. Within HTML: `text`, `attribute`, `url` (a whole address) and `urlPart`. Outside: `piece` of an address, and
 * `plain`, as it is, for data that the page's own code reads.
 */
export const ESCAPES = ['text', 'attribute', 'url', 'urlPart', 'piece', 'plain'] as const;
export type Escape = (typeof ESCAPES)[number];

/**
 * A template, parsed: text, placeholders, and parts that stand or fall with a value. `path`: `attribute.<id>`, `measure.<id>`, `context.<path>`, `item.<field>`, or inside a
 * list section a field of the list's member.
 */
export type TemplatePart =
  | string
  | { readonly path: string; readonly as: Escape }
  /** `inverted`: shown when the value is absent, false or an empty list. A list is gone through, member by member. */
  | { readonly section: string; readonly inverted: boolean; readonly parts: readonly TemplatePart[] };

export type Template = readonly TemplatePart[];

/** JSON in which some strings are templates, by their JSON pointer. */
export interface CompiledContent {
  /** Templates stand here as '' . */
  readonly value: JsonValue;
  readonly templates?: Readonly<Record<string, Template>>;
  /** Paths that must have a value, or the offer is passed over. */
  readonly needs?: readonly string[];
  /** All paths that are read. */
  readonly reads?: readonly string[];
}

/** Values of placeholders by path, as the decision found them; absent: unknown. */
export type Fill = Readonly<Record<string, JsonValue>>;
