import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { objectsPageSchema } from './objects-page.schema.ts';
import { ReconcileError } from './reconcile-error.ts';

/** Ids of all profile objects, page by page. A Worker cannot list its own objects, so this comes from outside. */
export type ObjectLister = () => AsyncIterable<readonly string[]>;

const OBJECT_FILE = /^([0-9a-f]{64})\.sqlite$/;

/** Local: Miniflare keeps each object as `<persist>/do/<worker>-<class>/<id>.sqlite`. Reads names only, so it may run beside the platform. */
export function listLocalObjects(persist: string, worker = 'selvedge', className = 'ProfileObject'): ObjectLister {
  const folder = join(persist, 'do', `${worker}-${className}`);
  return async function* () {
    const names = await readdir(folder).catch(() => {
      throw new ReconcileError(`${folder} does not exist: is --persist the data folder of a platform that has run?`);
    });
    yield names.flatMap((name) => OBJECT_FILE.exec(name)?.[1] ?? []).sort();
  };
}

export interface CloudflareAccount {
  readonly account: string;
  /** Id of the Durable Object namespace of ProfileObject, as `GET /accounts/:account/workers/durable_objects/namespaces` shows it. */
  readonly namespace: string;
  readonly token: string;
}

const API = 'https://api.cloudflare.com/client/v4';
const PAGE = 1000;

/** Production: Cloudflare's REST API, following its cursor. Objects that hold no data are left out. */
export function listCloudflareObjects(
  { account, namespace, token }: CloudflareAccount,
  fetcher: typeof fetch = fetch,
  api = API,
): ObjectLister {
  return async function* () {
    let cursor: string | undefined;
    const seen = new Set<string>();
    do {
      const url = new URL(`${api}/accounts/${account}/workers/durable_objects/namespaces/${namespace}/objects`);
      url.searchParams.set('limit', String(PAGE));
      if (cursor) url.searchParams.set('cursor', cursor);
      const response = await fetcher(url, { headers: { authorization: `Bearer ${token}` } });
      const page = objectsPageSchema.safeParse(await response.json().catch(() => null));
      if (!response.ok || !page.success || !page.data.success) {
        const why = page.success
          ? page.data.errors.map(({ code, message }) => `${code} ${message}`).join(', ')
          : 'not the expected JSON';
        throw new ReconcileError(`Cloudflare refused to list the objects: ${response.status} ${why}`);
      }
      yield page.data.result.filter((object) => object.hasStoredData !== false).map((object) => object.id);
      cursor = page.data.result_info?.cursor || undefined;
      if (cursor && seen.has(cursor))
        throw new ReconcileError('Cloudflare gave the same page again: the list would never end.');
      if (cursor) seen.add(cursor);
    } while (cursor);
  };
}
