import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import { liveBatch } from '../../core/interaction/live-view.ts';
import type { Instant, Space } from '../../core/lib/ids.ts';
import { limit } from '../../core/lib/limits.ts';
import type { CompiledPlan } from '../../core/source/tracking-plan.ts';
import { logLine } from '../observe/log.ts';
import { liveStub } from '../stores/live-stub.ts';
import { createRulesetStore } from '../stores/ruleset-store.ts';
import { DEAD_LETTERS } from './consume.ts';

export interface LiveEnv {
  readonly LIVE?: DurableObjectNamespace;
  readonly PUBLISHER: DurableObjectNamespace;
  readonly RULESETS: KVNamespace;
}

/** Shows a batch to those who watch: one call per space. A view that fails fails alone: the batch is done without it. */
export async function noteLive(
  {
    queue,
    messages,
    metadata,
  }: Pick<MessageBatch<EffectMessage>, 'queue' | 'messages'> & Partial<Pick<MessageBatch<EffectMessage>, 'metadata'>>,
  env: LiveEnv,
): Promise<void> {
  if (!env.LIVE || DEAD_LETTERS.test(queue)) return;
  const now = () => Date.now() as Instant;
  const rulesets = createRulesetStore({ kv: env.RULESETS, publisher: env.PUBLISHER, now });
  const bySpace = new Map<Space, EffectMessage[]>();
  let oldest = now() as number;
  for (const { body, timestamp } of messages) {
    bySpace.set(body.space, [...(bySpace.get(body.space) ?? []), body]);
    oldest = Math.min(oldest, timestamp.getTime());
  }
  const state = {
    queue,
    at: now(),
    backlog: metadata?.metrics?.backlogCount ?? null,
    lagMs: Math.max(0, now() - oldest),
  };
  for (const [space, held] of bySpace) {
    try {
      const plans = (await rulesets.current(space))?.plans ?? NO_PLANS;
      await liveStub(env.LIVE, space).note(liveBatch(held, plans, limit('liveEntriesPerBatch')), state);
    } catch (error) {
      logLine({ kind: 'live', outcome: 'failed', error: error instanceof Error ? error.name : 'unknown' });
    }
  }
}

const NO_PLANS: ReadonlyMap<string, CompiledPlan> = new Map();
