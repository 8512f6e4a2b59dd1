import { findEventType } from '../../event/registry.ts';
import type { Expression } from '../../segment/language/expression.ts';
import type { Cap, CapCount } from '../cap.ts';
import type { CompiledCap } from '../compiled.ts';
import { parseDuration } from '../duration.ts';
import type { Offer } from '../offer.ts';
import type { Placement } from '../placement.ts';
import { anyEquals, equals, type FewEvents, fewEvents, isThere } from './few-events.ts';
import type { HiddenRules } from './hidden-rules.ts';

/** A cap before the program is there: its rule by id. */
export type PlannedCap =
  | Exclude<CompiledCap, { readonly rule: number }>
  | { readonly rule: string; readonly placement: string | null };

/**
 * What limits offers is a rule where it counts events: true while one more is allowed. These rules are of the purpose `necessary`, which every fact has and
 * nobody withdraws: forgetting that somebody bought or dismissed something would show them more, not less. Whether an offer may be shown at all is its own purpose's.
 */
const PURPOSE = 'necessary';

const EVENT_OF: Readonly<Record<Exclude<CapCount, 'decision'>, string>> = {
  impression: 'proposition.displayed',
  click: 'proposition.clicked',
  dismissal: 'proposition.dismissed',
};

/** `appearsIn`: its placements, and those where experiments put it. */
export function planOfferCaps(offer: Offer, appearsIn: ReadonlySet<string>, rules: HiddenRules): readonly PlannedCap[] {
  return (offer.caps ?? []).flatMap((cap, i): readonly PlannedCap[] => {
    if (cap.of === 'decision') return [countedDecisions(cap)];
    const place = { kind: 'offer', id: offer.id, pointer: `/caps/${i}` } as const;
    const add = (suffix: string, where: readonly Expression[]): string =>
      rules.add({ id: `cap:offer:${offer.id}:${i}${suffix}`, tree: capRule(cap, where), purpose: PURPOSE, place });
    if (!isOwn(cap.of)) return [{ rule: add('', []), placement: null }];
    const own = equals(['offer'], offer.id);
    if (cap.in === undefined) return [{ rule: add('', [own]), placement: null }];
    return [...appearsIn].map((placement) => ({
      rule: add(`:${placement}`, [equals(['placement'], placement), own]),
      placement,
    }));
  });
}

export function planPlacementCaps(placement: Placement, rules: HiddenRules): readonly PlannedCap[] {
  return (placement.caps ?? []).map((cap, i): PlannedCap => {
    if (cap.of === 'decision') return countedDecisions(cap);
    // A fallback that was seen is no offer.
    const where = isOwn(cap.of) ? [equals(['placement'], placement.id), isThere('offer')] : [];
    const id = `cap:placement:${placement.id}:${i}`;
    const place = { kind: 'placement', id: placement.id, pointer: `/caps/${i}` } as const;
    return { rule: rules.add({ id, tree: capRule(cap, where), purpose: PURPOSE, place }), placement: null };
  });
}

/** Ids of the rules that are true while nothing the person did rules the offer out. */
export function planSuppression(offer: Offer, rules: HiddenRules): readonly string[] {
  const { id, item, coolDown, suppressAfter = [] } = offer;
  const add = (name: string, pointer: string, events: Omit<FewEvents, 'fewerThan'>): string =>
    rules.add({
      id: name,
      tree: fewEvents({ ...events, fewerThan: 1 }),
      purpose: PURPOSE,
      place: { kind: 'offer', id, pointer },
    });
  const after = suppressAfter.map(({ event, ownItem, for: lasting }, i) => {
    // The schema lets no `ownItem` pass without an item and a place to look for it.
    const at = ownItem ? findEventType(event)?.productAt : undefined;
    const names = at?.list ? anyEquals : equals;
    return add(`suppression:${id}:${i}`, `/suppressAfter/${i}`, {
      type: event,
      where: at && item !== undefined ? [names(at.path, item)] : [],
      within: lasting === undefined ? undefined : { last: lasting },
    });
  });
  if (coolDown === undefined) return after;
  const dismissed = { type: EVENT_OF.dismissal, where: [equals(['offer'], id)], within: { last: coolDown } };
  return [...after, add(`coolDown:${id}`, '/coolDown', dismissed)];
}

function isOwn(of: string): of is keyof typeof EVENT_OF {
  return Object.hasOwn(EVENT_OF, of);
}

function capRule({ of, within, count }: Cap, where: readonly Expression[]): Expression {
  return fewEvents({ type: isOwn(of) ? EVENT_OF[of] : of, where, within, fewerThan: count });
}

function countedDecisions({ count, within }: Cap): PlannedCap {
  return {
    decisions: count,
    windowMs: within && 'last' in within ? parseDuration(within.last) : null,
    calendar: within && 'this' in within ? within.this : null,
    placement: null,
  };
}
