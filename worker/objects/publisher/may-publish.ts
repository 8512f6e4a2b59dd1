import { err, ok, type Result } from '../../../core/lib/result.ts';
import type { PublisherProblem } from '../../../core/ruleset/publisher-rpc.ts';
import type { PublishingContext } from './publishing-context.ts';

/** Rules are published in no space that somebody froze. */
export async function refuseFrozen({ freezes, space }: PublishingContext): Promise<Result<null, PublisherProblem>> {
  const freeze = await freezes.find(space);
  return freeze ? err({ kind: 'frozen', ...freeze }) : ok(null);
}
