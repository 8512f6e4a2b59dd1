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
  return {
    facts,
    profiles: after.profiles - before.profiles,
    directories: after.directories - before.directories,
    history: 2 * Math.ceil(facts / 256),
  };
}

async function changes(product: Product): Promise<{ readonly profiles: number; readonly directories: number }> {
  return {
    profiles: await sumOf(product, 'PROFILE', 'ProfileObject'),
    directories: await sumOf(product, 'DIRECTORY', 'DirectoryObject'),
  };
}

async function sumOf(product: Product, kind: string, className: string): Promise<number> {
  const { miniflare } = product.platform;
  let sum = 0;
  for (const id of await miniflare.listDurableObjectIds(kind, 'selvedge')) {
    const storage = await miniflare.unsafeGetDurableObjectStorage('selvedge', className, { id });
    const [row] = await storage.exec<{ n: number }>('SELECT total_changes() AS n');
    sum += row?.n ?? 0;
  }
  return sum;
}
