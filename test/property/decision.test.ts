import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withContents } from '../../core/decision/contents.ts';
import { decidePlacements } from '../../core/decision/decide.ts';
import { REASONS, REJECTIONS } from '../../core/decision/proposition.ts';
import { parseReceipt } from '../../core/decision/receipt.schema.ts';
import { receiptText, rulesRead } from '../../core/decision/receipt.ts';
import { packBits } from '../../core/decision/receipt-bits.ts';
import { replayReceipt } from '../../core/decision/replay-receipt.ts';
import type { Sequence } from '../../core/lib/ids.ts';
import { rulesOf } from '../core/decision/build-rules.ts';
import { askedArbitrary, rulesArbitrary, subjectArbitrary } from './decision-arbitraries.ts';
import { oracleDecide } from './decision-oracle.ts';

const RUNS = { numRuns: 2000 };
const traced = { requestId: 'r', trace: true } as const;
const byPlace = (
  trace: readonly { readonly placement: string; readonly offer: string; readonly rejection: string | null }[] | null,
) => (trace ?? []).map(({ placement, offer, rejection }) => `${placement} ${offer} ${rejection}`).sort();

describe('deciding', () => {
  it('gives what plain code gives, with the same reason for every candidate', () => {
    fc.assert(
      fc.property(rulesArbitrary, subjectArbitrary, askedArbitrary, (parts, subject, asked) => {
        const rules = rulesOf(parts);
        const done = decidePlacements(rules, subject, asked, traced);
        const expected = oracleDecide(rules, subject, asked);
        const shown = asked.map((_, slot) =>
          done.propositions.flatMap(({ id, offer }) =>
            id.split('_')[2] === `${slot}` && offer !== null ? [offer] : [],
          ),
        );
        expect(shown).toEqual(expected.offers);
        expect(byPlace(done.trace)).toEqual(byPlace(expected.trace));
      }),
      RUNS,
    );
  });

  it('does not depend on the order of offers, placements and experiments, nor on whether a trace is wanted', () => {
    fc.assert(
      fc.property(rulesArbitrary, subjectArbitrary, askedArbitrary, (parts, subject, asked) => {
        const turned = {
          ...parts,
          offers: parts.offers?.toReversed() ?? [],
          placements: parts.placements?.toReversed() ?? [],
        };
        const one = decidePlacements(rulesOf(parts), subject, asked, traced);
        const other = decidePlacements(rulesOf(turned), subject, asked, traced);
        const quiet = decidePlacements(rulesOf(parts), subject, asked, { requestId: 'r' });
        expect(other).toEqual(one);
        expect({ ...quiet, trace: one.trace }).toEqual(one);
      }),
      { numRuns: 1000 },
    );
  });

  it('tells of each candidate once why it won or lost, and every reason on the lists happens', () => {
    const rejections = new Set<string | null>();
    const reasons = new Set<string>();
    fc.assert(
      fc.property(rulesArbitrary, subjectArbitrary, askedArbitrary, (parts, subject, asked) => {
        const done = decidePlacements(rulesOf(parts), subject, asked, traced);
        for (const [slot, name] of asked.entries()) {
          const candidates = (parts.offers ?? [])
            .filter(({ placements }) => placements.includes(name))
            .map(({ id }) => id);
          const told = (done.trace ?? []).filter(({ placement }) => placement === name).map(({ offer }) => offer);
          const times = asked.filter((each) => each === name).length;
          const isFirst = asked.indexOf(name) === slot;
          if (isFirst && name !== 'nope')
            for (const id of candidates) expect(told.filter((each) => each === id)).toHaveLength(times);
        }
        for (const { rejection } of done.trace ?? []) rejections.add(rejection);
        for (const { reason } of done.propositions) reasons.add(reason);
      }),
      // Always the same ones: what is rare must come up.
      { ...RUNS, seed: 1 },
    );
    expect([...rejections].sort()).toEqual([...Object.keys(REJECTIONS), null].sort());
    const stateless = ['degraded', 'limited', 'bot', 'prefetch', 'forced'];
    expect([...reasons].sort()).toEqual(
      Object.keys(REASONS)
        .filter((reason) => !stateless.includes(reason))
        .sort(),
    );
  });

  it('never shows an offer twice in a placement, nor more of a budget than is at hand', () => {
    fc.assert(
      fc.property(rulesArbitrary, subjectArbitrary, askedArbitrary, (parts, subject, asked) => {
        const { propositions, leases } = decidePlacements(rulesOf(parts), subject, asked, { requestId: 'r' });
        const shown = propositions.flatMap(({ placement, offer }) => (offer === null ? [] : [`${placement} ${offer}`]));
        expect(new Set(shown).size).toBe(shown.length);
        for (const [offer, used] of leases) {
          expect(used).toBeLessThanOrEqual(subject.leases?.[offer] ?? 0);
          expect(used).toBe(propositions.filter((each) => each.offer === offer).length);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('shows nothing whose purpose is withdrawn, from the very next answer on', () => {
    fc.assert(
      fc.property(rulesArbitrary, subjectArbitrary, askedArbitrary, (parts, subject, asked) => {
        const rules = rulesOf(parts);
        decidePlacements(rules, subject, asked, { requestId: 'r' });
        const after = decidePlacements(rules, { ...subject, consented: 1 }, asked, { requestId: 's' });
        for (const { offer, experiment } of after.propositions) {
          expect(offer === null || rules.offers.get(offer)?.purpose === 'necessary').toBe(true);
          expect(experiment).toBeUndefined();
        }
        expect(after.assignments).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a receipt', () => {
  const receipt = { sequence: 7 as Sequence, profile: null };

  it('gives the same answer and the same reasons when it is decided again', () => {
    fc.assert(
      fc.property(rulesArbitrary, subjectArbitrary, askedArbitrary, (parts, subject, asked) => {
        const rules = rulesOf(parts);
        const done = decidePlacements(rules, subject, asked, { ...traced, receipt });
        const parsed = parseReceipt(JSON.parse(receiptText(done.receipt as NonNullable<typeof done.receipt>)));
        if (!parsed.ok) throw new Error(parsed.error);
        expect(parsed.value).toEqual(done.receipt);
        const again = replayReceipt(parsed.value, rulesOf(parts));
        if (!again.ok) throw new Error(again.error.kind);
        const bare = (all: typeof done.propositions) =>
          all.map(({ fill, ...rest }) => ({ ...rest, isFilled: fill !== undefined }));
        expect(bare(again.value.propositions)).toEqual(bare(done.propositions));
        expect(byPlace(again.value.trace)).toEqual(byPlace(done.trace));
        expect(again.value.agrees).toBe(true);
        // As it was written before rules were told once.
        const told = packBits(rulesRead(rules, asked, 1), subject.members);
        const old = parseReceipt({ ...parsed.value, v: 1, rules: told });
        expect(old.ok && replayReceipt(old.value, rules)).toEqual(again);
        expect(parsed.value.rules.length).toBeLessThanOrEqual(told.length);
      }),
      RUNS,
    );
  });

  it('holds nothing that templates were filled with', () => {
    fc.assert(
      fc.property(rulesArbitrary, subjectArbitrary, askedArbitrary, (parts, subject, asked) => {
        const done = decidePlacements(rulesOf(parts), subject, asked, { ...traced, receipt });
        expect(JSON.stringify(done.receipt)).not.toContain('Sarah');
        const told = JSON.stringify(withContents(done.propositions, rulesOf(parts)));
        expect(told).not.toContain('"fill"');
      }),
      { numRuns: 500 },
    );
  });
});
