/**
 * The real Worker under a clock that a test drives. Alarms are the platform's own, set where the objects set them; the clock starts years
 * ahead of real time, so none rings by itself: advancing rings them, in order of time, at their time.
 */

import { createApp } from '../../worker/app.ts';
import type { Env } from '../../worker/env.ts';
import worker, { ProfileObject as RealProfile } from '../../worker/index.ts';
import { clock, setClock } from './driven-clock.ts';

// All other classes as they are; the one below takes the place of its namesake.
export * from '../../worker/index.ts';

export class ProfileObject extends RealProfile {
  drivenAlarm(): Promise<number | null> {
    return this.ctx.storage.getAlarm();
  }

  /** As the platform does: while the handler runs no alarm is set. */
  async drivenRing(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.alarm();
  }

  /** Memory goes, storage stays. */
  drivenEvict(): void {
    this.ctx.abort('evicted by a test');
  }
}

interface Rung {
  readonly id: string;
  readonly at: number;
}

const MOST_RINGS = 20_000;

async function advance(env: Env, to: number, ids: readonly string[]): Promise<readonly Rung[]> {
  const objectAt = (id: string) => env.PROFILE.get(env.PROFILE.idFromString(id)) as unknown as ProfileObject;
  const alarms = new Map<string, number>();
  const ask = async (id: string) => {
    const at = await objectAt(id).drivenAlarm();
    if (at === null) alarms.delete(id);
    else alarms.set(id, at);
  };
  const rung: Rung[] = [];
  await Promise.all(ids.map(ask));
  while (rung.length < MOST_RINGS) {
    const [next] = [...alarms].sort((a, b) => a[1] - b[1]);
    if (!next || next[1] > to) break;
    const [id, at] = next;
    setClock(Math.max(at, clock()));
    rung.push({ id, at });
    await objectAt(id).drivenRing();
    await ask(id);
  }
  setClock(to);
  return rung;
}

const app = createApp();
app.post('/driven/clock', async (c) => {
  setClock((await c.req.json<{ readonly now: number }>()).now);
  return c.json({ now: clock() });
});
app.post('/driven/advance', async (c) => {
  const { to, profiles } = await c.req.json<{ readonly to: number; readonly profiles: readonly string[] }>();
  return c.json(await advance(c.env, to, profiles));
});
app.post('/driven/alarms', async (c) => {
  const ids = await c.req.json<readonly string[]>();
  const found = ids.map(async (id) => {
    const object = c.env.PROFILE.get(c.env.PROFILE.idFromString(id)) as unknown as ProfileObject;
    return [id, await object.drivenAlarm()] as const;
  });
  return c.json(Object.fromEntries(await Promise.all(found)));
});
app.post('/driven/evict', async (c) => {
  for (const id of await c.req.json<readonly string[]>()) {
    const object = c.env.PROFILE.get(c.env.PROFILE.idFromString(id)) as unknown as ProfileObject;
    // The call dies with the object.
    await Promise.resolve(object.drivenEvict()).catch(() => undefined);
  }
  return c.json({});
});

// biome-ignore lint/style/noDefaultExport: this is where workerd looks for the handlers.
export default { ...worker, fetch: app.fetch };
