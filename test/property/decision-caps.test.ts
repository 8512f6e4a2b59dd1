import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CompiledCap } from '../../core/decision/compiled.ts';
import { decidePlacements } from '../../core/decision/decide.ts';
import type { DecisionCap } from '../../core/decision/decision-window.ts';
import { type Decided, ledgerKey, mergeDecided, noteDecided } from '../../core/decision/ledger.ts';
import { decisionCapsOf } from '../../core/decision/plan/decision-plan.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { NOW, offer, placement, rulesOf, subject } from '../core/decision/build-rules.ts';

/**
 * A person with several devices: each has a strand with its own ledger, devices are joined and parted in any order, offers are decided, seen and bought in between. Whoever
 * looks at all that this person was ever shown never finds more than a cap allows.
 */
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PLACES = ['hero', 'side', 'foot'] as const;
const OFFERS = ['a', 'b', 'c'] as const;
/** Rules of the program: seen less than twice within a day (a), not bought (b). */
const [UNSEEN, UNBOUGHT] = [0, 1];

interface Shown {
  readonly offer: string;
  readonly placement: string;
  readonly at: number;
}

const windows = fc.constantFrom<Pick<DecisionCap, 'windowMs' | 'calendar'>>(
  { windowMs: null, calendar: null },
  { windowMs: 5 * HOUR_MS, calendar: null },
  { windowMs: 2 * DAY_MS, calendar: null },
  { windowMs: null, calendar: 'day' },
  { windowMs: null, calendar: 'week' },
  { windowMs: null, calendar: 'month' },
);
const cap = fc
  .record({ decisions: fc.integer({ min: 1, max: 4 }), window: windows, place: fc.constantFrom(null, 'hero', 'side') })
  .map(({ decisions, window, place }): DecisionCap => ({ decisions, ...window, placement: place }));

const parts = fc.record({
  caps: fc.tuple(...OFFERS.map(() => fc.array(cap, { maxLength: 2 }))),
  places: fc.tuple(
    ...PLACES.map((id) =>
      fc.record({
        count: fc.constantFrom(1, 1, 2),
        caps: fc.array(
          cap.map((each) => ({ ...each, placement: id })),
          { maxLength: 1 },
        ),
      }),
    ),
  ),
});

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      is: fc.constant('decide' as const),
      device: fc.nat(2),
      asked: fc.array(fc.constantFrom(...PLACES), { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      is: fc.constant('wait' as const),
      ms: fc.constantFrom(1, HOUR_MS, 5 * HOUR_MS - 1, 5 * HOUR_MS, DAY_MS, 8 * DAY_MS),
    }),
  },
  fc.record({ is: fc.constant('join' as const), device: fc.nat(2) }),
  fc.record({ is: fc.constant('buy' as const), device: fc.nat(2) }),
);

/** UTC: everything from the start of the unit that holds the instant. */
function begins(calendar: NonNullable<DecisionCap['calendar']>, now: number): number {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (calendar === 'day') return Date.UTC(year, month, day);
  if (calendar === 'week') return Date.UTC(year, month, day - ((date.getUTCDay() + 6) % 7));
  return calendar === 'month' ? Date.UTC(year, month, 1) : Date.UTC(year, 0, 1);
}

it('no cap is ever exceeded, on one device or on several that are joined', () => {
  fc.assert(
    fc.property(parts, fc.array(step, { minLength: 5, maxLength: 40 }), (drawn, steps) => {
      const ruleCaps: readonly CompiledCap[] = [{ rule: UNSEEN, placement: null }];
      const rules = rulesOf({
        placements: PLACES.map((id, i) => placement(id, drawn.places[i])),
        offers: OFFERS.map((id, i) =>
          offer(id, {
            placements: PLACES,
            caps: [...(drawn.caps[i] ?? []), ...(id === 'a' ? ruleCaps : [])],
            suppression: id === 'b' ? [UNBOUGHT] : [],
            budget: { total: 1000 },
          }),
        ),
      });
      const ledgers: Decided[] = [{}, {}, {}];
      const shown: Shown[][] = [[], [], []];
      const bought = [false, false, false];
      /** Which devices are one person now. */
      let together = new Set([0]);
      let now = NOW as number;
      let request = 0;

      for (const each of steps) {
        if (each.is === 'wait') now += each.ms;
        else if (each.is === 'join') together = new Set([...together, each.device]);
        else if (each.is === 'buy') bought[each.device] = true;
        else {
          const devices = together.has(each.device) ? [...together] : [each.device];
          const before = devices.flatMap((device) => shown[device] ?? []);
          const seen = before.filter(({ offer: id, at }) => id === 'a' && at > now - DAY_MS).length;
          const hasBought = devices.some((device) => bought[device]);
          const members = Uint8Array.of(seen < 2 ? 1 : 0, hasBought ? 0 : 1);
          const done = decidePlacements(
            rules,
            subject({
              now: now as Instant,
              unit: `prf_${request % 3}`,
              members,
              ledger: mergeDecided(devices.map((device) => ledgers[device] as Decided)),
              leases: { a: 9, b: 2, c: 9 },
            }),
            each.asked,
            { requestId: `${request++}` },
          );
          const after = done.propositions.flatMap(({ offer: id, placement: place }) =>
            id === null ? [] : [{ offer: id, placement: place, at: now }],
          );
          ledgers[each.device] = noteDecided(
            ledgers[each.device] as Decided,
            done.noted,
            now as Instant,
            decisionCapsOf(rules),
          );
          shown[each.device]?.push(...after);
          check([...before, ...after], after, hasBought);
        }
      }

      function check(all: readonly Shown[], latest: readonly Shown[], hasBought: boolean): void {
        const within = (of: DecisionCap, { at }: Shown) => {
          if (of.calendar !== null) return at >= begins(of.calendar, now);
          return of.windowMs === null || at > now - of.windowMs;
        };
        for (const { offer: id, placement: place } of latest) {
          for (const of of drawn.caps[OFFERS.indexOf(id as 'a')] ?? []) {
            if (of.placement !== null && of.placement !== place) continue;
            const same = all.filter((one) => one.offer === id && (of.placement === null || one.placement === place));
            expect(same.filter((one) => within(of, one)).length).toBeLessThanOrEqual(of.decisions);
          }
          for (const of of drawn.places[PLACES.indexOf(place as 'hero')]?.caps ?? []) {
            const here = all.filter((one) => one.placement === place && within(of, one));
            expect(here.length).toBeLessThanOrEqual(of.decisions);
          }
        }
        // Devices that were apart may have seen more between them than either might: joined, nothing more is added.
        if (latest.some(({ offer: id }) => id === 'a'))
          expect(all.filter(({ offer: id, at }) => id === 'a' && at > now - DAY_MS).length).toBeLessThanOrEqual(2);
        if (hasBought) expect(latest.map(({ offer: id }) => id)).not.toContain('b');
        expect(latest.filter(({ offer: id }) => id === 'b').length).toBeLessThanOrEqual(2);
      }
    }),
    { numRuns: 1500 },
  );
});

it('a ledger keeps no more than its caps count, and nothing that no window reaches', () => {
  fc.assert(
    fc.property(
      fc.array(cap, { minLength: 1, maxLength: 3 }),
      fc.array(fc.nat(30 * DAY_MS), { maxLength: 30 }),
      (caps, gaps) => {
        const key = ledgerKey('a', null);
        let ledger: Decided = {};
        let now = NOW as number;
        for (const gap of gaps) {
          now += gap;
          ledger = noteDecided(ledger, new Map([[key, 1]]), now as Instant, (of) => (of === key ? caps : []));
          const kept = ledger[key] ?? [];
          expect(kept.length).toBeLessThanOrEqual(Math.max(...caps.map(({ decisions }) => decisions)));
          expect(kept).toEqual([...kept].sort((a, b) => b - a));
          expect(kept[0]).toBe(now);
        }
        expect(noteDecided(ledger, new Map(), now as Instant, () => [])).toEqual({});
      },
    ),
    { numRuns: 300 },
  );
});
