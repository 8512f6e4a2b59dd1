import { stripVTControlCharacters, styleText } from 'node:util';

/** Columns as wide as their widest cell, two spaces between; numbers stand on the right. A cell is one line. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): readonly string[] {
  const cells = rows.map((row) => row.map((cell) => oneLine(String(cell))));
  const widths = head.map((name, column) =>
    Math.max(name.length, ...cells.map((row) => stripVTControlCharacters(row[column] ?? '').length)),
  );
  const isNumber = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const gap = ' '.repeat(Math.max(0, (widths[column] ?? 0) - stripVTControlCharacters(cell).length));
        return isNumber[column] ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd();
  return [styleText('dim', line(head)), ...cells.map(line)];
}

/** What others wrote must not steer the terminal that shows it. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(CONTROLS, '');
}

/** All but the sequences for colours that we write ourselves. */
const CONTROLS = /(?!\u001b\[\d+m)[\u0000-\u001f\u007f-\u009f]/g;
