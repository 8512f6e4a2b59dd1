import { describe, expect, it } from 'vitest';
import { compileCell } from '../../../core/source/cell.ts';
import type { Column } from '../../../core/source/schema.ts';

function read(column: Column, raw: string | number | boolean | null | undefined | { readonly a: number }) {
  const parse = compileCell(column);
  if (!parse.ok) throw new Error(parse.error);
  const cell = parse.value(raw);
  return cell.ok ? cell.value : cell.error;
}

describe('cells', () => {
  it.each<[Column, string, unknown]>([
    [{ type: 'text' }, '  a  b ', 'a  b'],
    [{ type: 'text', collapseSpaces: true }, '  a  b ', 'a b'],
    [{ type: 'text', trim: false }, ' a ', ' a '],
    [{ type: 'text', empty: ['NULL', '-'] }, ' NULL ', null],
    [{ type: 'text' }, '   ', null],
    [{ type: 'text', default: 'none', empty: ['-'] }, ' - ', 'none'],
    [{ type: 'integer', required: true, default: '1' }, '', 1],
    [{ type: 'integer', default: '1' }, '2', 2],
    [{ type: 'integer' }, '17850.0', 17850],
    [{ type: 'integer' }, ' -3 ', -3],
    [{ type: 'number' }, '2.55', 2.55],
    [{ type: 'number' }, '-11062.06', -11062.06],
    [{ type: 'number' }, '1e3', 1000],
    [{ type: 'number', decimal: ',', thousands: '.' }, '1.234,5', 1234.5],
    [{ type: 'number', thousands: ',' }, '1,234.5', 1234.5],
    [{ type: 'boolean' }, 'Yes', true],
    [{ type: 'boolean', true: ['ja'], false: ['nein'] }, 'NEIN', false],
  ])('%j reads "%s"', (column, text, expected) => {
    expect(read(column, text)).toEqual(expected);
  });

  it.each<[Column, string]>([
    [{ type: 'integer' }, '3.5'],
    [{ type: 'integer' }, '0x10'],
    [{ type: 'integer' }, '12a'],
    [{ type: 'number' }, '1,5'],
    [{ type: 'number' }, '£2'],
    [{ type: 'number' }, 'Infinity'],
    [{ type: 'number', decimal: ',' }, '1.5'],
    [{ type: 'boolean' }, 'perhaps'],
  ])('%j refuses "%s"', (column, text) => {
    expect(read(column, text)).toMatchObject({ kind: 'bad', value: text });
  });

  it('takes the typed values of NDJSON and refuses nested ones', () => {
    expect(read({ type: 'integer' }, 5)).toBe(5);
    expect(read({ type: 'text' }, 5)).toBe('5');
    expect(read({ type: 'boolean' }, true)).toBe(true);
    expect(read({ type: 'text' }, null)).toBeNull();
    expect(read({ type: 'text' }, { a: 1 })).toMatchObject({ kind: 'bad' });
  });

  it('tells an empty required cell from a bad one', () => {
    expect(read({ type: 'text', required: true }, ' ')).toEqual({ kind: 'empty' });
    expect(read({ type: 'text', required: true }, undefined)).toEqual({ kind: 'empty' });
  });

  it('answers the same for a repeated cell as for a new one', () => {
    const parse = compileCell({ type: 'integer' });
    if (!parse.ok) throw new Error(parse.error);
    const texts = ['1', '1', 'x', 'x', '', '', '1'];
    expect(texts.map((text) => parse.value(text).ok)).toEqual([true, true, false, false, true, true, true]);
  });
});
