/** The real Worker on a platform where calls are lost, repeated and late, and objects vanish from memory: as the binding FAULTS says. */
import type { DirectoryMessage, ProfileMessage, ProfileReply } from '../../../core/identity/protocol/message.ts';
import type { InteractCommand, InteractReply } from '../../../core/interaction/command.ts';
import type { DirectoryAnswer } from '../../../core/interaction/rpc.ts';
import type { Instant, ProfileId, Space } from '../../../core/lib/ids.ts';
import type { Env } from '../../../worker/env.ts';
import worker, { DirectoryObject as RealDirectory, ProfileObject as RealProfile } from '../../../worker/index.ts';
import { createFaultDice, type FaultDice, type FaultPlan } from './fault-plan.ts';
import { countDone, durableQueue, takeDurably } from './queued.ts';

// All other classes as they are; those below take the place of their namesakes.
export * from '../../../worker/index.ts';

interface FaultyEnv extends Env {
  readonly FAULTS?: string;
}

interface Faults {
  readonly plan: FaultPlan;
  readonly dice: FaultDice;
}

/** One pair of dice for all objects of the process. */
let shared: Faults | null = null;

function faultsOf({ FAULTS }: FaultyEnv): Faults | null {
  if (!FAULTS) return null;
  const plan = JSON.parse(FAULTS) as FaultPlan;
  shared ??= { plan, dice: createFaultDice(plan.seed) };
  return shared;
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Which reply arrives when a call is handled twice: a message may be answered by its copy; a visit hears its own answer. */
type Heard = 'first' | 'last';

async function faulty<T>(
  ctx: DurableObjectState,
  faults: Faults | null,
  to: Exclude<keyof FaultPlan, 'seed'>,
  kind: string,
  heard: Heard,
  work: () => Promise<T>,
): Promise<T> {
  const name = `${to} ${kind}`;
  const fault = faults?.dice.roll(name, faults.plan[to]) ?? null;
  if (!faults || !fault) return work();
  const { dice } = faults;
  console.log(JSON.stringify({ kind: 'fault', fault, call: name }));
  switch (fault) {
    case 'lost':
      throw new Error('fault: lost');
    case 'replyLost':
      await work();
      throw new Error('fault: the reply is lost');
    case 'twice': {
      const first = await work();
      const last = await work();
      return heard === 'first' ? first : last;
    }
    case 'later': {
      const reply = await work();
      const again = sleep(dice.waitMs(name, 50, 900)).then(work);
      ctx.waitUntil(again.catch(() => null));
      return reply;
    }
    case 'abortAfter':
      await work();
      ctx.abort('fault');
      throw new Error('fault: thrown out');
    case 'abortSoon': {
      setTimeout(() => ctx.abort('fault'), dice.waitMs(name, 0, 40));
      return work();
    }
  }
}

export class ProfileObject extends RealProfile {
  readonly #faults: Faults | null;

  constructor(ctx: DurableObjectState, env: FaultyEnv) {
    super(ctx, { ...env, EFFECTS: durableQueue(env) } as Env);
    this.#faults = faultsOf(env);
  }

  override interact(command: InteractCommand): Promise<InteractReply> {
    return faulty(this.ctx, this.#faults, 'interact', command.login ? 'login' : 'visit', 'first', () =>
      super.interact(command),
    );
  }

  override protocol(space: Space, profile: ProfileId, message: ProfileMessage): Promise<ProfileReply> {
    return faulty(this.ctx, this.#faults, 'protocol', message.kind, 'last', () =>
      super.protocol(space, profile, message),
    );
  }
}

export class DirectoryObject extends RealDirectory {
  readonly #faults: Faults | null;

  constructor(ctx: DurableObjectState, env: FaultyEnv) {
    super(ctx, env);
    this.#faults = faultsOf(env);
  }

  override handle(message: DirectoryMessage, now: Instant, device: number | null = null): Promise<DirectoryAnswer> {
    return faulty(this.ctx, this.#faults, 'directory', message.kind, 'last', () => super.handle(message, now, device));
  }
}

// biome-ignore lint/style/noDefaultExport: the platform wants one
export default countDone(takeDurably(worker));
