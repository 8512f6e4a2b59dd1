import { describe, expect, it } from 'vitest';
import { propositionText, withContents, withoutContents } from '../../../core/decision/contents.ts';
import { decideFallbacks, decidePlacements } from '../../../core/decision/decide.ts';
import { keptReceipt } from '../../../core/decision/kept-receipt.ts';
import { planOf } from '../../../core/decision/plan/decision-plan.ts';
import { parseLeftOut, parseReceipt } from '../../../core/decision/receipt.schema.ts';
import { type Receipt, receiptText, rulesRead } from '../../../core/decision/receipt.ts';
import { packBits, unpackBits } from '../../../core/decision/receipt-bits.ts';
import { replayReceipt } from '../../../core/decision/replay-receipt.ts';
import { byteLength } from '../../../core/lib/byte-length.ts';
import type { ProfileId, Sequence } from '../../../core/lib/ids.ts';
import { experiment, offer, placement, rulesOf, subject } from './build-rules.ts';

const greeting = {
  value: '',
  templates: { '': ['Hello ', { path: 'attribute.firstName', as: 'text' as const }] },
  needs: ['attribute.firstName'],
  reads: ['attribute.firstName'],
};
const names = ['hero', 'side', 'gift'];
const rules = rulesOf({
  placements: names.map((id) => placement(id)),
  offers: [
    ...Array.from({ length: 60 }, (_, i) =>
      offer(`offer-${i}`, { placements: [names[i % 2] ?? ''], rule: i, priority: 1 }),
    ),
    offer('hello', { placements: ['gift'], contents: { html: { '': greeting, ko: { value: '안녕' } } } }),
  ],
  experiments: [experiment('x', { on: { kind: 'placement', id: 'hero' } })],
});
const members = Uint8Array.from({ length: 60 }, (_, i) => (i % 7 === 3 ? 1 : 0));
const profile = 'prf_1n0123456789abcdefghjkmnpqrs' as ProfileId;
const who = subject({ members, unit: profile, publicValue: () => '<Sarah>' });
const receipt = { sequence: 7 as Sequence, profile };
const decide = (by = rules, person = who) =>
  decidePlacements(by, person, names, { requestId: '0197f3d2c1b0', trace: true, receipt });
const made = (done = decide()) => done.receipt as Receipt;

describe('a receipt', () => {
  it('is small for a usual page, plain JSON, and says nothing personal', () => {
    expect(byteLength(receiptText(made()))).toBeLessThan(600);
    expect(receiptText(made())).not.toContain('Sarah');
    expect(parseReceipt(JSON.parse(receiptText(made())))).toEqual({ ok: true, value: made() });
  });

  it('tells each rule once, however many placements read it, and is kept also for the largest of pages', () => {
    const pages = Array.from({ length: 30 }, (_, i) => `page-${i}`);
    const offers = Array.from({ length: 1000 }, (_, i) => offer(`offer-${i}`, { placements: pages, rule: i }));
    const large = rulesOf({ placements: pages.map((id) => placement(id)), offers });
    const person = { ...who, members: Uint8Array.from({ length: 1000 }, (_, i) => i % 2) };
    const whole = decidePlacements(large, person, pages, { requestId: '0197f3d2c1b0', receipt }).receipt as Receipt;
    expect(whole.rules).toHaveLength(Math.ceil(1000 / 6));
    expect(keptReceipt(whole, [])).toBe(whole);
    expect(replayReceipt(whole, large)).toMatchObject({ ok: true, value: { agrees: true } });
    const old = { ...whole, v: 1 as const, rules: packBits(rulesRead(large, pages, 1), person.members) };
    expect(old.rules).toHaveLength(5000);
    expect(replayReceipt(old, large)).toMatchObject({ ok: true, value: { agrees: true } });
  });

  it('that is too large, or one too many of those that wait, is told instead of kept', () => {
    const { request, at, sequence } = made();
    const rest = (bytes: number) => ({ v: 2, request, at, sequence, profile, bytes });
    const sized = (bytes: number): Receipt => {
      const bare = { ...made(), rules: '' };
      return { ...bare, rules: 'A'.repeat(bytes - byteLength(JSON.stringify(bare))) };
    };
    expect(keptReceipt(sized(16_000), [])).toEqual(sized(16_000));
    const left = keptReceipt(sized(16_001), []);
    expect(left).toEqual({ ...rest(16_001), leftOut: 'receiptBytes' });
    expect(parseLeftOut(JSON.parse(JSON.stringify(left)))).toEqual(left);
    expect(parseReceipt(left)).toMatchObject({ ok: false });
    expect(parseLeftOut(made())).toBeNull();
    const waiting = Array.from({ length: 16 }, () => sized(16_000));
    expect(keptReceipt(sized(6144), waiting)).toEqual(sized(6144));
    expect(keptReceipt(sized(6145), waiting)).toEqual({ ...rest(6145), leftOut: 'receiptsWaitingBytes' });
  });

  it('has one text, whatever the order of its members', () => {
    const { v, ...rest } = made();
    expect(receiptText({ ...rest, v })).toBe(receiptText(made()));
  });

  it('tells another fill from this one', () => {
    const of = (name: string) => made(decide(rules, { ...who, publicValue: () => name })).shown[2]?.fill;
    expect(of('Sarah')).toMatch(/^[0-9a-f]{16}$/);
    expect(of('Sarah')).not.toBe(of('Anna'));
  });

  it.each<[string, Partial<Record<keyof Receipt, unknown>>, string]>([
    ['another version', { v: 3 }, '/v'],
    ['a state that is none', { state: 'root' }, '/state'],
    ['a purpose that is none', { consent: 1024 }, '/consent'],
    ['a profile that is none', { profile: 'me' }, '/profile'],
    ['a reason that is none', { shown: [{ slot: 0, offer: 'a', reason: 'luck' }] }, '/shown/0/reason'],
    ['bits that are none', { rules: '<>' }, '/rules'],
    ['more than receipts have', { more: 1 } as never, '/'],
  ])('is refused with %s', (_, wrong, pointer) => {
    expect(parseReceipt({ ...made(), ...wrong })).toEqual({ ok: false, error: pointer });
  });

  it('that was changed does not agree with what follows from it, or is of other rules', () => {
    const replayed = (wrong: Partial<Receipt>) => replayReceipt({ ...made(), ...wrong }, rules);
    const line = made().shown[0];
    expect(replayed({})).toMatchObject({ ok: true, value: { agrees: true } });
    expect(replayed({ shown: [{ ...line, offer: 'offer-0' } as never, ...made().shown.slice(1)] })).toMatchObject({
      value: { agrees: false },
    });
    expect(replayed({ consent: 1 })).toMatchObject({ value: { agrees: false } });
    expect(replayed({ rules: `${made().rules}A` })).toEqual({ ok: false, error: { kind: 'otherRules' } });
    expect(replayed({ assigned: { nope: 'control' } })).toEqual({ ok: false, error: { kind: 'otherRules' } });
    expect(replayed({ assigned: { x: 'nope' } })).toEqual({ ok: false, error: { kind: 'otherRules' } });
    expect(replayReceipt(made(), rulesOf({ placements: names.map((id) => placement(id)) }))).toEqual({
      ok: false,
      error: { kind: 'otherRules' },
    });
  });

  it('holds the rules of its placements, hit and missed', () => {
    const positions = ['hero', 'side'].map((name) => planOf(rules).placements.get(name)?.rules as Int32Array);
    const text = packBits(positions, members);
    expect([...(unpackBits(text, positions) ?? [])]).toEqual([...members]);
    expect(unpackBits(text.slice(1), positions)).toBeNull();
    expect(unpackBits('AAAAA?AAAA', positions)).toBeNull();
    expect(unpackBits('gA', [Int32Array.of(0), Int32Array.of(0)])).toBeNull();
  });
});

describe('contents', () => {
  it('are put back by whoever has the ruleset, with templates filled and nothing told of what filled them', () => {
    const { propositions } = decide();
    const bare = withoutContents(propositions);
    expect(bare.every(({ content }) => content === null)).toBe(true);
    const whole = withContents(JSON.parse(JSON.stringify(bare)), rules);
    expect(whole[2]).toMatchObject({ offer: 'hello', content: 'Hello &lt;Sarah&gt;' });
    expect(whole).toEqual(withContents(propositions, rules));
    for (const proposition of whole) {
      expect(proposition).not.toHaveProperty('fill');
      expect(propositionText(proposition, rules)).toBe(JSON.stringify(proposition));
    }
  });

  it('are of the visitor’s language, which is told', () => {
    const { propositions } = decide(rules, { ...who, languages: ['ko-KR', 'en'] });
    expect(propositions[2]).toMatchObject({ content: '안녕', language: 'ko' });
    expect(propositionText(propositions[2] as never, rules)).toBe(JSON.stringify(propositions[2]));
  });

  it('an offer that lacks a value gives way', () => {
    const done = decide(rules, { ...who, publicValue: () => null });
    expect(done.propositions[2]).toMatchObject({ offer: null, reason: 'noneEligible' });
    expect(done.trace?.find((each) => each.offer === 'hello')?.rejection).toBe('missingValue');
  });

  it('of a fallback with templates are filled with nothing where nobody is known', () => {
    const by = rulesOf({ placements: [placement('hero', { fallback: { ...greeting, needs: [] } })] });
    const [fallback] = withContents(decideFallbacks(by, ['hero'], 'r', 'degraded'), by);
    expect(fallback).toEqual({
      id: 'prp_r_0',
      placement: 'hero',
      kind: 'html',
      offer: null,
      content: 'Hello ',
      reason: 'degraded',
    });
  });
});
