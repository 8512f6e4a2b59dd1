import { fewEvents, isThere } from '../decision/compile/few-events.ts';
import type { HiddenRule } from '../decision/compile/hidden-rules.ts';
import { GIFT_FIELDS, ITEM_EVENTS, type ItemEventType } from '../model/item-events.ts';
import type { RecommendationStrategy } from '../model/recommend/strategy.ts';

/**
 * Where there are strategies, the log of a profile must hold what its person viewed, put into the cart and bought, also from before the strategies: rules that nobody
 * asks make the program read it. They are of the purpose `necessary`, so that every event is there; recommenders look at the purposes of each.
 */
export function itemRules(strategies: readonly RecommendationStrategy[]): readonly HiddenRule[] {
  const [first] = [...strategies].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (!first) return [];
  return (Object.keys(ITEM_EVENTS) as ItemEventType[]).map((type) => ({
    id: `items:${type}`,
    tree: fewEvents({
      type,
      where: [isThere(...ITEM_EVENTS[type].item), ...GIFT_FIELDS.map((field) => isThere(field))],
      within: undefined,
      fewerThan: 1,
    }),
    purpose: 'necessary',
    place: { kind: 'strategy', id: first.id, pointer: '' },
  }));
}
