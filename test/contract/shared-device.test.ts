import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { event, type Shop, startShop, unique, viewed } from '../support/platform.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/reference/people.md'), 'utf8');
let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
}, 60_000);
afterAll(() => shop.stop());

interface Exported {
  readonly person: {
    readonly identities: readonly { readonly namespace: string; readonly value: string; readonly state: string }[];
  };
  readonly events: readonly { readonly id: string }[];
}
const operator = async <T>(method: string, path: string, body?: object) =>
  (
    await shop.send(`/v1/admin/${path}`, {
      method,
      headers: { authorization: `Bearer ${shop.platform.secrets.operatorToken}` },
      ...(body ? { body } : {}),
    })
  ).body as unknown as T;

/** The columns of the table: whose x, y and z are, and whose the device is now. */
async function play(signsOut: boolean): Promise<readonly string[]> {
  const people = { A: unique('ada'), B: unique('ben') };
  const visitor = shop.visitor();
  /** As a client does: what was not stored is sent again. */
  const look = async (productId: string): Promise<string> => {
    const one = viewed(productId);
    for (let tries = 0; tries < 10; tries++) {
      const { body } = await visitor.interact({ events: [one] });
      if (body.refused.length === 0) return one.id;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    throw new Error('never stored');
  };
  const signIn = async (who: string) =>
    visitor.interact({ proof: await shop.prove(who), events: [event('signed.in')] });
  const x = await look('x');
  await signIn(people.A);
  if (signsOut) await visitor.interact({ events: [event('signed.out')] });
  const y = await look('y');
  await signIn(people.B);
  const z = await look('z');
  const owners = new Map<string, string>();
  const device = (await shop.decide({ visitor: visitor.token, include: ['profile'] })).body.profile?.identities.find(
    ({ namespace }) => namespace === 'device',
  );
  for (const [name, value] of Object.entries(people)) {
    const { person, events } = await operator<Exported>('GET', `people/export?namespace=customer&value=${value}`);
    for (const { id } of events) owners.set(id, name);
    const owned = person.identities.filter(({ state }) => state === 'owned');
    if (owned.some((one) => one.namespace === 'device' && one.value === device?.value)) owners.set('device', name);
  }
  return [x, y, z, 'device'].map((id) => owners.get(id) ?? 'nobody');
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

it('the table of the shared device says what the product does', async () => {
  const stay = await play(false);
  const signedOut = await play(true);
  await operator('PUT', 'settings/identity', { policy: { anonymousHistory: 'follow-device' } });
  await operator('POST', 'publish', {});
  const follows = await play(false);
  const documented = PAGE.split('\n').filter((line) => line.startsWith('| Selvedge'));
  expect(documented).toEqual([
    row(['Selvedge, `stay` (default)', ...stay]),
    row(['Selvedge, `follow-device`', ...follows]),
    row(['Selvedge, `stay`, Ada signs out before y', ...signedOut]),
  ]);
});
