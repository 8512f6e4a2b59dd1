import type { CompiledCap, CompiledOffer, CompiledPlacement } from '../../core/decision/compiled.ts';
import type { CompiledContent } from '../../core/decision/content/compiled-content.ts';
import type { DecisionRules } from '../../core/decision/decision-rules.ts';
import type { DecisionSubject } from '../../core/decision/decision-subject.ts';
import type { Languages } from '../../core/decision/experiment-effect.ts';
import type { OfferTrace, Rejection } from '../../core/decision/proposition.ts';
import { AUTH_STATES } from '../../core/event/event.ts';
import { assign, reasonOf } from '../../core/experiment/assign.ts';
import { fnv1a32 } from '../../core/lib/hash.ts';
import { purposeBit } from '../../core/policy/purposes.ts';

/** Deciding once more, slowly and as it is told: no plan, nothing kept, every candidate looked at in full. */
export interface OracleAnswer {
  /** By slot: the offers shown. */
  readonly offers: readonly (readonly string[])[];
  readonly trace: readonly OfferTrace[];
}

const DAY_MS = 86_400_000;

export function oracleDecide(rules: DecisionRules, subject: DecisionSubject, asked: readonly string[]): OracleAnswer {
  const variants = variantsOf(rules, subject);
  const all = rules.experiments?.all ?? [];
  // What is rolled out is what a running one is measured against.
  const inTurn = ['running', 'stopped', 'draft'].flatMap((wanted) => all.filter(({ status }) => status === wanted));
  const chosen: { readonly placement: CompiledPlacement; readonly offer: CompiledOffer }[] = [];
  const offers: string[][] = asked.map(() => []);
  const trace: OfferTrace[] = [];
  const priorityOf = (slot: number) => rules.placements.get(asked[slot] ?? '')?.priority ?? 0;
  const slots = asked.map((_, slot) => slot).sort((a, b) => priorityOf(b) - priorityOf(a) || a - b);

  for (const slot of slots) {
    const placement = rules.placements.get(asked[slot] ?? '');
    if (!placement) continue;
    const own = [...rules.offers.values()].filter((offer) => offer.placements.includes(placement.id));
    const { only, shut, ranker } = placementVariant(placement);
    const guest = only === null ? undefined : rules.offers.get(only);
    const candidates = guest && !own.includes(guest) ? [...own, guest] : own;
    const fitting = own.filter((offer) => alone(offer, placement, true) === null);
    const ranks = rank(ranker, fitting);
    const order = candidates.sort((a, b) => compare(ranks, a, b));
    for (const offer of order) {
      const isGuest = offer === guest && !own.includes(offer);
      const rejection = alone(offer, placement, !isGuest) ?? among(offer, placement, isGuest);
      // Told already, when it stood in for another.
      const isTold = offers[slot]?.includes(offer.id) && rejection !== null;
      if (!isTold) trace.push({ placement: placement.id, offer: offer.id, rejection });
    }

    function among(offer: CompiledOffer, where: CompiledPlacement, isGuest: boolean): Rejection | null {
      const mine = offers[slot] as string[];
      if (shut !== null) return shut;
      if (only !== null && offer.id !== only) return 'variant';
      if (mine.length >= (where.count ?? 1)) return 'lowerPriority';
      const change = isGuest ? null : offerVariant(offer);
      if (change?.is === 'held') return 'holdout';
      if (change?.is === 'nothing') return 'variant';
      if (change?.is === 'offer') {
        if (alone(change.offer, where, false) !== null || beside(change.offer, where) !== null) return 'variant';
        take(change.offer);
        trace.push({ placement: where.id, offer: change.offer.id, rejection: null });
        return 'variant';
      }
      const rejection = beside(offer, where);
      if (rejection === null) take(offer);
      return rejection;

      function take(taken: CompiledOffer): void {
        mine.push(taken.id);
        chosen.push({ placement: where, offer: taken });
      }
    }
  }
  return { offers, trace };

  /** `tested`: with what experiments make of it. */
  function alone(offer: CompiledOffer, placement: CompiledPlacement, tested: boolean): Rejection | null {
    const { now, members, consented, state } = subject;
    const change = tested ? offerVariant(offer) : null;
    const contents = change?.is === 'content' || change?.is === 'held' ? change.contents : offer.contents;
    const languages = contents?.[placement.kind];
    const rule = (tested ? segmentRule(offer) : null) ?? offer.rule;
    if (!languages) return 'noContent';
    if (offer.from !== null && now < offer.from) return 'notYet';
    if (offer.until !== null && now >= offer.until) return 'over';
    if (AUTH_STATES.indexOf(state) > AUTH_STATES.indexOf(offer.requires)) return 'authState';
    if ((consented & purposeBit(offer.purpose)) === 0) return 'consent';
    if (rule !== null && members[rule] !== 1) return 'notInAudience';
    if (offer.suppression.some((each) => members[each] !== 1)) return 'suppressed';
    if (offer.caps.some((cap) => applies(cap, placement) && !allows(cap, before(cap, offer.id)))) return 'capped';
    if (placement.caps.some((cap) => !allows(cap, beforeIn(cap, placement.id)))) return 'placementCapped';
    if (offer.budget && (own(subject.leases, offer.id) ?? 0) <= 0) return 'budgetSpent';
    const needs = contentFor(languages)?.needs ?? [];
    if (needs.some((path) => (subject.publicValue?.(path, offer.item ?? null) ?? null) === null)) return 'missingValue';
    return null;
  }

  function beside(offer: CompiledOffer, placement: CompiledPlacement): Rejection | null {
    const same = chosen.filter((each) => each.offer.id === offer.id);
    const here = chosen.filter((each) => each.placement.id === placement.id);
    const group = placement.dedupeGroup;
    if (same.some((each) => each.placement.id === placement.id)) return 'repeated';
    if (group !== undefined && same.some((each) => each.placement.dedupeGroup === group)) return 'repeated';
    const excludes = offer.exclusionGroup;
    if (
      excludes !== undefined &&
      chosen.some((each) => each.offer.id !== offer.id && each.offer.exclusionGroup === excludes)
    )
      return 'excluded';
    for (const cap of offer.caps) {
      if (!applies(cap, placement)) continue;
      const more =
        cap.placement === null ? same.length : same.filter((each) => each.placement.id === placement.id).length;
      if (more > 0 && ('rule' in cap || before(cap, offer.id) + more >= cap.decisions)) return 'capped';
    }
    for (const cap of placement.caps) {
      if (here.length > 0 && ('rule' in cap || beforeIn(cap, placement.id) + here.length >= cap.decisions))
        return 'placementCapped';
    }
    if (offer.budget && (own(subject.leases, offer.id) ?? 0) - same.length <= 0) return 'budgetSpent';
    return null;
  }

  function applies(cap: CompiledCap, placement: CompiledPlacement): boolean {
    return cap.placement === null || cap.placement === placement.id;
  }

  function allows(cap: CompiledCap, count: number): boolean {
    return 'rule' in cap ? subject.members[cap.rule] === 1 : count < cap.decisions;
  }

  function before(cap: CompiledCap, offer: string): number {
    return countIn(cap, cap.placement === null ? offer : `${offer}|${cap.placement}`);
  }

  function beforeIn(cap: CompiledCap, placement: string): number {
    return countIn(cap, `|${placement}`);
  }

  /** Calendar days only, in UTC: the others are tested beside this. */
  function countIn(cap: CompiledCap, key: string): number {
    if ('rule' in cap) return 0;
    const isWithin = (instant: number) => {
      if (cap.calendar !== null) return Math.floor(instant / DAY_MS) >= Math.floor(subject.now / DAY_MS);
      return cap.windowMs === null || instant > subject.now - cap.windowMs;
    };
    return (own(subject.ledger, key) ?? []).filter(isWithin).length;
  }

  function contentFor(languages: Languages): CompiledContent | undefined {
    for (const tag of subject.languages ?? []) {
      const parts = tag.split('-');
      for (let count = parts.length; count > 0; count--) {
        const found = languages[parts.slice(0, count).join('-')];
        if (found) return found;
      }
    }
    return languages[''];
  }

  function rank(ranker: string | undefined, fitting: readonly CompiledOffer[]): ReadonlyMap<string, number> {
    const by = ranker === undefined ? undefined : rules.rankers?.get(ranker);
    const all = [...rules.offers.values()];
    const from = (score: (offer: CompiledOffer) => number | null) =>
      new Map(
        fitting.flatMap((offer) => {
          const known = score(offer);
          return known === null ? [] : [[offer.id, known] as const];
        }),
      );
    switch (by?.method) {
      case 'manual':
        return new Map(all.map(({ id }) => [id, by.order.includes(id) ? by.order.length - by.order.indexOf(id) : 0]));
      case 'formula':
        return from(({ id }) => (subject.value?.(by.cells[id] ?? -1) as number | null | undefined) ?? null);
      case 'affinity': {
        const interests = subject.value?.(by.cell) as Readonly<Record<string, number>> | null | undefined;
        return from(({ tags = [] }) => (interests ? tags.reduce((sum, tag) => sum + (interests[tag] ?? 0), 0) : null));
      }
      case 'recommendation': {
        const items = subject.recommend?.(by.strategy) ?? [];
        return from(({ item }) => (item !== undefined && items.includes(item) ? -items.indexOf(item) : null));
      }
      default:
        return new Map(all.map(({ id, priority }) => [id, priority]));
    }
  }

  function compare(ranks: ReadonlyMap<string, number>, a: CompiledOffer, b: CompiledOffer): number {
    const [mine, theirs] = [ranks.get(a.id) ?? -Infinity, ranks.get(b.id) ?? -Infinity];
    if (mine !== theirs) return theirs - mine;
    return b.priority - a.priority || tie(a.id) - tie(b.id) || (a.id < b.id ? -1 : 1);
  }

  function tie(offer: string): number {
    if (!subject.unit) return 0;
    let h = fnv1a32(offer) ^ fnv1a32(subject.unit);
    h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
    h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
    return (h ^ (h >>> 15)) >>> 0;
  }

  /** The first experiment on the offer that changes it, unless one keeps the person out: then it is looked at with what it would show. */
  function offerVariant(offer: CompiledOffer) {
    const on = inTurn.filter(({ on: { kind, id } }) => kind === 'offer' && id === offer.id);
    const change = firstChange(offer, on);
    if (!on.some(({ id }) => variants.get(id) === '~held')) return change;
    return { is: 'held' as const, contents: change?.is === 'content' ? change.contents : offer.contents };
  }

  function firstChange(offer: CompiledOffer, on: typeof inTurn) {
    for (const { id, variants: all } of on) {
      const variant = all.find((each) => each.id === variants.get(id));
      if (!variant || variant.value.use === 'default') continue;
      if (variant.value.use === 'content')
        return { is: 'content' as const, contents: rules.effects?.get(id)?.contents?.[variant.id] };
      if (variant.value.use === 'nothing') return { is: 'nothing' as const };
      if (variant.value.use !== 'offer' || variant.value.id === offer.id) continue;
      const instead = rules.offers.get(variant.value.id);
      return instead ? { is: 'offer' as const, offer: instead } : { is: 'nothing' as const };
    }
    return null;
  }

  function segmentRule(offer: CompiledOffer): number | null {
    for (const { id, on } of inTurn) {
      const rule =
        on.kind === 'segment' ? own(rules.effects?.get(id)?.rules?.[variants.get(id) ?? ''], offer.id) : undefined;
      if (rule !== undefined) return rule;
    }
    return null;
  }

  function placementVariant(placement: CompiledPlacement) {
    let shut: Rejection | null = null;
    let only: string | null = null;
    let ranker = placement.ranker;
    let isRanked = false;
    let isChanged = false;
    for (const { id, on, variants: all } of inTurn) {
      const isOnPlacement = on.kind === 'placement' && on.id === placement.id;
      if (!isOnPlacement && !(on.kind === 'ranker' && on.id === placement.ranker)) continue;
      const variant = variants.get(id);
      if (variant === '~held' && isOnPlacement) shut = 'holdout';
      const value = all.find((each) => each.id === variant)?.value;
      if (!value || value.use === 'default') continue;
      if (value.use === 'ranker') {
        if (!isRanked) ranker = value.id;
        isRanked = true;
      } else if (!isChanged) {
        isChanged = true;
        if (value.use === 'offer' && rules.offers.has(value.id)) only = value.id;
        else shut ??= 'variant';
      }
    }
    return { shut, only, ranker };
  }
}

/** `constructor` is an id like any other. */
function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record && Object.hasOwn(record, key) ? record[key] : undefined;
}

/** By experiment: the variant, or `~held`. */
function variantsOf(rules: DecisionRules, subject: DecisionSubject): ReadonlyMap<string, string> {
  const { experiments } = rules;
  if (!experiments) return new Map();
  const assigned = assign(experiments, {
    now: subject.now,
    consented: subject.consented,
    assignments: subject.assignments ?? [],
    unit: (attribute) => (attribute === 'profile' ? (subject.unit ?? null) : null),
    eligible: (rule) => subject.members[rule] === 1,
    forced: null,
  });
  return new Map(
    experiments.all.flatMap(({ id, variants }, position) => {
      const variant = variants[assigned.variants[position] ?? -1];
      if (variant) return [[id, variant.id]];
      const reason = reasonOf(assigned, position);
      return reason === 'holdout' || reason === 'globalHoldout' ? [[id, '~held']] : [];
    }),
  );
}
