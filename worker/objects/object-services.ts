import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import type { ProfileRpc } from '../../core/interaction/rpc.ts';
import type { Instant, ProfileId, Space } from '../../core/lib/ids.ts';
import { createDirectory, type Directory } from '../directory.ts';
import type { Env } from '../env.ts';
import { namesOf } from '../identity-names.ts';
import { logLine } from '../observe/log.ts';
import { directoryStub, profileStub } from '../stores/object-stubs.ts';
import { createRulesetStore, type RulesetStore } from '../stores/ruleset-store.ts';
import { type Leases, leasesOf } from './leases.ts';

/** What a profile object needs from outside itself. */
export interface ObjectServices {
  readonly rulesets: RulesetStore;
  readonly now: () => Instant;
  readonly send: (message: EffectMessage) => Promise<unknown>;
  readonly profileAt: (space: Space, profile: ProfileId) => ProfileRpc;
  readonly directory: Pick<Directory, 'call'>;
  readonly leases: Leases;
  readonly logAlarmFailure: (error: unknown) => void;
}

export function createObjectServices(env: Env): ObjectServices {
  const now = () => Date.now() as Instant;
  return {
    rulesets: createRulesetStore({ kv: env.RULESETS, publisher: env.PUBLISHER, now }),
    now,
    send: (message) => env.EFFECTS.send(message),
    profileAt: (space, profile) => profileStub(env, space, profile),
    directory: createDirectory({
      names: namesOf(env),
      now,
      stub: (space, identity, hash) => directoryStub(env, space, identity, hash),
    }),
    leases: leasesOf(env, now),
    logAlarmFailure: (error) =>
      logLine({ kind: 'alarm', outcome: 'failed', error: error instanceof Error ? error.name : 'unknown' }),
  };
}
