/** The real Worker whose clock a browser test can move ahead, and whose profiles it can make slow, silent or broken. */

// The clock comes first: what follows finds its `Date`.
import worker, { ProfileObject as RealProfile } from '../../worker/index.ts';
import { shiftClock } from './shifted-clock.ts';

export * from '../../worker/index.ts';

/** `late`: the call is carried out and its answer comes long after. `silent`: no answer, and nothing is done. `broken`: the call fails. */
type Fault = 'none' | 'late' | 'silent' | 'broken';
let fault: Fault = 'none';
const LATE_MS = 2_500;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export class ProfileObject extends RealProfile {
  override async interact(...given: Parameters<RealProfile['interact']>): ReturnType<RealProfile['interact']> {
    if (fault === 'broken') throw new Error('Network connection lost.');
    if (fault === 'silent') {
      await pause(2 * LATE_MS);
      throw new Error('Network connection lost.');
    }
    const answer = await super.interact(...given);
    if (fault === 'late') await pause(LATE_MS);
    return answer;
  }
}

// biome-ignore lint/style/noDefaultExport: this is where workerd looks for the handlers.
export default {
  ...worker,
  async fetch(request, env, context): Promise<Response> {
    if (new URL(request.url).pathname !== '/stage') return worker.fetch(request, env, context);
    const told = await request.json<{ readonly shiftMs?: number; readonly fault?: Fault }>();
    if (told.shiftMs !== undefined) shiftClock(told.shiftMs);
    if (told.fault !== undefined) fault = told.fault;
    return Response.json({ now: Date.now(), fault });
  },
} satisfies typeof worker;
