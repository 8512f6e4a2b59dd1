import { describe, expect, it } from 'vitest';
import { clockSkew, eventTime } from '../../../core/event/event-time.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { limit } from '../../../core/lib/limits.ts';

const NOW = Date.UTC(2026, 10, 22) as Instant;
const at = (ms: number) => (NOW + ms) as Instant;

describe('clock skew', () => {
  it.each([
    ['no sentAt', null, 0],
    ['a sender on time', NOW, 0],
    ['network time', at(-1999), 0],
    ['a clock two seconds behind', at(-2000), 2000],
    ['a clock two seconds ahead', at(2000), -2000],
    ['a clock years ahead', at(1e11), -1e11],
  ])('of %s', (_, sentAt, skew) => {
    expect(clockSkew(sentAt, NOW)).toBe(skew);
  });
});

describe('event time', () => {
  it.each([
    ['now', 0, 0, 0],
    ['past', -5000, 0, -5000],
    ['corrected by the skew', -5000, 3000, -2000],
    ['never after it was received', 1000, 0, 0],
    ['at the edge of the future', limit('futureMs'), 0, 0],
    ['at the edge of the past', -limit('browserPastMs'), 0, -limit('browserPastMs')],
    ['future that the skew explains', 86_400_000, -86_400_000, 0],
  ])('%s', (_, occurred, skew, expected) => {
    expect(eventTime(at(occurred), skew, NOW, 'browser')).toEqual({ ok: true, value: NOW + expected });
  });

  it('one millisecond beyond the edges is refused', () => {
    expect(eventTime(at(limit('futureMs') + 1), 0, NOW, 'browser')).toEqual({ ok: false, error: 'inFuture' });
    expect(eventTime(at(limit('futureMs') + 1), 0, NOW, 'server')).toEqual({ ok: false, error: 'inFuture' });
    expect(eventTime(at(-limit('browserPastMs') - 1), 0, NOW, 'browser')).toEqual({ ok: false, error: 'tooOld' });
    expect(eventTime(0 as Instant, 0, NOW, 'server')).toEqual({ ok: true, value: 0 });
  });
});
