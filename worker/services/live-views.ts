import type { Space } from '../../core/lib/ids.ts';
import type { Env } from '../env.ts';
import { type LiveRpc, liveStub } from '../stores/live-stub.ts';

/** The live view of each space; null: nobody can watch. */
export function liveViewsOf({ LIVE: objects }: Pick<Env, 'LIVE'>): ((space: Space) => LiveRpc) | null {
  return objects ? (space) => liveStub(objects, space) : null;
}
