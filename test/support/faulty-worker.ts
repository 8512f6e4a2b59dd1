/** The real Worker with a short budget, whose profiles and directories a test can make slow, silent or broken. */

import { createApp } from '../../worker/app.ts';
import { createDirectory } from '../../worker/directory.ts';
import type { Env } from '../../worker/env.ts';
import { type Services, servicesOf } from '../../worker/services.ts';
import { directoryStub } from '../../worker/stores/object-stubs.ts';

export { BudgetObject } from '../../worker/objects/budget-object.ts';
export { CatalogueObject } from '../../worker/objects/catalogue-object.ts';
export { DirectoryObject } from '../../worker/objects/directory-object.ts';
export { LiveObject } from '../../worker/objects/live-object.ts';
export { ProfileObject } from '../../worker/objects/profile-object.ts';
export { PublisherObject } from '../../worker/objects/publisher-object.ts';
export { SampleObject } from '../../worker/objects/sample-object.ts';
export { SweepObject } from '../../worker/objects/sweep-object.ts';

/** `late`: the call is carried out and its answer comes after the budget. `silent`: no answer ever. `broken`: the call fails. */
type Fault = 'none' | 'late' | 'silent' | 'broken';
const faults: { profile: Fault; directory: Fault } = { profile: 'none', directory: 'none' };
const BUDGET_MS = 60;
const LATE_MS = 800;

function faulty<T extends object>(stub: T, fault: () => Fault): T {
  return new Proxy(stub, {
    get(target, name) {
      return async (...values: unknown[]) => {
        if (fault() === 'broken') throw new Error('Network connection lost.');
        if (fault() === 'silent') return new Promise(() => undefined);
        const call = Reflect.get(target, name) as (...given: unknown[]) => Promise<unknown>;
        const answer = await Reflect.apply(call, target, values);
        if (fault() === 'late') await new Promise((resolve) => setTimeout(resolve, LATE_MS));
        return answer;
      };
    },
  });
}

const cache = new WeakMap<Env, Services>();

function faultyServices(env: Env): Services {
  const held = cache.get(env);
  if (held) return held;
  const real = servicesOf(env);
  const made: Services = {
    ...real,
    objectBudgetMs: BUDGET_MS,
    profile: (space, profile) => faulty(real.profile(space, profile), () => faults.profile),
    directory: createDirectory({
      names: real.names,
      now: real.now,
      stub: (space, identity, hash) => faulty(directoryStub(env, space, identity, hash), () => faults.directory),
    }),
  };
  cache.set(env, made);
  return made;
}

const app = createApp(faultyServices);
app.post('/faults', async (c) => c.json(Object.assign(faults, await c.req.json<Partial<typeof faults>>())));

// biome-ignore lint/style/noDefaultExport: this is where workerd looks for the handlers.
export default { fetch: app.fetch };
