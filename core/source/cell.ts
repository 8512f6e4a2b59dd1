import type { JsonValue } from '../lib/json.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { compileDateFormat, type ParseDate } from './date-format.ts';
import type { Column } from './schema.ts';

/** A cleansed cell: text, number, boolean, a date as milliseconds since 1970 UTC, or null when empty. */
export type CellValue = string | number | boolean | null;

/** Why a cell was not read: it is empty although required, or it is not what the column says. */
export type CellProblem =
  | { readonly kind: 'empty' }
  | { readonly kind: 'bad'; readonly value: string; readonly expected: string };
export type ParseCell = (raw: JsonValue | undefined) => Result<CellValue, CellProblem>;

const TRUE = ['true', 'yes', 'y', '1'];
const FALSE = ['false', 'no', 'n', '0'];
const SHOWN = 60;

/** Compiles the reader of one column. The error names what is wrong with the column's own settings. */
export function compileCell(column: Column): Result<ParseCell, string> {
  const reader = compileReader(column);
  if (!reader.ok) return reader;
  const { expected, read } = reader.value;
  const empties = new Set(column.empty ?? []);
  const fallback = column.default === undefined ? null : read(column.default);
  if (column.default !== undefined && fallback === null) return err(`default "${column.default}" is not ${expected}`);
  const nothing = column.required && fallback === null ? err({ kind: 'empty' } as const) : ok(fallback);
  const trims = column.type !== 'text' || column.trim !== false;
  // Neighbouring rows often repeat a cell (dates, customers): the last answer is kept.
  let lastText: string | null = null;
  let lastValue: Result<CellValue, CellProblem> = nothing;

  return ok((raw) => {
    if (raw === undefined || raw === null) return nothing;
    if (typeof raw === 'object')
      return err({ kind: 'bad', value: shown(JSON.stringify(raw)), expected: `${expected}, but nested` });
    const text = typeof raw === 'string' ? raw : String(raw);
    if (text === lastText) return lastValue;
    const cleaned = trims ? text.trim() : text;
    if (cleaned === '' || empties.has(cleaned)) {
      lastValue = nothing;
    } else {
      const value = read(cleaned);
      lastValue = value === null ? err({ kind: 'bad', value: shown(text), expected }) : ok(value);
    }
    lastText = text;
    return lastValue;
  });
}

interface Reader {
  readonly expected: string;
  /** Null when the text is not of this type. The text is trimmed and never empty. */
  readonly read: (text: string) => CellValue;
}

function compileReader(column: Column): Result<Reader, string> {
  switch (column.type) {
    case 'text':
      return ok({
        expected: 'text',
        read: column.collapseSpaces ? (text) => text.replace(/\s+/g, ' ') : (text) => text,
      });
    case 'integer':
      // Spreadsheets and data frames write whole numbers as 17850.0.
      return ok({
        expected: 'a whole number',
        read: (text) => (/^[+-]?\d{1,15}(?:\.0*)?$/.test(text) ? Number(text) + 0 : null),
      });
    case 'number':
      return numberReader(column.decimal ?? '.', column.thousands);
    case 'boolean': {
      const yes = new Set(column.true ?? TRUE);
      const no = new Set(column.false ?? FALSE);
      return ok({
        expected: `one of ${[...yes, ...no].join(', ')}`,
        read: (text) =>
          yes.has(text) || yes.has(text.toLowerCase())
            ? true
            : no.has(text) || no.has(text.toLowerCase())
              ? false
              : null,
      });
    }
    case 'date':
      return dateReader(column.formats, column.timeZone);
  }
}

function numberReader(decimal: string, thousands: string | undefined): Result<Reader, string> {
  if (decimal === thousands) return err('decimal and thousands cannot be the same sign');
  return ok({
    expected: decimal === '.' ? 'a number' : `a number with "${decimal}" before its decimals`,
    read: (text) => {
      let plain = thousands === undefined ? text : text.replaceAll(thousands, '');
      if (decimal === ',') plain = plain.includes('.') ? '' : plain.replace(',', '.');
      if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(plain)) return null;
      const value = Number(plain);
      return Number.isFinite(value) ? value : null;
    },
  });
}

function dateReader(formats: readonly string[], timeZone: string | undefined): Result<Reader, string> {
  const parsers: ParseDate[] = [];
  for (const format of formats) {
    const parser = compileDateFormat(format, timeZone);
    if (!parser.ok) return parser;
    parsers.push(parser.value);
  }
  return ok({
    expected: `a date as ${formats.join(' or ')}${timeZone === undefined ? '' : ` that the clocks of ${timeZone} showed`}`,
    read: (text) => {
      for (const parse of parsers) {
        const instant = parse(text);
        if (instant !== null) return instant;
      }
      return null;
    },
  });
}

function shown(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
