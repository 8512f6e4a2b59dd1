import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { JsonValue } from '../../core/lib/json.ts';
import { limit } from '../../core/lib/limits.ts';
import type { RawRow } from '../../core/source/compile-mapping.ts';
import type { Mapping } from '../../core/source/schema.ts';
import { ReplayError } from './replay-error.ts';

/** A row of the file, or why it is none. `row` counts as a spreadsheet does: a CSV header is row 1; NDJSON counts lines. */
export type SourceRow =
  | { readonly row: number; readonly raw: RawRow }
  | { readonly row: number; readonly unreadable: string };

/** Where the bytes come from, and how to read them. */
export interface SourceFile {
  readonly path: string;
  readonly bytes: number;
  readonly format: 'csv' | 'ndjson';
  readonly encoding: 'utf8' | 'latin1';
  readonly delimiter: string;
}

export interface RowReader {
  readonly rows: AsyncIterable<SourceRow>;
  /** Bytes of the file read so far. */
  bytesRead(): number;
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: { readonly records: number; readonly empty_lines: number };
}

/** One row may not swallow the file when a quote is never closed. */
const MAX_ROW_BYTES = limit('requestBytes');

/** Looks at the file before anything is sent: it is there, its format is known, and its bytes are in the encoding. */
export async function openSource(
  path: string,
  mapping: Pick<Mapping, 'format' | 'encoding' | 'delimiter'>,
  encoding: 'utf8' | 'latin1' | undefined,
): Promise<SourceFile> {
  const info = await stat(path).catch(() => null);
  if (!info?.isFile()) throw new ReplayError(`There is no file ${path}.`);
  const format = mapping.format ?? formatOf(path);
  const file: SourceFile = {
    path,
    bytes: info.size,
    format,
    encoding: encoding ?? mapping.encoding ?? 'utf8',
    delimiter: mapping.delimiter ?? (path.endsWith('.tsv') ? '\t' : ','),
  };
  if (file.encoding === 'utf8') await checkUtf8(path);
  return file;
}

function formatOf(path: string): 'csv' | 'ndjson' {
  if (/\.(csv|tsv|txt)$/i.test(path)) return 'csv';
  if (/\.(ndjson|jsonl)$/i.test(path)) return 'ndjson';
  throw new ReplayError(`What is ${path}? Name it .csv, .tsv, .ndjson or .jsonl, or write format: in the mapping.`);
}

async function checkUtf8(path: string): Promise<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  const handle = await open(path);
  const buffer = Buffer.allocUnsafe(1 << 18);
  let at = 0;
  try {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      decoder.decode(buffer.subarray(0, bytesRead), { stream: bytesRead > 0 });
      if (bytesRead === 0) return;
      at += bytesRead;
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ReplayError(
      `${path} is not UTF-8 (somewhere after byte ${at}). Say --encoding latin1 if it comes from an older spreadsheet, or convert it.`,
    );
  } finally {
    await handle.close();
  }
}

/** The columns that a header lacks, as a person may write them. */
export type Lacking = (header: readonly string[]) => readonly string[];

/** Streams the rows. A CSV header that lacks columns throws ReplayError before the first row. */
export function readRows(file: SourceFile, lacking: Lacking): RowReader {
  return file.format === 'csv' ? readCsv(file, lacking) : readNdjson(file);
}

function readCsv(file: SourceFile, lacking: Lacking): RowReader {
  const bytes = createReadStream(file.path);
  const parser = parse({
    bom: true,
    encoding: file.encoding,
    delimiter: file.delimiter,
    info: true,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_BYTES,
  });
  pipeline(bytes, parser, () => undefined);
  async function* rows(): AsyncGenerator<SourceRow> {
    let header: readonly string[] | null = null;
    let row = 0;
    try {
      for await (const { record, info } of parser as AsyncIterable<CsvRecord>) {
        row = info.records + info.empty_lines;
        if (header === null) {
          header = record.map((name) => name.trim());
          checkHeader(file, lacking, header);
        } else if (record.length === header.length) {
          yield { row, raw: toRaw(header, record) };
        } else {
          const unreadable = `${record.length} cells, but the header has ${header.length}: check quotes and delimiters`;
          yield { row, unreadable };
        }
      }
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      const last = Number(error.records) + Number(error.empty_lines);
      throw new ReplayError(
        `${file.path}, after row ${Number.isNaN(last) ? row : last}: a quote is opened and never closed, so the rest would be one cell. Put it right and run again.`,
      );
    }
    if (header === null) throw new ReplayError(`${file.path} is empty: it has no header line.`);
  }
  return { rows: rows(), bytesRead: () => bytes.bytesRead };
}

function checkHeader(file: SourceFile, lacking: Lacking, header: readonly string[]): void {
  const missing = lacking(header);
  if (missing.length === 0) return;
  throw new ReplayError(
    `${file.path} has no column ${missing.join(', ')}. Its header: ${header.join(', ')}. Put the header's name under names: in the mapping, or optional: true if the file may lack it.`,
  );
}

function toRaw(header: readonly string[], record: readonly string[]): RawRow {
  const raw: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
  for (let i = 0; i < header.length; i++) {
    const name = header[i];
    if (name !== undefined && !(name in raw)) raw[name] = record[i] ?? '';
  }
  return raw;
}

function readNdjson(file: SourceFile): RowReader {
  const bytes = createReadStream(file.path, { encoding: file.encoding });
  async function* rows(): AsyncGenerator<SourceRow> {
    let row = 0;
    for await (const text of createInterface({ input: bytes, crlfDelay: Number.POSITIVE_INFINITY })) {
      row++;
      const line = row === 1 ? text.replace(/^\uFEFF/, '') : text;
      if (line.trim() !== '') yield parseLine(row, line);
    }
  }
  return { rows: rows(), bytesRead: () => bytes.bytesRead };
}

function parseLine(row: number, line: string): SourceRow {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { row, raw: value as RawRow };
    return { row, unreadable: 'not a JSON object' };
  } catch {
    return { row, unreadable: 'not JSON' };
  }
}
