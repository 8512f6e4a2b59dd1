import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import { jurisdictionOf, type ProfileId, type Space } from '../../core/lib/ids.ts';
import type { Env } from '../env.ts';
import { logLine } from '../observe/log.ts';
import { sampleStub } from '../stores/sample-stub.ts';

/**
 * Tells samples who was active: one call for each space and jurisdiction of a batch, ids alone. A sample that does not answer keeps nobody waiting: its
 * copies are a little older then, and say so.
 */
export async function noteActive(
  env: Pick<Env, 'SAMPLE' | 'JURISDICTIONS'>,
  messages: readonly EffectMessage[],
): Promise<void> {
  const active = new Map<string, { readonly space: Space; readonly profiles: Set<ProfileId> }>();
  for (const { space, profile } of messages) {
    const name = `${space}:${jurisdictionOf(profile)}`;
    const held = active.get(name) ?? { space, profiles: new Set() };
    active.set(name, held);
    held.profiles.add(profile);
  }
  for (const { space, profiles } of active.values()) {
    const [first] = profiles;
    if (first === undefined) continue;
    try {
      await sampleStub(env, space, jurisdictionOf(first))?.touched([...profiles]);
    } catch (error) {
      logLine({ kind: 'sample', outcome: 'failed', space, error: error instanceof Error ? error.name : 'unknown' });
    }
  }
}
