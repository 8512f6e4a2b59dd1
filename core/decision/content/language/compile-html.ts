import { type DefaultTreeAdapterTypes, parseFragment, type Token } from 'parse5';
import { err, ok, type Result } from '../../../lib/result.ts';
import type { Escape, Template, TemplatePart } from '../compiled-content.ts';
import { isWebUrl } from '../safe-url.ts';
import type { ContentProblem } from './content-problem.ts';
import type { RawPart } from './read-template.ts';

type Node = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;

/** Elements that run code, load what cannot be checked, or change the page around them. */
const FORBIDDEN = new Set(['script', 'base', 'meta', 'object', 'embed', 'frame', 'frameset', 'applet', 'portal']);
const FORBIDDEN_IN_SVG = new Set(['set', 'animate', 'animatemotion', 'animatetransform', 'foreignobject']);
/** Elements whose text is no text: no escaping makes a value safe there. */
const RAW_TEXT = new Set(['style', 'xmp', 'iframe', 'noembed', 'noframes', 'noscript', 'plaintext']);
const URL_ATTRIBUTES = new Set(['href', 'src', 'action', 'formaction', 'poster', 'cite', 'background', 'xlink:href']);
/** Attributes that may hold a placeholder, beside `aria-…` and `data-…`. */
const OPEN_ATTRIBUTES = new Set(
  'alt class content datetime height id label lang max min name placeholder role title value width href src poster cite'.split(
    ' ',
  ),
);
/** Schemes that operators may write out; values never bring one but http(s). */
const STATIC_SCHEMES = /^(?:mailto|tel|sms):/i;
const STATIC_IMAGE = /^data:image\/(?:png|jpeg|gif|webp|avif);base64,/i;

/**
 * A mark in the text for each placeholder and both ends of each section. Letters, because a value may begin with one: after a bare "<" it would be the name
 * of an element.
 */
const MARK = /selvedgeplaceholder(\d+)z/g;
/** Like MARK, without a place to go on from. */
const MARK_TEST = /selvedgeplaceholder\d+z/;
const markOf = (index: number) => `selvedgeplaceholder${index}z`;

type Mark =
  | { readonly kind: 'value'; readonly path: string }
  | { readonly kind: 'open' | 'close'; readonly section: number; readonly name: string };

interface Place {
  /** Within it sections are balanced: the parent of the text, or the attribute. */
  readonly scope: unknown;
  readonly escape: Escape;
}

/**
 * HTML with placeholders → parts that know how each value is escaped. The text is parsed once with every section shown, by the HTML standard's own
 * algorithm (parse5); a placeholder is accepted only where it ends up in text or in a quoted attribute, and a section only where both its ends lie in the
 * same element or attribute, so that showing it or not changes nothing about where the rest stands.
 */
export function compileHtml(parts: readonly RawPart[], pointer: string): Result<Template, readonly ContentProblem[]> {
  const marks: Mark[] = [];
  const html = markedText(parts, marks);
  const walk = new Walk(html, pointer, marks);
  walk.document();
  const problems = [...walk.problems];
  const scopes = new Map<number, unknown>();
  for (const [index, mark] of marks.entries()) {
    const place = walk.places.get(index);
    const name = mark.kind === 'value' ? mark.path : mark.name;
    if (!place) {
      if (!walk.refused.has(index)) problems.push(unsafePlace(pointer, name));
    } else if (mark.kind === 'open') scopes.set(mark.section, place.scope);
    else if (mark.kind === 'close' && scopes.get(mark.section) !== place.scope) {
      const detail = `The section "${name}" begins in one element and ends in another: close in it what is opened in it.`;
      problems.push({ pointer, code: 'unsafePlace', detail });
    }
  }
  if (problems.length > 0) return err(problems);
  let next = 0;
  const place = (raw: readonly RawPart[]): TemplatePart[] =>
    raw.map((part) => {
      if ('text' in part) return part.text;
      if ('path' in part) return { path: part.path, as: walk.places.get(next++)?.escape ?? 'text' };
      next++;
      const inner = place(part.parts);
      next++;
      return { section: part.section, inverted: part.inverted, parts: inner };
    });
  return ok(place(parts));
}

/** HTML without placeholders: everything that must not be in it. */
export function htmlProblems(html: string, pointer: string): readonly ContentProblem[] {
  const walk = new Walk(html, pointer, []);
  walk.document();
  return walk.problems;
}

function markedText(parts: readonly RawPart[], marks: Mark[]): string {
  return parts
    .map((part) => {
      if ('text' in part) return part.text.replaceAll(MARK, '');
      if ('path' in part) return markOf(marks.push({ kind: 'value', path: part.path }) - 1);
      const section = marks.length;
      const open = markOf(marks.push({ kind: 'open', section, name: part.section }) - 1);
      const inner = markedText(part.parts, marks);
      return open + inner + markOf(marks.push({ kind: 'close', section, name: part.section }) - 1);
    })
    .join('');
}

function unsafePlace(pointer: string, name: string): ContentProblem {
  const detail = `"{{${name}}}" stands where no value can be made safe: use it in text, or in a quoted attribute such as title="{{${name}}}".`;
  return { pointer, code: 'unsafePlace', detail };
}

class Walk {
  readonly problems: ContentProblem[] = [];
  readonly places = new Map<number, Place>();
  /** Marks about which something was said already. */
  readonly refused = new Set<number>();
  readonly #html: string;
  readonly #pointer: string;
  readonly #marks: readonly Mark[];

  constructor(html: string, pointer: string, marks: readonly Mark[]) {
    this.#html = html;
    this.#pointer = pointer;
    this.#marks = marks;
  }

  document(): void {
    const fragment = parseFragment(this.#html, { sourceCodeLocationInfo: true });
    this.#nodes(fragment.childNodes, fragment);
  }

  /** Without recursion: HTML may be nested as deep as it is long. */
  #nodes(first: readonly Node[], parent: unknown): void {
    const open: (readonly [Node, unknown])[] = first.map((node) => [node, parent] as const);
    for (let next = open.pop(); next; next = open.pop()) {
      const [node, above] = next;
      if (node.nodeName === '#text' && 'value' in node) {
        const isRaw =
          typeof above === 'object' && above !== null && 'tagName' in above && RAW_TEXT.has(String(above.tagName));
        if (!isRaw) this.#note(node.value, above, () => 'text');
      } else if ('tagName' in node) {
        this.#element(node);
        const children = node.tagName === 'template' && 'content' in node ? node.content.childNodes : node.childNodes;
        for (const child of children) open.push([child, node]);
      }
    }
  }

  #note(text: string, scope: unknown, escapeOf: (before: string, after: string) => Escape | null): void {
    for (const match of text.matchAll(MARK)) {
      const index = Number(match[1]);
      const as = escapeOf(text.slice(0, match.index), text.slice(match.index + match[0].length));
      if (as === null) this.refused.add(index);
      else this.places.set(index, { scope, escape: as });
    }
  }

  #element(element: Element): void {
    const tag = element.tagName.toLowerCase();
    const isSvg = element.namespaceURI.endsWith('/svg');
    if (FORBIDDEN.has(tag) || (isSvg && FORBIDDEN_IN_SVG.has(tag))) {
      this.#refuse('unsafeHtml', `The element <${tag}> is not allowed in content.`);
    }
    for (const attribute of element.attrs) this.#attribute(element, attribute);
  }

  #attribute(element: Element, { name, value, prefix }: Token.Attribute): void {
    const full = (prefix ? `${prefix}:${name}` : name).toLowerCase();
    if (/^on/.test(full) || full === 'srcdoc') {
      this.#refuse('unsafeHtml', `The attribute ${full} of <${element.tagName}> would run code.`);
      return;
    }
    const isUrl = URL_ATTRIBUTES.has(full);
    if (isUrl && !MARK_TEST.test(value) && !isStaticUrl(value)) {
      this.#refuse('unsafeUrl', `The address in ${full} of <${element.tagName}> must be http(s) or relative.`);
    }
    if (!MARK_TEST.test(value)) return;
    const mayHold = OPEN_ATTRIBUTES.has(full) || /^(?:aria|data)-[a-z0-9-]+$/.test(full);
    if (!mayHold || !this.#isQuoted(element, full)) return;
    this.#note(value, `${element.sourceCodeLocation?.startOffset}/${full}`, (before, after) =>
      isUrl ? this.#urlEscape(before, after) : 'attribute',
    );
    if (!isUrl) return;
    this.#checkOneAddress(value);
    this.#checkSections(value);
  }

  /** Two values that are harmless alone could make up a scheme together. */
  #checkOneAddress(value: string): void {
    const whole = [...value.matchAll(MARK)].filter(([, index]) => {
      const isValue = this.#marks[Number(index)]?.kind === 'value';
      return isValue && this.places.get(Number(index))?.escape === 'url';
    });
    if (whole.length > 1) this.#refuse('unsafeUrl', 'An address may begin with one value only.');
  }

  /** A section may be gone, or there several times: behind a beginning that always stands, that changes nothing about where the address leads. */
  #checkSections(value: string): void {
    const first = [...value.matchAll(MARK)].find(([, index]) => this.#marks[Number(index)]?.kind === 'open');
    if (!first) return;
    const before = value.slice(0, first.index);
    if (/^selvedgeplaceholder\d+z[/?#&]/.test(before) || isFixedStart(before)) return;
    this.#refuse(
      'unsafeUrl',
      'A section in an address comes after its beginning: a host that is written out, "/", or a value with "/", "?" or "#" behind it.',
    );
  }

  #isQuoted(element: Element, name: string): boolean {
    const location = element.sourceCodeLocation?.attrs?.[name];
    if (!location) return false;
    return /^[^=]*=\s*["']/.test(this.#html.slice(location.startOffset, location.endOffset));
  }

  /** A whole address is looked at when it is filled in; a piece of one is encoded, so that it stays a piece. */
  #urlEscape(before: string, after: string): Escape | null {
    const start = before.replaceAll(MARK, '');
    // Sections at the start show nothing themselves.
    if (start === '' && before === '') {
      if (after.replaceAll(MARK, '') === '' || /^(?:selvedgeplaceholder\d+z)*[/?#&]/.test(after)) return 'url';
      this.#refuse('unsafeUrl', 'After a value that is an address there may only follow a path, "?" or "#".');
      return null;
    }
    if (isFixedStart(start)) return 'urlPart';
    if (start === '') return 'url';
    this.#refuse(
      'unsafeUrl',
      'Before a value in an address its host must be written out, up to the first "/" after it.',
    );
    return null;
  }

  #refuse(code: ContentProblem['code'], detail: string): void {
    this.problems.push({ pointer: this.#pointer, code, detail });
  }
}

/** Whether an address that begins so stays where it leads, whatever comes behind. */
function isFixedStart(start: string): boolean {
  const isFixed =
    /^(?:https?:\/\/[^/?#]+[/?#]|\/(?![/\\])|[?#]|\.{0,2}\/|[\w%.~-]+[/?#])/i.test(start) || start === '/';
  return isFixed && isWebUrl(start);
}

function isStaticUrl(url: string): boolean {
  const plain = url.trim();
  return isWebUrl(plain) || STATIC_SCHEMES.test(plain) || STATIC_IMAGE.test(plain);
}
