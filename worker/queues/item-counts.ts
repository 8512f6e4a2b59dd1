import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import { type ItemVisit, itemVisit } from '../../core/interaction/item-visit.ts';
import type { Space } from '../../core/lib/ids.ts';
import { catalogueStub } from '../stores/catalogue-stub.ts';

/** Tells the spaces of a batch what was viewed and bought: one call each. Where there is no such object nothing is counted. */
export async function countItems(
  objects: DurableObjectNamespace | undefined,
  messages: readonly EffectMessage[],
): Promise<void> {
  if (!objects) return;
  const bySpace = new Map<Space, ItemVisit[]>();
  for (const message of messages) {
    const visit = itemVisit(message);
    if (!visit) continue;
    const held = bySpace.get(message.space);
    if (held) held.push(visit);
    else bySpace.set(message.space, [visit]);
  }
  for (const [space, visits] of bySpace) await catalogueStub(objects, space).count(visits);
}
