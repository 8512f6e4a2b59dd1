import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import { MINUTE_MS } from '../../core/lib/instant.ts';

/** Columns of `rollup_result`: core/interaction/results.ts says what each holds. */
const COLUMNS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const;

/** Adds what came of decisions to the rollups. One statement for all rows, because D1 takes at most 1,000 an invocation. */
export function resultRows(d1: D1Database, messages: readonly EffectMessage[]): D1PreparedStatement[] {
  const sums = new Map<string, number[]>();
  for (const { space, minute, results } of messages) {
    const hour = new Date(minute * MINUTE_MS).toISOString().slice(0, 13);
    for (const [name, more] of Object.entries(results ?? {})) {
      const key = JSON.stringify([space, name, hour]);
      const held = sums.get(key);
      sums.set(
        key,
        COLUMNS.map((_, i) => (held?.[i] ?? 0) + (more[i] ?? 0)),
      );
    }
  }
  if (sums.size === 0) return [];
  const rows = [...sums].map(([key, values]) => [...(JSON.parse(key) as string[]), ...values]);
  return [
    d1
      .prepare(
        `INSERT INTO rollup_result (space, name, hour, ${COLUMNS.join(', ')})
         SELECT value ->> 0, value ->> 1, value ->> 2, ${COLUMNS.map((_, i) => `value ->> ${i + 3}`).join(', ')} FROM json_each(?) WHERE true
         ON CONFLICT (space, name, hour) DO UPDATE SET ${COLUMNS.map((column) => `${column} = ${column} + excluded.${column}`).join(', ')}`,
      )
      .bind(JSON.stringify(rows)),
  ];
}
