import type { Instant } from '../lib/ids.ts';
import { formatInstant } from '../lib/instant.ts';
import { type Columns, type Complaints, findColumn, type Line } from './line.ts';

/** Fills a template from a line; null when a column in it is empty, because half a text names the wrong thing. */
export type Template = (line: Line) => string | null;

const PARTS = /\{\{|\}\}|\{([^{}]*)\}/g;

/** The column of a template that is nothing but `{Column}`, or null. Such a template keeps the column's type. */
export function soleColumn(text: string): string | null {
  const match = /^\{([^{}]+)\}$/.exec(text);
  return match?.[1] ?? null;
}

/** Compiles `text {Column} text`. `{row}` is the row number, `{{` and `}}` stand for braces. */
export function compileTemplate(text: string, columns: Columns, where: string, complaints: Complaints): Template {
  const parts: (string | ((line: Line) => string | null))[] = [];
  let end = 0;
  for (const match of text.matchAll(PARTS)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    end = match.index + match[0].length;
    const name = match[1];
    if (name === undefined) parts.push(match[0].charAt(0));
    else parts.push(compilePart(name.trim(), columns, where, complaints));
  }
  if (end < text.length) parts.push(text.slice(end));
  if (parts.some((part) => typeof part === 'string' && /[{}]/.test(part) && part.length > 1)) {
    complaints.add(where, `a brace without its partner in "${text}": write {Column}, or {{ for a brace`);
  }
  return (line) => {
    let filled = '';
    for (const part of parts) {
      const piece = typeof part === 'string' ? part : part(line);
      if (piece === null) return null;
      filled += piece;
    }
    return filled;
  };
}

function compilePart(
  name: string,
  columns: Columns,
  where: string,
  complaints: Complaints,
): (line: Line) => string | null {
  if (name === 'row') return (line) => String(line.row);
  const index = findColumn(columns, name, where, complaints);
  if (index === null) return () => null;
  const isDate = columns.get(name)?.type === 'date';
  return (line) => {
    const value = line.cells[index] ?? null;
    if (value === null) return null;
    return isDate ? formatInstant(value as Instant) : String(value);
  };
}
