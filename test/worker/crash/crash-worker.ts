/** The real Worker, with one place where a test stops it for good: named by the binding STOP_AT, reached once, then silent until killed. */
import type { Identity } from '../../../core/event/event.ts';
import type {
  FactKey,
  InteractCommand,
  InteractReply,
  ReleaseStrandCommand,
  ReleaseStrandReply,
} from '../../../core/interaction/command.ts';
import type { EffectMessage } from '../../../core/interaction/effect-message.ts';
import type { ProfileId, Space } from '../../../core/lib/ids.ts';
import type { Env } from '../../../worker/env.ts';
import worker, { DirectoryObject, PublisherObject, ProfileObject as RealProfile } from '../../../worker/index.ts';
import type { StopPoint } from './stop-point.ts';

export { DirectoryObject, PublisherObject };

interface CrashEnv extends Env {
  readonly STOP_AT?: StopPoint;
}

/** Says where it stands, and stands there. */
function stand(point: StopPoint): Promise<never> {
  console.log(JSON.stringify({ kind: 'stopped', point }));
  return new Promise(() => undefined);
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

  override async releaseStrand(command: ReleaseStrandCommand, after: FactKey | null): Promise<ReleaseStrandReply> {
    if (this.#stopAt === 'before release') return stand('before release');
    const reply = await super.releaseStrand(command, after);
    if (this.#stopAt === 'after release') return stand('after release');
    return reply;
  }

  override async confirmRelease(space: Space, identity: Identity, to: ProfileId): Promise<void> {
    if (this.#stopAt === 'before confirm') return stand('before confirm');
    await super.confirmRelease(space, identity, to);
    if (this.#stopAt === 'after confirm') return stand('after confirm');
  }
}

/** `in send`: the message is with the queue, but the object never hears so. */
function watched(env: CrashEnv): Pick<Queue<EffectMessage>, 'send'> {
  return {
    send: async (message: EffectMessage) => {
      const sent = await env.EFFECTS.send(message);
      if (env.STOP_AT === 'slow') await pause();
      return env.STOP_AT === 'in send' ? stand('in send') : sent;
    },
  };
}

// biome-ignore lint/style/noDefaultExport: the platform wants one
export default {
  ...worker,
  queue: async (batch, env) => {
    await worker.queue(batch, env);
    if (env.STOP_AT === 'after batch') await stand('after batch');
  },
} satisfies ExportedHandler<CrashEnv, EffectMessage>;
