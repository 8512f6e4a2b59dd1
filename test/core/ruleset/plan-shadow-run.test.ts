import { describe, expect, it } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import type { Attribute } from '../../../core/profile/attribute.ts';
import { planEstimate, planShadowRun } from '../../../core/ruleset/plan-shadow-run.ts';
import type { RulesSide } from '../../../core/ruleset/rule-nodes.ts';
import { parseExpression } from '../../../core/segment/language/parse-expression.ts';

const NOW = Date.UTC(2026, 10, 22) as Instant;

function tree(text: string) {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(parsed.error.detail);
  return parsed.value.tree;
}

const attribute = (id: string, more: Partial<Attribute> = {}): Attribute => ({
  id,
  name: id,
  type: 'string',
  labels: [],
  public: false,
  requires: 'anonymous',
  ...more,
});

interface Rules {
  readonly segments?: Readonly<Record<string, string>>;
  readonly measures?: Readonly<Record<string, string>>;
  /** Offer → rule; '': none. */
  readonly offers?: Readonly<Record<string, string>>;
  readonly attributes?: readonly Attribute[];
  readonly timeZone?: string;
}

function side({
  segments = {},
  measures = {},
  offers = {},
  attributes = [attribute('tier')],
  timeZone = 'UTC',
}: Rules): RulesSide {
  const purpose = 'personalization' as const;
  return {
    rules: {
      segments: Object.entries(segments).map(([id, rule]) => ({ id, rule: tree(rule), purpose })),
      measures: Object.entries(measures).map(([id, expression]) => ({ id, expression: tree(expression), purpose })),
      eligibility: Object.entries(offers).flatMap(([id, rule]) => (rule ? [{ id, rule: tree(rule), purpose }] : [])),
    },
    offers: Object.keys(offers),
    attributes,
    timeZone,
  };
}

const views = (count: number) => `xEvent[eventType = "product.viewed"].count() >= ${count}`;
const live: Rules = {
  segments: { gold: 'tier = "gold"', vip: 'inSegment("gold") and spent > 5', other: views(3), quiet: 'tier = "none"' },
  measures: { spent: 'xEvent[eventType = "order.placed"].count()', unused: 'xEvent.count()' },
  offers: { gift: 'inSegment("gold")', plain: '', same: 'tier = "x"' },
};
const plan = (after: Rules, before: Rules | null = live, allOffers = false) =>
  planShadowRun(before && side(before), side(after), { allOffers, now: NOW });

describe('the plan of a shadow run', () => {
  it('is empty where nothing differs', () => {
    const { changed, before, after } = plan(live);
    expect(changed.compare).toEqual([]);
    expect([before.program.segments, after.program.segments, after.program.cells]).toEqual([[], [], []]);
  });

  it('compiles what changed, what depends on it, and what these are built on', () => {
    const { changed, before, after } = plan({ ...live, segments: { ...live.segments, gold: 'tier = "platinum"' } });
    expect(changed).toMatchObject({ edited: ['gold'], dependents: ['offer:gift', 'vip'] });
    expect(before.segments).toEqual(['gold', 'offer:gift', 'vip']);
    expect(after.segments).toEqual(before.segments);
    // Of the measures only the one that vip reads; of the segments none that is as it was.
    expect(after.program.segments.map(({ id }) => id)).toEqual(['gold', 'offer:gift', 'vip']);
    const measured = plan({
      ...live,
      measures: { ...live.measures, spent: 'xEvent[eventType = "order.returned"].count()' },
    });
    expect(measured.changed.compare).toEqual(['vip']);
    // vip needs gold, which nobody asks about.
    expect(measured.after.segments).toEqual(['vip']);
    expect(measured.after.program.segments.map(({ id }) => id)).toEqual(['gold', 'vip']);
  });

  it('takes an offer that loses its rule for one that reaches everybody', () => {
    const { changed, before, after } = plan({ ...live, offers: { ...live.offers, gift: '' } });
    expect(changed.edited).toEqual(['offer:gift']);
    expect([before.segments, after.segments]).toEqual([['offer:gift'], ['offer:gift']]);
    const all = plan(live, live, true);
    expect(all.after.segments).toEqual(['offer:gift', 'offer:plain', 'offer:same']);
  });

  it('sees purposes, types, merging and the time zone as changes', () => {
    const merged = [attribute('tier', { merge: { sources: ['crm'], lists: 'replace' } })];
    expect(plan({ ...live, attributes: merged }).changed.edited).toEqual(['gold', 'offer:same', 'quiet']);
    const renamed = [attribute('tier', { name: 'Another word', public: true })];
    expect(plan({ ...live, attributes: renamed }).changed.compare).toEqual([]);
    expect(plan({ ...live, timeZone: 'Europe/Berlin' }).changed.compare).toContain('other');
  });

  it('calls everything new where nothing is live', () => {
    const { changed, before, after } = plan(live, null);
    expect(changed.added).toEqual(after.segments);
    expect(before.segments).toEqual([]);
  });

  it('compiles one rule with what it is built on', () => {
    const estimate = planEstimate(side(live), 'vip', NOW);
    expect(estimate.segments).toEqual(['vip']);
    expect(estimate.program.segments.map(({ id }) => id)).toEqual(['gold', 'vip']);
  });
});
