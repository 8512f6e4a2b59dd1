/** The real Worker, with one place where a test stops it for good: named by the binding STOP_AT, reached once, then silent until killed. */
import type { DirectoryMessage, ProfileMessage, ProfileReply } from '../../../core/identity/protocol/message.ts';
import type { InteractCommand, InteractReply } from '../../../core/interaction/command.ts';
import type { EffectMessage } from '../../../core/interaction/effect-message.ts';
import type { DirectoryAnswer } from '../../../core/interaction/rpc.ts';
import type { Instant, ProfileId, Space } from '../../../core/lib/ids.ts';
import type { Env } from '../../../worker/env.ts';
import worker, { DirectoryObject as RealDirectory, ProfileObject as RealProfile } from '../../../worker/index.ts';
import { countDone, countSent } from './queued.ts';
import type { StopPoint } from './stop-point.ts';

// All other classes as they are; those below take the place of their namesakes.
export * from '../../../worker/index.ts';

interface CrashEnv extends Env {
  readonly STOP_AT?: StopPoint;
}

/** Says where it stands, and stands there. */
function stand(point: StopPoint): Promise<never> {
  console.log(JSON.stringify({ kind: 'stopped', point }));
  return new Promise(() => undefined);
}

/** Stands before or after `work` when it is told to. */
async function stopping<T>(
  stopAt: StopPoint | undefined,
  step: ProfileMessage['kind'] | 'directory',
  work: () => Promise<T>,
): Promise<T> {
  if (stopAt === `before ${step}`) return stand(stopAt);
  const reply = await work();
  return stopAt === `after ${step}` ? stand(stopAt) : reply;
}

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 1000));

export class ProfileObject extends RealProfile {
  readonly #stopAt: StopPoint | undefined;

  constructor(ctx: DurableObjectState, env: CrashEnv) {
    super(ctx, { ...env, EFFECTS: watched(env) } as Env);
    this.#stopAt = env.STOP_AT;
  }

  override async interact(command: InteractCommand): Promise<InteractReply> {
    if (this.#stopAt === 'slow' && command.events.some((event) => event.id.startsWith('slow'))) await pause();
    const reply = await super.interact(command);
    if (this.#stopAt === 'early alarm' && (await this.ctx.storage.getAlarm()) !== null) {
      await this.ctx.storage.deleteAlarm();
      await super.alarm();
    }
    return reply;
  }

  override protocol(space: Space, profile: ProfileId, message: ProfileMessage): Promise<ProfileReply> {
    return stopping(this.#stopAt, message.kind, () => super.protocol(space, profile, message));
  }
}

export class DirectoryObject extends RealDirectory {
  readonly #stopAt: StopPoint | undefined;

  constructor(ctx: DurableObjectState, env: CrashEnv) {
    super(ctx, env);
    this.#stopAt = env.STOP_AT;
  }

  override handle(message: DirectoryMessage, now: Instant, device: number | null = null): Promise<DirectoryAnswer> {
    const work = () => super.handle(message, now, device);
    return message.kind === 'move' ? stopping(this.#stopAt, 'directory', work) : work();
  }
}

/** `in send`: the message is with the queue, but the object never hears so. */
function watched(env: CrashEnv): Pick<Queue<EffectMessage>, 'send'> {
  const queue = countSent(env);
  return {
    send: async (message: EffectMessage) => {
      const sent = await queue.send(message);
      if (env.STOP_AT === 'slow') await pause();
      return env.STOP_AT === 'in send' ? stand('in send') : sent;
    },
  };
}

// biome-ignore lint/style/noDefaultExport: the platform wants one
export default countDone({
  ...worker,
  queue: async (batch: MessageBatch<EffectMessage>, env: CrashEnv) => {
    await worker.queue(batch, env);
    if (env.STOP_AT === 'after batch') await stand('after batch');
  },
});
