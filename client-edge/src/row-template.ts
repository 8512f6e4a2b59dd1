import type { JsonValue } from '../../core/lib/json.ts';

/** Text of a value in a row, before it is escaped; undefined: as it is. `name` is the path that the placeholder names. */
export type FormatValue = (name: string, value: JsonValue | undefined, item: JsonValue) => string | undefined;

/** Where a placeholder stands decides how its value is made harmless. */
type Part =
  | string
  | { readonly name: string }
  | { readonly attribute: string; readonly pieces: readonly Piece[]; readonly isUrl: boolean };
/** Text between placeholders, and placeholders, in turn. */
type Piece = string | { readonly name: string };

const PLACEHOLDER = /\{\{\s*([\w.-]+)\s*\}\}/g;
/** Their text is no text: no escaping makes a value safe there. */
const RAW_TEXT = new Set(
  'script style xmp iframe noembed noframes noscript plaintext textarea title object embed'.split(' '),
);
const URL_ATTRIBUTES = new Set(['href', 'src', 'poster', 'cite']);
/** Attributes that may hold a placeholder, beside `aria-…` and `data-…`: those of offers. */
const OPEN_ATTRIBUTES = new Set(
  'alt class content datetime height id label lang max min name placeholder role title value width'.split(' '),
);
const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/**
 * Markup of one row, read from the page while it streams: the site's own, with `{{title}}`, `{{attributes.colour}}` for members of an item. Values are escaped by the place
 * they stand in, which the HTML parser knows: text, or an attribute of an allow-list; addresses are http(s) or relative. Anywhere else nothing is put in.
 */
export class RowTemplate {
  readonly #parts: Part[] = [];
  #text = '';
  /** Elements that are open and take no values. */
  #raw = 0;

  /** A start tag. The element's end is told by `close`. */
  open(element: Element): void {
    const name = element.tagName;
    this.#flush();
    this.#parts.push(`<${name}`);
    for (const [attribute = '', value = ''] of element.attributes) this.#attribute(attribute.toLowerCase(), value);
    const isRaw = RAW_TEXT.has(name.toLowerCase());
    if (isRaw) this.#raw++;
    let isEmpty = false;
    try {
      element.onEndTag((end) => {
        this.#flush();
        if (isRaw) this.#raw--;
        // An end tag that was left out is the parser's business.
        if (end.name === name) this.#parts.push(`</${name}>`);
      });
    } catch {
      isEmpty = true;
    }
    this.#parts.push(isEmpty ? '/>' : '>');
  }

  /** A piece of text as it stands in the source; a placeholder may be divided among several. */
  text(source: string): void {
    this.#text += source;
  }

  render(item: JsonValue, format: FormatValue | undefined): string {
    this.#flush();
    const textOf = (name: string): string => {
      const value = valueAt(item, name);
      return format?.(name, value, item) ?? plain(value);
    };
    return this.#parts
      .map((part) => {
        if (typeof part === 'string') return part;
        if ('name' in part) return escaped(textOf(part.name));
        const value = joined(part.pieces, part.isUrl, textOf);
        return value === null ? '' : ` ${part.attribute}="${value}"`;
      })
      .join('');
  }

  #flush(): void {
    if (this.#text === '') return;
    if (this.#raw > 0) this.#parts.push(this.#text);
    else this.#parts.push(...piecesOf(this.#text));
    this.#text = '';
  }

  #attribute(attribute: string, value: string): void {
    const pieces = piecesOf(value);
    if (pieces.every((piece) => typeof piece === 'string')) {
      this.#parts.push(` ${attribute}="${value.replaceAll('"', '&quot;')}"`);
      return;
    }
    const isUrl = URL_ATTRIBUTES.has(attribute);
    if (isUrl || OPEN_ATTRIBUTES.has(attribute) || /^(?:aria|data)-/.test(attribute))
      this.#parts.push({ attribute, pieces, isUrl });
  }
}

function piecesOf(source: string): readonly Piece[] {
  return source.split(PLACEHOLDER).flatMap((piece, i): readonly Piece[] => {
    if (i % 2 === 1) return [{ name: piece }];
    return piece === '' ? [] : [piece];
  });
}

/** Value of an attribute, escaped; null: it is left out. An address may begin with a value, and within it a value is a piece that cannot change where it leads. */
function joined(pieces: readonly Piece[], isUrl: boolean, textOf: (name: string) => string): string | null {
  const [first] = pieces;
  if (pieces.length === 1 && typeof first === 'object' && textOf(first.name) === '') return null;
  const written = pieces.map((piece, i) => {
    if (typeof piece === 'string') return piece.replaceAll('"', '&quot;');
    const text = textOf(piece.name);
    return escaped(isUrl && i > 0 ? encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd')) : text);
  });
  if (isUrl && typeof first === 'object' && !isWebUrl(textOf(first.name))) return null;
  return written.join('');
}

/** http(s), or within the site, as browsers read it. */
function isWebUrl(text: string): boolean {
  const protocol = URL.parse(text, 'https://site.invalid/')?.protocol;
  return protocol === 'https:' || protocol === 'http:';
}

function valueAt(item: JsonValue, name: string): JsonValue | undefined {
  let at: JsonValue | undefined = item;
  for (const step of name.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Readonly<Record<string, JsonValue>>)[step];
  }
  return at;
}

function plain(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? value.map(plain).filter(Boolean).join(', ') : '';
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => HTML[char] as string);
}
