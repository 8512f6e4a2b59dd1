import type { Product } from '../servers.ts';
import { Device, makePeople } from './world.ts';

/** Rows that one first login wrote, until everything had come to rest. */
export interface RowCount {
  readonly facts: number;
  readonly profiles: number;
  readonly directories: number;
  /** Rows that the history may take: two for each page of 256 events. */
  readonly history: number;
}

const REST_MS = 2_000;
let serial = 0;

/** Asks every object, before and after, how many rows its connection has changed so far. Drains are 15 s away and not in it. */
export async function countRows(product: Product, facts: number): Promise<RowCount> {
  const name = `counted-${++serial}`;
  await makePeople(product.url, product.serverKey, [name]);
  const device = new Device(product.url);
  await device.browse(facts);
  const before = await changes(product);
  await device.login(name);
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  const after = await changes(product);
  // An object that was put to sleep meanwhile counts from nothing again.
  const written = (kind: Kind) =>
    [...after[kind]].reduce((sum, [id, count]) => sum + Math.max(0, count - (before[kind].get(id) ?? 0)), 0);
  return {
    facts,
    profiles: written('profiles'),
    directories: written('directories'),
    history: 2 * Math.ceil(facts / 256),
  };
}

type Kind = 'profiles' | 'directories';

async function changes(product: Product): Promise<Readonly<Record<Kind, ReadonlyMap<string, number>>>> {
  return {
    profiles: await countsOf(product, 'PROFILE', 'ProfileObject'),
    directories: await countsOf(product, 'DIRECTORY', 'DirectoryObject'),
  };
}

async function countsOf(product: Product, kind: string, className: string): Promise<ReadonlyMap<string, number>> {
  const { miniflare } = product.platform;
  const counts = new Map<string, number>();
  for (const id of await miniflare.listDurableObjectIds(kind, 'selvedge')) {
    const storage = await miniflare.unsafeGetDurableObjectStorage('selvedge', className, { id });
    const [row] = await storage.exec<{ n: number }>('SELECT total_changes() AS n');
    counts.set(id, row?.n ?? 0);
  }
  return counts;
}
