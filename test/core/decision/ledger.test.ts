import { describe, expect, it } from 'vitest';
import { decidePlacements } from '../../../core/decision/decide.ts';
import { windowStart } from '../../../core/decision/decision-window.ts';
import { countDecided, decidedAt, ledgerKey, mergeDecided, noteDecided } from '../../../core/decision/ledger.ts';
import { decisionCapsOf } from '../../../core/decision/plan/decision-plan.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { compileZone } from '../../../core/segment/compile/zone-table.ts';
import { NOW, offer, placement, rulesOf, subject } from './build-rules.ts';

const HOUR_MS = 3_600_000;
const EVER = { windowMs: null, calendar: null };
const instant = (text: string) => Date.parse(text) as Instant;

describe('a window', () => {
  it('that rolls counts what is younger than it, to the millisecond', () => {
    const window = { windowMs: HOUR_MS, calendar: null };
    expect(countDecided([NOW - HOUR_MS + 1], window, NOW)).toBe(1);
    expect(countDecided([NOW - HOUR_MS], window, NOW)).toBe(0);
  });

  it('without an end counts all, also what a clock put into the future', () => {
    expect(countDecided([NOW + 5, NOW, 0], EVER, NOW)).toBe(3);
  });

  it.each([
    ['day', '2026-03-28T23:00:00Z'],
    ['week', '2026-03-22T23:00:00Z'],
    ['month', '2026-02-28T23:00:00Z'],
    ['year', '2025-12-31T23:00:00Z'],
  ] as const)(
    'of the calendar begins with the %s that the zone shows, on a day whose clock is moved',
    (calendar, begins) => {
      const berlin = zone('Europe/Berlin', '2026-03-29T12:00:00Z');
      const start = windowStart({ windowMs: null, calendar }, instant('2026-03-29T12:00:00Z'), berlin);
      expect(new Date(start).toISOString()).toBe(new Date(begins).toISOString());
    },
  );
});

describe('the ledger', () => {
  it('adds up strands: two decisions of one instant are two', () => {
    const merged = mergeDecided([{ a: [9, 5] }, {}, { a: [9, 7], 'a|hero': [7], constructor: [1] }]);
    expect(merged).toEqual({ a: [9, 9, 7, 5], 'a|hero': [7], constructor: [1] });
    expect(decidedAt({}, 'constructor')).toEqual([]);
  });

  it('notes what has a cap, as often as it was shown, and forgets the rest', () => {
    const rules = rulesOf({
      placements: [placement('hero', { caps: [{ decisions: 3, ...EVER, placement: 'hero' }] }), placement('side')],
      offers: [
        offer('a', {
          placements: ['hero', 'side'],
          caps: [
            { decisions: 2, windowMs: HOUR_MS, calendar: null, placement: null },
            { decisions: 1, ...EVER, placement: 'side' },
            { rule: 0, placement: 'foot' },
          ],
        }),
      ],
    });
    const done = decidePlacements(rules, subject(), ['hero', 'side'], { requestId: 'r' });
    const next = noteDecided({ gone: [3], a: [NOW - HOUR_MS] }, done.noted, NOW, decisionCapsOf(rules));
    expect(next).toEqual({ a: [NOW, NOW], 'a|side': [NOW], '|hero': [NOW] });
    const again = decidePlacements(rules, subject({ ledger: next }), ['hero', 'side'], { requestId: 's', trace: true });
    expect(again.trace?.map(({ rejection }) => rejection)).toEqual(['capped', 'capped']);
    const later = subject({ ledger: next, now: (NOW + HOUR_MS) as Instant });
    expect(
      decidePlacements(rules, later, ['side', 'hero'], { requestId: 't' }).propositions.map((each) => each.offer),
    ).toEqual([null, 'a']);
  });

  it('notes nothing of what events count', () => {
    const rules = rulesOf({ offers: [offer('a', { caps: [{ rule: 0, placement: null }] })] });
    const done = decidePlacements(rules, subject({ members: Uint8Array.of(1) }), ['hero'], { requestId: 'r' });
    expect([done.propositions[0]?.offer, done.noted.size]).toEqual(['a', 0]);
  });

  it('names keys that no two owners share', () => {
    expect([ledgerKey('a', null), ledgerKey('a', 'hero'), ledgerKey('', 'hero')]).toEqual(['a', 'a|hero', '|hero']);
  });
});

function zone(name: string, around: string) {
  const table = compileZone(name, instant(around));
  if (!table) throw new Error(`no zone ${name}`);
  return table;
}
