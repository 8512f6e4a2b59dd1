import { ok, type Result } from '../../../core/lib/result.ts';
import type { Freeze, FreezeCommand, PublisherProblem } from '../../../core/ruleset/publisher-rpc.ts';
import { actEntry } from './act-entry.ts';
import type { PublishingContext } from './publishing-context.ts';

/** Stops every publish of rules, or lets them go on. Frozen already: the new reason counts, since when stays. Answers what holds now. */
export async function setFreeze(
  { space, freezes, chain, now }: PublishingContext,
  { actor, reason }: FreezeCommand,
): Promise<Result<Freeze | null, PublisherProblem>> {
  await chain.settle();
  const present = await freezes.find(space);
  if (reason === null) {
    if (present)
      await chain.append(actEntry(actor, now(), 'unfrozen', { kind: 'ruleset', subject: 'freeze' }), [
        freezes.end(space),
      ]);
    return ok(null);
  }
  if (present?.reason === reason) return ok(present);
  const at = now();
  const freeze: Freeze = { by: actor.name, since: present?.since ?? at, reason };
  const entry = actEntry(actor, at, 'frozen', { kind: 'ruleset', subject: 'freeze', note: reason });
  await chain.append(entry, [freezes.put(space, freeze)]);
  return ok(freeze);
}
