import type { ProfileId, Space } from '../../core/lib/ids.ts';

/** Profiles of the index in the order of their ids, `after` not included. */
export async function indexedProfiles(
  d1: D1Database,
  space: Space,
  after: string,
  size: number,
): Promise<readonly ProfileId[]> {
  const { results } = await d1
    .prepare('SELECT pid FROM profile WHERE pid > ? AND space = ? ORDER BY pid LIMIT ?')
    .bind(after, space, size)
    .all<{ pid: ProfileId }>();
  return results.map(({ pid }) => pid);
}

export async function countIndexed(d1: D1Database, space: Space): Promise<number> {
  const row = await d1.prepare('SELECT count(*) AS n FROM profile WHERE space = ?').bind(space).first<{ n: number }>();
  return row?.n ?? 0;
}
