/** A Worker of the operator API, the publisher and the ruleset store alone, with faults that a test can switch on. */
import { Hono } from 'hono';
import { type Instant, parseSpace, type Sequence } from '../../core/lib/ids.ts';
import { createAdminApp } from '../../worker/admin/admin-app.ts';
import { type PublisherEnv, PublisherObject as RealPublisher } from '../../worker/objects/publisher-object.ts';
import { createSecretBox } from '../../worker/secret-box.ts';
import { createAdminServices } from '../../worker/services/admin-services.ts';
import { type SignInEnv, signInSettingsOf } from '../../worker/sign-in-settings.ts';
import { createRulesetStore } from '../../worker/stores/ruleset-store.ts';

interface Env extends PublisherEnv, SignInEnv {
  readonly PUBLISHER: DurableObjectNamespace;
  readonly CONFIG_KEY: string;
  readonly BOOTSTRAP_TOKEN_HASH: string;
}

/**
 * `cacheDown`: KV refuses writes. `answersLost`: D1 commits a batch and the answer gets lost. `advanceMs`: added to the store's clock. `stopsAt`: the publisher loses D1
 * for good around its next batch of so many statements, or more.
 */
const faults = {
  cacheDown: false,
  answersLost: false,
  advanceMs: 0,
  stopsAt: 'never' as 'never' | 'beforeBatch' | 'afterBatch',
  stopsFrom: 1,
  controlDown: false,
};

export class PublisherObject extends RealPublisher {
  constructor(state: DurableObjectState, env: Env) {
    super(state, { CONTROL: losing(env.CONTROL), RULESETS: failing(env.RULESETS) });
  }

  /** Tables in the object's own storage, which a test counts. */
  tables(): readonly string[] {
    return this.ctx.storage.sql
      .exec<{ name: string }>(
        `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'`,
      )
      .toArray()
      .map((row) => row.name);
  }

  age(): void {
    this.ctx.storage.sql.exec(AGE);
  }

  /** What the code before contents were kept would have stored. */
  forgetContent(): void {
    this.ctx.storage.sql.exec("UPDATE sequence SET manifest = json_remove(manifest, '$.parts.content')");
  }

  /** All that is in memory is gone; what is stored stays. */
  kill(): void {
    this.ctx.abort('killed by a test');
  }
}

/** What the code before the segment engine would have stored. */
const AGE = `UPDATE part_chunk SET body = replace(body, '{"format":2', '{"format":1')`;

function failing(kv: KVNamespace): KVNamespace {
  return new Proxy(kv, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      return (...values: unknown[]) => {
        if (name === 'put' && faults.cacheDown) return Promise.reject(new Error('KV PUT failed: 429'));
        return Reflect.apply(member, target, values) as unknown;
      };
    },
  });
}

function losing(d1: D1Database): D1Database {
  return new Proxy(d1, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      return (...values: unknown[]) => {
        if (faults.controlDown) throw new Error('D1_ERROR: Network connection lost');
        const isStop =
          name === 'batch' && faults.stopsAt !== 'never' && (values[0] as unknown[]).length >= faults.stopsFrom;
        if (isStop) faults.controlDown = true;
        if (isStop && faults.stopsAt === 'beforeBatch') return lost(null);
        const result = Reflect.apply(member, target, values) as unknown;
        return name === 'batch' && (faults.answersLost || isStop) ? lost(result) : result;
      };
    },
  });
}

async function lost(result: unknown): Promise<never> {
  await result;
  throw new Error('D1_ERROR: Network connection lost');
}

const now = () => (Date.now() + faults.advanceMs) as Instant;
const app = new Hono<{ Bindings: Env }>();
const storeOf = (env: Env) => createRulesetStore({ kv: env.RULESETS, publisher: env.PUBLISHER, now });

app.route(
  '/v1/admin',
  createAdminApp((c) => {
    const env = c.env as Env;
    return createAdminServices({
      control: env.CONTROL,
      publisher: env.PUBLISHER,
      rulesets: storeOf(env),
      secrets: createSecretBox(Uint8Array.from(atob(env.CONFIG_KEY), (digit) => digit.charCodeAt(0))),
      bootstrapTokenHash: env.BOOTSTRAP_TOKEN_HASH,
      signIn: signInSettingsOf(env),
      now: () => Date.now() as Instant,
      randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    });
  }),
);

app.post('/faults', async (c) => c.json(Object.assign(faults, await c.req.json<Partial<typeof faults>>())));

app.get('/store/:space/:how', async (c) => {
  const space = parseSpace(c.req.param('space'));
  if (space === null) return c.json(null, 404);
  const store = storeOf(c.env);
  const how = c.req.param('how');
  const loaded =
    how === 'peek'
      ? store.peek(space)
      : how === 'current'
        ? await store.current(space)
        : await store.atLeast(space, Number(how) as Sequence);
  return c.json(
    loaded && { sequence: loaded.sequence, offers: [...loaded.offers.keys()], browser: [...loaded.browser.keys()] },
  );
});

app.get('/publisher/:space/tables', async (c) => {
  const stub = c.env.PUBLISHER.get(c.env.PUBLISHER.idFromName(c.req.param('space'))) as unknown as PublisherObject;
  return c.json(await stub.tables());
});

app.post('/publisher/:space/age', async (c) => {
  const stub = c.env.PUBLISHER.get(c.env.PUBLISHER.idFromName(c.req.param('space'))) as unknown as PublisherObject;
  await stub.age();
  return c.json(null);
});

app.post('/publisher/:space/forget-content', async (c) => {
  const stub = c.env.PUBLISHER.get(c.env.PUBLISHER.idFromName(c.req.param('space'))) as unknown as PublisherObject;
  await stub.forgetContent();
  return c.json(null);
});

app.post('/publisher/:space/kill', async (c) => {
  const stub = c.env.PUBLISHER.get(c.env.PUBLISHER.idFromName(c.req.param('space'))) as unknown as PublisherObject;
  await Promise.resolve(stub.kill()).catch(() => null);
  return c.json(null);
});

/** What the object answers over RPC: every function of its prototype. */
app.get('/publisher/surface', (c) => c.json(Object.getOwnPropertyNames(RealPublisher.prototype)));

/** Workers are found by their default export. */
// biome-ignore lint/style/noDefaultExport: the platform wants one
export default app;
