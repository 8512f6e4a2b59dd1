import { drizzle } from 'drizzle-orm/d1';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import { createDirectory, type DirectoryParts } from '../../../worker/directory.ts';
import type { Env } from '../../../worker/env.ts';
import { namesOf } from '../../../worker/identity-names.ts';
import { createSecretBox } from '../../../worker/secret-box.ts';
import { secretBytes } from '../../../worker/secret-bytes.ts';
import { createErasures, type ErasureParts } from '../../../worker/services/erasures.ts';
import { createPeople, type People } from '../../../worker/services/people.ts';
import { archiveKeysOf } from '../../../worker/stores/archive-keys.ts';
import { createArchiveRewriteStore } from '../../../worker/stores/archive-rewrite-store.ts';
import { createErasureStore } from '../../../worker/stores/erasure-store.ts';
import { directoryStub, profileStub } from '../../../worker/stores/object-stubs.ts';
import { SPACE } from '../../core/interaction/visit-fixture.ts';
import { type Shop, startShop, unique, viewed } from '../../support/platform.ts';

let shop: Shop;
let parts: ErasureParts;
beforeAll(async () => {
  shop = await startShop();
  const env = (await shop.platform.miniflare.getBindings('selvedge')) as unknown as Env;
  const now = () => Date.now() as Instant;
  const names = namesOf(env);
  const stub: DirectoryParts['stub'] = (space, identity, hash) => directoryStub(env, space, identity, hash);
  const directory = createDirectory({ names, now, stub });
  parts = {
    people: createPeople({ directory, profile: (space, profile) => profileStub(env, space, profile), now }),
    store: createErasureStore(drizzle(env.CONTROL)),
    archiveKeys: archiveKeysOf(env),
    rewrites: createArchiveRewriteStore(drizzle(env.CONTROL)),
    secrets: createSecretBox(secretBytes(env.CONFIG_KEY, 'CONFIG_KEY')),
  };
});
afterAll(() => shop.stop());

it('a call that was overtaken by another of its request ends nobody who came after', { timeout: 60_000 }, async () => {
  const identity = { namespace: 'loyalty', value: unique('L') };
  /** What happened before the erasure is refused. */
  const came = async () => {
    for (;;) {
      const { body } = await shop.server({
        events: [viewed('p1', { occurredAt: new Date().toISOString(), identities: [identity] })],
      });
      if (body.accepted === 1) return;
    }
  };
  await came();
  const asked = { request: unique('er'), who: { identity }, scope: 'identity', suppress: false } as const;
  const { people } = parts;
  let looks = 0;
  const find: People['find'] = async (space, who, jurisdictions) => {
    // To begin with, and when it has seen that nothing is erased yet.
    if ('identity' in who && ++looks === 2) {
      const first = await createErasures(parts).erase(SPACE, asked, ['none']);
      expect(first).toMatchObject({ step: 2, deleted: { events: 1 } });
      await came();
    }
    return people.find(space, who, jurisdictions);
  };
  const late = await createErasures({ ...parts, people: { ...people, find } }).erase(SPACE, asked, ['none']);
  expect(looks).toBe(2);
  expect(late).toMatchObject({ step: 2, deleted: { events: 1 } });
  const after = await people.find(SPACE, { identity }, ['none']);
  expect(after).toMatchObject({ state: 'live', identities: [{ events: 1 }] });
  expect(after?.profile).not.toBe(late?.profile);
});

it('of two calls that go on with one request, one decides whom it ends', { timeout: 60_000 }, async () => {
  const { store, people } = parts;
  const [here, there, elsewhere] = ['prf_0na', 'prf_0nb', 'prf_0nc'] as never[];
  const begun = await store.begin({
    space: SPACE,
    request: unique('er'),
    profile: here as never,
    scope: 'identity',
    suppress: false,
    requestedAt: people.now(),
    step: 0,
    deleted: { identities: 0, events: 0, archiveKeys: 0, indexRows: 0, deadLetters: 0 },
    finishedAt: null,
    sealedId: null,
  });
  expect(await store.aim({ ...begun, profile: there as never }, here as never)).toBe(true);
  expect(await store.aim({ ...begun, profile: elsewhere as never }, here as never)).toBe(false);
  expect(await store.find(SPACE, begun.request)).toMatchObject({ profile: there, step: 0 });
});
