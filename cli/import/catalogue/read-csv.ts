import { parse } from 'csv-parse/sync';
import { limit } from '../../../core/lib/limits.ts';
import { missingItemColumns } from '../../../core/source/catalogue/fields.ts';
import { FeedBroken, type FeedRow } from './feed-row.ts';
import type { FeedLine } from './read-lines.ts';

/** A record whose quote is open may go on for so long before the quote counts as never closed. */
const MAX_OPEN_LENGTH = 4 * 1024 * 1024;
/** What follows a quote that is never closed is read again: a file made of them is given up after so much. */
const MAX_READ_AGAIN = 64 * 1024 * 1024;

export const CSV_LINE_LENGTH = MAX_OPEN_LENGTH;

/**
 * Rows of a CSV file with a header. A record that cannot be read costs its first line only: reading goes on with the next one, so a
 * quote that is never closed does not take the rest of the file with it. Throws FeedBroken when there is no usable header.
 */
export async function* readCsv(lines: AsyncIterable<FeedLine>, delimiter: string): AsyncGenerator<FeedRow> {
  const source = new LineSource(lines);
  let header: readonly string[] | null = null;
  for (let first = await source.next(); first !== null; first = await source.next()) {
    if (first.text?.trim() === '') continue;
    const record = await readRecord(first, source, delimiter);
    if (header === null) {
      header = readHeader(first.line, record, delimiter);
      continue;
    }
    const cells = record.text === undefined ? null : splitRecord(record.text, delimiter);
    const problem = problemOf(record, cells, header.length);
    if (problem === null && cells) yield { line: first.line, row: toRow(header, cells) };
    else yield { line: first.line, unreadable: problem ?? '' };
    // A record that is whole, and too long, is passed over as a whole.
    if (problem !== null && cells?.length !== header.length) source.putBack(first.line, record.rest);
  }
  if (header === null) throw new FeedBroken(1, 'the file is empty: it has no header line');
}

/** `rest`: its lines after the first one, to be read again if the record is none. */
interface CsvRecord {
  /** Absent: its quote is never closed, or its line is not held. */
  readonly text?: string;
  readonly isTooLong?: true;
  readonly rest: readonly FeedLine[];
}

function problemOf(
  { text, rest, isTooLong: isNotHeld }: CsvRecord,
  cells: readonly string[] | null,
  wanted: number,
): string | null {
  const tooLong = `longer than ${limit('catalogueRowBytes')} characters`;
  if (text === undefined) return isNotHeld ? tooLong : 'a quote is opened and never closed';
  const isTooLong = text.length > limit('catalogueRowBytes');
  if (isTooLong && rest.length === 0) return tooLong;
  if (cells?.length === wanted) return isTooLong ? tooLong : null;
  const found = cells === null ? 'quotes that do not fit' : `${cells.length} cells`;
  return `${found}, but the header has ${wanted}: check quotes and delimiters`;
}

/** Gathers lines until no quote is open. */
async function readRecord(first: FeedLine, source: LineSource, delimiter: string): Promise<CsvRecord> {
  if (first.text === null) return { isTooLong: true, rest: [] };
  const texts = [first.text];
  const rest: FeedLine[] = [];
  let length = first.text.length;
  let open = staysOpen(first.text, false, delimiter);
  while (open) {
    const next = await source.next();
    if (next) rest.push(next);
    length += next?.text?.length ?? 0;
    if (!next || next.text === null || length > MAX_OPEN_LENGTH) return { rest };
    texts.push(next.text);
    open = staysOpen(next.text, true, delimiter);
  }
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

/** Over several lines quotes have to be right: two that are never closed would make one row of two. */
function splitRecord(text: string, delimiter: string): readonly string[] | null {
  if (!text.includes('"')) return text.split(delimiter);
  const isOneLine = !text.includes('\n');
  try {
    const records = parse(text, { delimiter, relax_quotes: isOneLine, relax_column_count: true }) as string[][];
    return records.length === 1 ? (records[0] ?? null) : null;
  } catch {
    return null;
  }
}

function readHeader(line: number, record: CsvRecord, delimiter: string): readonly string[] {
  const cells = record.text === undefined ? null : splitRecord(record.text, delimiter)?.map((name) => name.trim());
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
  #readAgain = 0;

  constructor(lines: AsyncIterable<FeedLine>) {
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async next(): Promise<FeedLine | null> {
    const again = this.#again.pop();
    if (again) return again;
    const next = await this.#lines.next();
    return next.done ? null : next.value;
  }

  putBack(line: number, lines: readonly FeedLine[]): void {
    for (const { text } of lines) this.#readAgain += text?.length ?? 0;
    if (this.#readAgain > MAX_READ_AGAIN) throw new FeedBroken(line, 'too many quotes are opened and never closed');
    for (const of of lines.toReversed()) this.#again.push(of);
  }
}
