import { parse } from 'csv-parse/sync';
import { limit } from '../../../core/lib/limits.ts';
import { missingItemColumns } from '../../../core/source/catalogue/fields.ts';
import { FeedBroken, type FeedRow } from './feed-row.ts';
import type { FeedLine } from './read-lines.ts';

/** A record whose quote is open may go on for so long before the quote counts as never closed. */
const MAX_OPEN_LENGTH = 4 * 1024 * 1024;
/** Each quote that is never closed has that much read again: a file made of them is given up. */
const MAX_UNCLOSED = 500;

export const CSV_LINE_LENGTH = MAX_OPEN_LENGTH;

/**
 * Rows of a CSV file with a header. A record that cannot be read costs its first line only: reading goes on with the next one, so a
 * quote that is never closed does not take the rest of the file with it. Throws FeedBroken when there is no usable header.
 */
export async function* readCsv(lines: AsyncIterable<FeedLine>, delimiter: string): AsyncGenerator<FeedRow> {
  const source = new LineSource(lines);
  let header: readonly string[] | null = null;
  let unclosed = 0;
  for (let first = await source.next(); first !== null; first = await source.next()) {
    if (first.text?.trim() === '') continue;
    const record = await readRecord(first, source, delimiter);
    if (header === null) {
      header = readHeader(first.line, record, delimiter);
      continue;
    }
    if ('unreadable' in record) {
      yield { line: first.line, unreadable: record.unreadable };
      if (record.again.length > 0 && ++unclosed > MAX_UNCLOSED)
        throw new FeedBroken(first.line, `more than ${MAX_UNCLOSED} quotes are opened and never closed`);
      source.putBack(record.again);
      continue;
    }
    const cells = splitRecord(record.text, delimiter);
    if (cells === null || cells.length !== header.length) {
      const found = cells === null ? 'quotes that do not fit' : `${cells.length} cells`;
      yield {
        line: first.line,
        unreadable: `${found}, but the header has ${header.length}: check quotes and delimiters`,
      };
      source.putBack(record.rest);
    } else yield { line: first.line, row: toRow(header, cells) };
  }
  if (header === null) throw new FeedBroken(1, 'the file is empty: it has no header line');
}

type CsvRecord =
  /** `rest`: its lines after the first one, to be read again if the record is none. */
  | { readonly text: string; readonly rest: readonly FeedLine[] }
  | { readonly unreadable: string; readonly again: readonly FeedLine[] };

/** Gathers lines until no quote is open. */
async function readRecord(first: FeedLine, source: LineSource, delimiter: string): Promise<CsvRecord> {
  const tooLong = `longer than ${limit('catalogueRowBytes')} characters`;
  if (first.text === null) return { unreadable: tooLong, again: [] };
  const texts = [first.text];
  const rest: FeedLine[] = [];
  let length = first.text.length;
  let open = staysOpen(first.text, false, delimiter);
  while (open) {
    const next = await source.next();
    if (next) rest.push(next);
    length += next?.text?.length ?? 0;
    if (!next || next.text === null || length > MAX_OPEN_LENGTH)
      return { unreadable: 'a quote is opened and never closed', again: rest };
    texts.push(next.text);
    open = staysOpen(next.text, true, delimiter);
  }
  if (length > limit('catalogueRowBytes')) return { unreadable: tooLong, again: [] };
  return { text: texts.join('\n'), rest };
}

/** Is a quote still open at the end of the line? A quote opens only where a cell begins; a quote within a cell is text. */
function staysOpen(text: string, wasOpen: boolean, delimiter: string): boolean {
  let open = wasOpen;
  let begins = !wasOpen;
  for (let i = 0; i < text.length; i++) {
    const isQuote = text[i] === '"';
    if (open) {
      if (!isQuote) continue;
      if (text[i + 1] === '"') i++;
      else open = false;
    } else {
      open = begins && isQuote;
      begins = text[i] === delimiter;
    }
  }
  return open;
}

function splitRecord(text: string, delimiter: string): readonly string[] | null {
  if (!text.includes('"')) return text.split(delimiter);
  try {
    const records = parse(text, { delimiter, relax_quotes: true, relax_column_count: true }) as string[][];
    return records.length === 1 ? (records[0] ?? null) : null;
  } catch {
    return null;
  }
}

function readHeader(line: number, record: CsvRecord, delimiter: string): readonly string[] {
  const cells = 'text' in record ? splitRecord(record.text, delimiter)?.map((name) => name.trim()) : null;
  if (!cells) throw new FeedBroken(line, 'the header line cannot be read: check its quotes');
  const missing = missingItemColumns(cells);
  if (missing.length > 0)
    throw new FeedBroken(
      line,
      `the header lacks ${missing.join(', ')}. It has: ${cells.slice(0, 30).join(', ').slice(0, 500)}. Names that are known: docs/reference/catalogue.md`,
    );
  return cells;
}

function toRow(header: readonly string[], cells: readonly string[]): Readonly<Record<string, string>> {
  const row = Object.create(null) as Record<string, string>;
  for (const [i, name] of header.entries()) if (name !== '' && !row[name]) row[name] = cells[i] ?? '';
  return row;
}

class LineSource {
  readonly #lines: AsyncIterator<FeedLine>;
  /** To be read again, the next one last. */
  readonly #again: FeedLine[] = [];

  constructor(lines: AsyncIterable<FeedLine>) {
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async next(): Promise<FeedLine | null> {
    const again = this.#again.pop();
    if (again) return again;
    const next = await this.#lines.next();
    return next.done ? null : next.value;
  }

  putBack(lines: readonly FeedLine[]): void {
    for (const line of lines.toReversed()) this.#again.push(line);
  }
}
