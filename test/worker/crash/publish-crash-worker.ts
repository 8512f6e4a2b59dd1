/** The real Worker, whose publisher stands for good at one place of a publish or an approval of a change set: named by the binding STOP_PUBLISH. */
import type { ChangeCommand, ChangeSetCommand, PublishChangeSetCommand } from '../../../core/ruleset/publisher-rpc.ts';
import type { Env } from '../../../worker/env.ts';
import worker, { PublisherObject as RealPublisher } from '../../../worker/index.ts';
import type { PublishStop } from './publish-stop.ts';

// All other classes as they are; the one below takes the place of its namesake.
export * from '../../../worker/index.ts';

interface CrashEnv extends Env {
  readonly STOP_PUBLISH?: PublishStop;
}

/** Set once the call that the test means is in the object. */
interface Fuse {
  isLit: boolean;
}

export class PublisherObject extends RealPublisher {
  readonly #fuse: Fuse;

  constructor(ctx: DurableObjectState, env: CrashEnv) {
    const fuse: Fuse = { isLit: false };
    super(ctx, {
      ...env,
      CONTROL: standing(env.CONTROL, 'batch', fuse, env.STOP_PUBLISH),
      RULESETS: standing(env.RULESETS, 'put', fuse, env.STOP_PUBLISH),
    });
    this.#fuse = fuse;
  }

  override publishChangeSet(command: PublishChangeSetCommand) {
    this.#fuse.isLit = true;
    return super.publishChangeSet(command);
  }

  /** Of an import: its first. */
  override change(command: ChangeCommand) {
    if (command.id === 'one') this.#fuse.isLit = true;
    return super.change(command);
  }

  override changeSet(command: ChangeSetCommand) {
    const { change } = command;
    if (change.kind === 'act' && change.act.kind === 'approve') this.#fuse.isLit = true;
    return super.changeSet(command);
  }
}

function standing<T extends object>(real: T, method: 'batch' | 'put', fuse: Fuse, stop: PublishStop | undefined): T {
  return new Proxy(real, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      if (name !== method) return member.bind(target) as unknown;
      return async (...values: unknown[]) => {
        if (fuse.isLit && stop === `before ${method}`) return stand(stop);
        const result = (await Reflect.apply(member, target, values)) as unknown;
        return fuse.isLit && stop === `after ${method}` ? stand(stop) : result;
      };
    },
  });
}

/** Says where it stands, and stands there. */
function stand(point: PublishStop): Promise<never> {
  console.log(JSON.stringify({ kind: 'stopped', point }));
  return new Promise(() => undefined);
}

// biome-ignore lint/style/noDefaultExport: this is where workerd looks for the handlers.
export default worker;
