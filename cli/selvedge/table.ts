import { stripVTControlCharacters, styleText } from 'node:util';

/** Columns as wide as their widest cell, two spaces between; numbers stand on the right. A cell is one line. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): readonly string[] {
  const cells = rows.map((row) => row.map((cell) => oneLine(String(cell))));
  const widths = head.map((name, column) => Math.max(name.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const isNumber = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const gap = ' '.repeat(Math.max(0, (widths[column] ?? 0) - cell.length));
        return isNumber[column] ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd();
  return [styleText('dim', line(head)), ...cells.map(line)];
}

/** What others wrote must not steer the terminal that shows it. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\p{Cc}/gu, '');
}
