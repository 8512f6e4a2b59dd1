/** The real Worker under a driven clock, with faults between its objects, recovery of one of them, and a door to them for what no public door takes. */

import type { DirectoryMessage, ProfileMessage, ProfileReply } from '../../core/identity/protocol/message.ts';
import type { InteractCommand, InteractReply } from '../../core/interaction/command.ts';
import type { DirectoryAnswer } from '../../core/interaction/rpc.ts';
import type { Instant, ProfileId, Space } from '../../core/lib/ids.ts';
import type { Env } from '../../worker/env.ts';
import { DirectoryObject as RealDirectory } from '../../worker/index.ts';
import { servicesOf } from '../../worker/services.ts';
import { profileStub } from '../../worker/stores/object-stubs.ts';
import driven, { ProfileObject as DrivenProfile } from '../support/driven-worker.ts';
import { createFaultsBetweenObjects, type ObjectFault } from './faults-between-objects.ts';
import { type InsideVisit, visitInside } from './inside-door.ts';

// All other classes as they are; those below take the place of their namesakes.
export * from '../../worker/index.ts';

const faults = createFaultsBetweenObjects();

type Rows = readonly Readonly<Record<string, SqlStorageValue>>[];
/** Tables of an object as they once were. */
type Copy = ReadonlyMap<string, Rows>;
const copies = new Map<string, Copy>();

/** Memory goes; what was written stays. */
async function crash(ctx: DurableObjectState): Promise<void> {
  await ctx.storage.sync();
  ctx.abort('fault');
}

export class ProfileObject extends DrivenProfile {
  override interact(command: InteractCommand): Promise<InteractReply> {
    const name = `visit ${command.profile} ${command.events.map(({ id }) => id).join()}`;
    return faults.carryOut(command.space, name, () => super.interact(command), this.#object(false));
  }

  override async protocol(space: Space, profile: ProfileId, message: ProfileMessage): Promise<ProfileReply> {
    const name = `profile ${profile} ${JSON.stringify(message)}`;
    const work = () => super.protocol(space, profile, message);
    const reply = await faults.carryOut(space, name, work, this.#object(true));
    if (message.kind === 'lock' && faults.killsCoordinator(space, profile, message.coordinator)) {
      const coordinator = profileStub(this.env, space, message.coordinator as ProfileId) as unknown as ProfileObject;
      await Promise.resolve(coordinator.drivenEvict()).catch(() => undefined);
    }
    return reply;
  }

  /** As the platform does with an alarm whose object died of it: it rings again. */
  async rearm(at: number): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(at);
  }

  copyAs(name: string): void {
    copies.set(`${this.ctx.id}/${name}`, new Map(this.#tables().map((table) => [table, this.#rowsOf(table)])));
  }

  /** Point-in-time recovery, which the platform has in production only: everything stored here is as it was. */
  restore(name: string): void {
    const copy = copies.get(`${this.ctx.id}/${name}`) ?? new Map<string, Rows>();
    this.ctx.storage.transactionSync(() => {
      for (const table of this.#tables()) {
        this.ctx.storage.sql.exec(`DELETE FROM "${table}"`);
        for (const row of copy.get(table) ?? []) {
          const columns = Object.keys(row);
          const marks = columns.map(() => '?').join(', ');
          const names = columns.map((column) => `"${column}"`).join(', ');
          this.ctx.storage.sql.exec(
            `INSERT INTO "${table}" (${names}) VALUES (${marks})`,
            ...columns.map((column) => row[column] ?? null),
          );
        }
      }
    });
  }

  #tables(): readonly string[] {
    const query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'";
    return this.ctx.storage.sql
      .exec<{ name: string }>(query)
      .toArray()
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('sqlite_'));
  }

  #rowsOf(table: string): Rows {
    return this.ctx.storage.sql.exec<Record<string, SqlStorageValue>>(`SELECT * FROM "${table}"`).toArray();
  }

  #object(mayRepeat: boolean) {
    return { crash: () => crash(this.ctx), mayRepeat };
  }
}

export class DirectoryObject extends RealDirectory {
  override handle(message: DirectoryMessage, now: Instant, device: number | null = null): Promise<DirectoryAnswer> {
    const space = this.ctx.id.name?.split(':')[0] as Space | undefined;
    // Whoever asks again would mint another id.
    const same = message.kind === 'resolve' ? message.kind : JSON.stringify(message);
    const name = `directory ${this.ctx.id} ${same}`;
    // Asking writes nothing; only what writes is cut short.
    const work = () => super.handle(message, now, device);
    if (message.kind === 'resolve' && message.mint === null) return work();
    return faults.carryOut(space, name, work, { crash: () => crash(this.ctx), mayRepeat: true });
  }
}

type Asked = { readonly object: string; readonly name: string };

async function onObject(env: Env, object: string, run: (stub: ProfileObject) => unknown): Promise<void> {
  await run(env.PROFILE.get(env.PROFILE.idFromString(object)) as unknown as ProfileObject);
}

const DOORS: Readonly<Record<string, (env: Env, body: never) => Promise<unknown>>> = {
  '/conformance/visit': (env, visit: InsideVisit) => visitInside(servicesOf(env), visit),
  '/conformance/locked': async (env, { space, profile }: { readonly space: Space; readonly profile: ProfileId }) =>
    ((await profileStub(env, space, profile).view(space))?.lock ?? null) !== null,
  '/conformance/faults': async (_, { space, names }: { readonly space: Space; readonly names: ObjectFault[] }) =>
    faults.set(space, names),
  '/conformance/rearm': async (env, { objects, at }: { readonly objects: readonly string[]; readonly at: number }) =>
    Promise.all(objects.map((object) => onObject(env, object, (stub) => stub.rearm(at)))),
  '/conformance/copy': (env, { object, name }: Asked) => onObject(env, object, (stub) => stub.copyAs(name)),
  '/conformance/restore': async (env, { object, name }: Asked) => {
    await onObject(env, object, (stub) => stub.restore(name));
    await onObject(env, object, (stub) => Promise.resolve(stub.drivenEvict()).catch(() => undefined));
  },
};

// biome-ignore lint/style/noDefaultExport: this is where workerd looks for the handlers.
export default {
  ...driven,
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const door = DOORS[new URL(request.url).pathname];
    if (!door) return driven.fetch(request, env, ctx);
    return Response.json((await door(env, (await request.json()) as never)) ?? {});
  },
};
