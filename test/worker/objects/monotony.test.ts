import { afterAll, beforeAll, expect, it } from 'vitest';
import type { InteractCommand, InteractReply } from '../../../core/interaction/command.ts';
import type { ProfileId, Sequence, Space } from '../../../core/lib/ids.ts';
import { type Shop, startShop, viewed } from '../../support/platform.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop?.stop());

async function publish(): Promise<number> {
  const answer = await fetch(`${shop.platform.url}/v1/admin/publish`, {
    method: 'POST',
    headers: { authorization: `Bearer ${shop.platform.secrets.operatorToken}`, 'content-type': 'application/json' },
    body: '{}',
  });
  return ((await answer.json()) as { readonly sequence: number }).sequence;
}

it('a profile never goes back: a request that carries a lower sequence is answered with the one the profile has applied', async () => {
  const visitor = shop.visitor();
  const first = await visitor.interact({ events: [viewed()] });
  const published = await publish();
  const second = await visitor.interact({ events: [viewed()] });
  expect(second.body.sequence).toBe(published);
  expect(published).toBeGreaterThan(first.body.sequence);

  const [stored] = await shop.inProfiles<{ bytes: ArrayBuffer }>('SELECT bytes FROM state WHERE page = 0');
  const view = new DataView(Uint8Array.from(new Uint8Array(stored?.bytes ?? new ArrayBuffer(0))).buffer);
  expect(view.getUint32(8, true)).toBe(published);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(view.buffer, 16, view.getUint32(4, true)))) as {
    readonly profile: ProfileId;
  };

  // An edge isolate that has not heard of the publish yet.
  const objects = await shop.platform.miniflare.getDurableObjectNamespace('PROFILE', 'selvedge');
  const stub = objects.get(objects.idFromName(`main:${head.profile}`)) as unknown as {
    interact(command: InteractCommand): Promise<InteractReply>;
  };
  const reply = await stub.interact({
    space: 'main' as Space,
    profile: head.profile,
    sequence: first.body.sequence as Sequence,
    now: Date.now() as InteractCommand['now'],
    through: { identity: { namespace: 'customer', value: 'nobody' }, epoch: 1, erasedAt: -1, mayOpen: true },
    device: null,
    defaultConsent: {},
    denied: 0,
    events: [],
    login: null,
    hints: {},
    assertedState: null,
    placements: [],
    include: { profile: false, recent: false, trace: false, allMemberships: false },
    requestId: 'stale',
  });
  expect(reply).toMatchObject({ ok: true, answer: { sequence: published } });
});
