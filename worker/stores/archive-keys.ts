import type { Instant, Space } from '../../core/lib/ids.ts';
import type { Env } from '../env.ts';
import { createSecretBox, type SecretBox } from '../secret-box.ts';
import { secretBytes } from '../secret-bytes.ts';

/** The keys that seal archived facts. A destroyed key makes everything sealed with it unreadable at once, wherever copies of it lie. */
export interface ArchiveKeys {
  /** The key of each name, made where there is none yet; null: destroyed, nothing may be sealed with it any more. `arrivals`: of the first of what it shall seal, by name. */
  provide(
    space: Space,
    names: readonly string[],
    arrivals?: ReadonlyMap<string, number>,
  ): Promise<ReadonlyMap<string, CryptoKey | null>>;
  /** When the first of all that these names sealed arrived; null: not known. */
  since(space: Space, names: readonly string[]): Promise<Instant | null>;
  /** Those of these names that are destroyed. */
  destroyed(space: string, names: readonly string[]): Promise<ReadonlySet<string>>;
  /** Names that were never used are taken too: what is still on its way finds them destroyed. */
  destroy(space: Space, names: readonly string[], at: Instant): Promise<void>;
}

const KEY_BYTES = 32;

interface KeyRow {
  readonly id: string;
  readonly sealed: string | null;
  readonly since: number | null;
}

export function createArchiveKeys(d1: D1Database, secrets: SecretBox): ArchiveKeys {
  async function find(space: string, names: readonly string[]): Promise<readonly KeyRow[]> {
    const { results } = await d1
      .prepare('SELECT id, sealed, since FROM archive_key WHERE space = ? AND id IN (SELECT value FROM json_each(?))')
      .bind(space, JSON.stringify(names))
      .all<KeyRow>();
    return results;
  }

  async function opened({ id, sealed }: KeyRow): Promise<readonly [string, CryptoKey | null]> {
    if (sealed === null) return [id, null];
    const bytes = await secrets.open(sealed);
    if (!bytes) throw new Error('an archive key was sealed with another CONFIG_KEY');
    return [id, await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])];
  }

  return {
    async provide(space, names, arrivals = new Map()) {
      const wanted = [...new Set(names)];
      if (wanted.length === 0) return new Map();
      const held = await find(space, wanted);
      const known = new Set(held.map(({ id }) => id));
      const fresh = await Promise.all(
        wanted
          .filter((name) => !known.has(name))
          .map(async (name) => [
            name,
            await secrets.seal(crypto.getRandomValues(new Uint8Array(KEY_BYTES))),
            arrivals.get(name) ?? null,
          ]),
      );
      if (fresh.length > 0)
        await d1
          .prepare(
            'INSERT INTO archive_key (space, id, sealed, since) SELECT ?, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true ON CONFLICT DO NOTHING',
          )
          .bind(space, JSON.stringify(fresh))
          .run();
      // Another consumer may have been first: what the table says counts.
      let rows = fresh.length > 0 ? await find(space, wanted) : held;
      const earlier = rows.flatMap(({ id, since }) => {
        const arrival = arrivals.get(id);
        return arrival !== undefined && since !== null && arrival < since ? [[id, arrival]] : [];
      });
      if (earlier.length > 0) {
        await d1
          .prepare(
            'UPDATE archive_key SET since = min(since, early.value ->> 1) FROM json_each(?2) AS early WHERE space = ?1 AND archive_key.id = early.value ->> 0',
          )
          .bind(space, JSON.stringify(earlier))
          .run();
        // A key that was destroyed meanwhile was destroyed without knowing of these.
        rows = await find(space, wanted);
      }
      return new Map(await Promise.all(rows.map(opened)));
    },
    async since(space, names) {
      const times = (await find(space, names)).map(({ since }) => since ?? Number.NEGATIVE_INFINITY);
      const first = Math.min(...times);
      return Number.isFinite(first) ? (first as Instant) : null;
    },
    async destroyed(space, names) {
      const rows = names.length === 0 ? [] : await find(space, names);
      return new Set(rows.flatMap(({ id, sealed }) => (sealed === null ? [id] : [])));
    },
    async destroy(space, names, at) {
      if (names.length === 0) return;
      await d1
        .prepare(
          'INSERT INTO archive_key (space, id, sealed, destroyed_at, since) SELECT ?1, value, NULL, ?3, ?3 FROM json_each(?2) WHERE true ON CONFLICT (space, id) DO UPDATE SET sealed = NULL, destroyed_at = coalesce(destroyed_at, excluded.destroyed_at)',
        )
        .bind(space, JSON.stringify(names), at)
        .run();
    },
  };
}

/** By the bindings and the secret of the deployment. */
export function archiveKeysOf({ CONTROL, CONFIG_KEY }: Pick<Env, 'CONTROL' | 'CONFIG_KEY'>): ArchiveKeys {
  return createArchiveKeys(CONTROL, createSecretBox(secretBytes(CONFIG_KEY, 'CONFIG_KEY')));
}
