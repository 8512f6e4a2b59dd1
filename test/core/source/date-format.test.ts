import { describe, expect, it } from 'vitest';
import { compileDateFormat } from '../../../core/source/date-format.ts';

function read(format: string, text: string, timeZone?: string): string | null {
  const parse = compileDateFormat(format, timeZone);
  if (!parse.ok) throw new Error(parse.error);
  const at = parse.value(text);
  return at === null ? null : new Date(at).toISOString();
}

describe('date formats', () => {
  it.each([
    ['M/d/yyyy H:mm', '12/1/2010 8:26', 'UTC', '2010-12-01T08:26:00.000Z'],
    ['d/M/yyyy H:mm', '12/1/2010 8:26', 'UTC', '2010-01-12T08:26:00.000Z'],
    ['yyyy-MM-dd HH:mm:ss', '2010-12-01 08:26:00', 'UTC', '2010-12-01T08:26:00.000Z'],
    ["yyyy-MM-dd'T'HH:mm:ss.S", '2010-12-01T08:26:00.0456', 'UTC', '2010-12-01T08:26:00.045Z'],
    ['d.M.yyyy', '1.12.2010', '+01:00', '2010-11-30T23:00:00.000Z'],
    ['M/d/yyyy h:mm a', '12/1/2010 12:05 AM', 'UTC', '2010-12-01T00:05:00.000Z'],
    ['M/d/yyyy h:mm a', '12/1/2010 12:05 pm', 'UTC', '2010-12-01T12:05:00.000Z'],
    ['M/d/yyyy H:mm', '7/1/2011 8:26', 'Europe/London', '2011-07-01T07:26:00.000Z'],
    ['M/d/yyyy H:mm', '12/1/2011 8:26', 'Europe/London', '2011-12-01T08:26:00.000Z'],
    ['yyyy-MM-dd HH:mmX', '2011-07-01 08:26+0200', undefined, '2011-07-01T06:26:00.000Z'],
    ['iso', '2011-02-28T23:59:59.5-05:00', undefined, '2011-03-01T04:59:59.500Z'],
    ['epoch-s', '1291191960', undefined, '2010-12-01T08:26:00.000Z'],
    ['epoch-ms', '1291191960123', undefined, '2010-12-01T08:26:00.123Z'],
    ['d/M/yyyy', '29/2/2012', 'UTC', '2012-02-29T00:00:00.000Z'],
  ])('%s reads %s in %s', (format, text, zone, expected) => {
    expect(read(format, text, zone)).toBe(expected);
  });

  it.each([
    ['M/d/yyyy H:mm', '13/1/2010 8:26'],
    ['M/d/yyyy H:mm', '2/29/2011 8:26'],
    ['M/d/yyyy H:mm', '2/30/2012 8:26'],
    ['M/d/yyyy H:mm', '4/31/2012 8:26'],
    ['M/d/yyyy H:mm', '12/1/2010 24:00'],
    ['M/d/yyyy H:mm', '12/1/2010 8:60'],
    ['M/d/yyyy H:mm', '12/1/2010 8:6'],
    ['M/d/yyyy H:mm', '12/1/10 8:26'],
    ['M/d/yyyy H:mm', '12/1/2010 8:26 '],
    ['M/d/yyyy H:mm', '12/1/2010'],
    ['M/d/yyyy h:mm a', '12/1/2010 0:05 AM'],
    ['yyyy-MM-dd HH:mm:ss', '2010-12-1 08:26:00'],
    ['iso', '2011-02-30T00:00:00Z'],
    ['iso', '2011-02-28T00:00:00'],
    ['epoch-s', 'soon'],
  ])('%s refuses %s', (format, text) => {
    expect(read(format, text, 'UTC')).toBeNull();
  });

  it('refuses a time that the clocks skipped and takes the first of one shown twice', () => {
    expect(read('yyyy-MM-dd HH:mm', '2011-03-27 01:30', 'Europe/London')).toBeNull();
    expect(read('yyyy-MM-dd HH:mm', '2011-03-27 00:59', 'Europe/London')).toBe('2011-03-27T00:59:00.000Z');
    expect(read('yyyy-MM-dd HH:mm', '2011-03-27 02:00', 'Europe/London')).toBe('2011-03-27T01:00:00.000Z');
    expect(read('yyyy-MM-dd HH:mm', '2011-10-30 01:30', 'Europe/London')).toBe('2011-10-30T00:30:00.000Z');
    expect(read('yyyy-MM-dd HH:mm', '2011-10-30 02:00', 'Europe/London')).toBe('2011-10-30T02:00:00.000Z');
  });

  it('is independent of the machine’s own time zone', () => {
    const before = process.env.TZ;
    try {
      for (const zone of ['America/New_York', 'Asia/Kolkata', 'Pacific/Apia']) {
        process.env.TZ = zone;
        expect(read('M/d/yyyy H:mm', '7/1/2011 8:26', 'Europe/London')).toBe('2011-07-01T07:26:00.000Z');
      }
    } finally {
      process.env.TZ = before;
    }
  });

  it('takes every minute of a year in London back to itself', () => {
    const parse = compileDateFormat('yyyy-MM-dd HH:mm', 'Europe/London');
    if (!parse.ok) throw new Error(parse.error);
    const clock = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'Europe/London',
      dateStyle: 'short',
      timeStyle: 'short',
    });
    for (let at = Date.UTC(2011, 0, 1); at < Date.UTC(2012, 0, 1); at += 17 * 60_000) {
      const shownTwice = at >= Date.UTC(2011, 9, 30, 1) && at < Date.UTC(2011, 9, 30, 2);
      if (!shownTwice) expect(parse.value(clock.format(at))).toBe(at);
    }
  });

  it.each([
    ['yy-MM-dd', 'unknown token "yy"'],
    ['MM-dd HH:mm', 'has no year'],
    ['yyyy-MM-dd h:mm', 'h and a belong together'],
    ['yyyy-MM-dd d', 'names a part twice'],
  ])('says what is wrong with the format %s', (format, message) => {
    const parse = compileDateFormat(format, 'UTC');
    expect(parse.ok ? '' : parse.error).toContain(message);
  });

  it('wants a time zone, and a real one', () => {
    const without = compileDateFormat('yyyy-MM-dd', undefined);
    const wrong = compileDateFormat('yyyy-MM-dd', 'Europe/Londom');
    expect(without.ok ? '' : without.error).toContain('add timeZone');
    expect(wrong.ok ? '' : wrong.error).toContain('unknown time zone');
  });
});
