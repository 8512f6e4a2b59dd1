import sax from 'sax';
import { limit } from '../../../core/lib/limits.ts';
import { FeedBroken, type FeedRow } from './feed-row.ts';

const MERCHANT_NAMESPACE = 'http://base.google.com/ns/1.0';
/** After so many faults it is not XML. */
const MAX_FAULTS = 1_000;
/** Plain members that say nothing about the goods. */
const NOISE = new Set([
  'guid',
  'pubDate',
  'updated',
  'published',
  'summary',
  'content',
  'author',
  'rights',
  'comments',
]);
const MAX_DEPTH = 100;
const MAX_FIELDS = 200;

/**
 * Items of a Google Merchant feed: `<item>` of RSS 2.0, `<entry>` of Atom; members in the namespace `g:` count before plain ones. A fault of the XML within
 * an item costs that item, with its place. Throws FeedBroken at a document type (entities could make a small file huge), at what is no XML at all, and
 * when there is no item.
 */
export async function* readMerchantXml(texts: AsyncIterable<string>): AsyncGenerator<FeedRow> {
  const feed = new MerchantParser();
  for await (const text of texts) {
    // A long text has one check of buffers: what one check lets through stays small.
    for (let from = 0; from < text.length; from += 16_384) {
      feed.write(text.slice(from, from + 16_384));
      yield* feed.take();
    }
  }
  feed.end();
  yield* feed.take();
  feed.check();
  if (feed.items === 0) throw new FeedBroken(1, 'holds no <item> of RSS and no <entry> of Atom');
}

interface OpenItem {
  readonly line: number;
  readonly depth: number;
  readonly plain: Record<string, string>;
  readonly merchant: Record<string, string>;
  fields: number;
  length: number;
  problem: string | null;
}

class MerchantParser {
  items = 0;
  readonly #parser = sax.parser(true, { position: true, trim: false, normalize: false });
  readonly #prefixes = new Set(['g']);
  #rows: FeedRow[] = [];
  #item: OpenItem | null = null;
  /** Text of the member that is open, and of the innermost element below it. */
  #member: string | null = null;
  #text: string[] = [];
  #textLength = 0;
  /** Inside `g:product_detail`. */
  #detail: { name: string; value: string } | null = null;
  #broken: FeedBroken | null = null;
  #faults = 0;

  constructor() {
    const parser = this.#parser;
    parser.onopentag = ({ name, attributes }) => this.#open(name, attributes as Readonly<Record<string, string>>);
    parser.onclosetag = (name) => this.#close(name);
    parser.ontext = (text) => this.#append(text);
    parser.oncdata = (text) => this.#append(text);
    parser.ondoctype = () => this.#break('a document type (<!DOCTYPE …>) is refused: take it out');
    parser.onerror = (error) => this.#fault(error);
  }

  write(text: string): void {
    this.#parser.write(text);
    this.check();
  }

  check(): void {
    if (this.#broken) throw this.#broken;
  }

  end(): void {
    this.#parser.close();
    if (this.#item) this.#rows.push({ line: this.#item.line, unreadable: 'the file ends within this item' });
  }

  take(): readonly FeedRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  get #line(): number {
    return this.#parser.line + 1;
  }

  get #depth(): number {
    return (this.#parser as unknown as { readonly tags: readonly unknown[] }).tags.length;
  }

  #open(name: string, attributes: Readonly<Record<string, string>>): void {
    for (const [attribute, value] of Object.entries(attributes))
      if (attribute.startsWith('xmlns:') && value === MERCHANT_NAMESPACE) this.#prefixes.add(attribute.slice(6));
    if (this.#depth > MAX_DEPTH) this.#break(`elements stand more than ${MAX_DEPTH} deep in each other`);
    const item = this.#item;
    const begins = name === 'item' || name === 'entry';
    if (item && begins && this.#depth === item.depth + 1)
      this.#rows.push({ line: item.line, unreadable: 'broken XML: the item is never closed' });
    else if (item) {
      this.#openWithin(item, name, attributes);
      return;
    }
    if (begins) {
      this.items++;
      this.#item = {
        line: this.#line,
        depth: this.#depth,
        plain: Object.create(null) as Record<string, string>,
        merchant: Object.create(null) as Record<string, string>,
        fields: 0,
        length: 0,
        problem: null,
      };
      this.#member = null;
      this.#clearText();
    }
  }

  #openWithin(item: OpenItem, name: string, attributes: Readonly<Record<string, string>>): void {
    this.#clearText();
    if (this.#depth !== item.depth + 1) return;
    this.#member = name;
    this.#detail = this.#localName(name) === 'product_detail' ? { name: '', value: '' } : null;
    // Atom has the address in an attribute.
    if (name === 'link' && attributes.href && (attributes.rel ?? 'alternate') === 'alternate')
      this.#set(item, name, attributes.href);
  }

  #close(name: string): void {
    const item = this.#item;
    if (!item) return;
    // sax has taken the element off its stack before it tells.
    const depth = this.#depth + 1;
    if (depth === item.depth) {
      this.#rows.push(
        item.problem === null
          ? { line: item.line, row: { ...item.plain, ...item.merchant } }
          : { line: item.line, unreadable: item.problem },
      );
      this.#item = null;
      this.#member = null;
      return;
    }
    const text = this.#text.join('').trim();
    this.#clearText();
    if (depth === item.depth + 1 && this.#member === name) {
      if (this.#detail) this.#set(item, `g:${this.#detail.name}`, this.#detail.value);
      else this.#set(item, name, text);
      this.#member = null;
      this.#detail = null;
    } else if (depth === item.depth + 2 && this.#detail) {
      const local = this.#localName(name);
      if (local === 'attribute_name') this.#detail.name = text;
      if (local === 'attribute_value') this.#detail.value = text;
    }
  }

  /** Of members that repeat, the first one that says something counts. */
  #set(item: OpenItem, name: string, text: string): void {
    const colon = name.indexOf(':');
    const own = colon < 0 ? item.plain : this.#prefixes.has(name.slice(0, colon)) ? item.merchant : null;
    const key = name.slice(colon + 1);
    if (own === null || key === '' || text === '' || own[key] || (own === item.plain && NOISE.has(key))) return;
    if (++item.fields > MAX_FIELDS) item.problem ??= `more than ${MAX_FIELDS} members`;
    else own[key] = text;
  }

  #localName(name: string): string | null {
    const colon = name.indexOf(':');
    return colon > 0 && this.#prefixes.has(name.slice(0, colon)) ? name.slice(colon + 1) : null;
  }

  #append(text: string): void {
    const item = this.#item;
    if (!item || this.#member === null) return;
    item.length += text.length;
    if (item.length > limit('catalogueRowBytes'))
      item.problem ??= `longer than ${limit('catalogueRowBytes')} characters`;
    // One unit over the limit is enough for the field to be refused by its name.
    else if (this.#textLength <= limit('catalogueFieldBytes')) {
      this.#text.push(text);
      this.#textLength += text.length;
    }
  }

  #clearText(): void {
    this.#text = [];
    this.#textLength = 0;
  }

  #fault(error: Error): void {
    const [what = ''] = error.message.split('\n');
    // sax stops at its own errors unless they are taken from it.
    (this.#parser as unknown as { error: Error | null }).error = null;
    const place = `line ${this.#line}, column ${this.#parser.column}`;
    if (what === 'Unclosed root tag')
      this.#break(`the file breaks off: its outermost element is never closed (${place})`);
    else if (!(this.#parser as unknown as { readonly sawRoot: boolean }).sawRoot)
      this.#break(`no XML: ${what} (${place})`);
    else if (++this.#faults > MAX_FAULTS)
      this.#break(`more than ${MAX_FAULTS} faults in the XML, the last: ${what} (${place})`);
    else if (this.#item) this.#item.problem ??= `broken XML: ${what} (${place})`;
    else this.#rows.push({ line: this.#line, unreadable: `broken XML outside of items: ${what} (${place})` });
  }

  #break(message: string): void {
    this.#broken ??= new FeedBroken(this.#line, message);
  }
}
