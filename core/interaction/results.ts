/**
 * Sums on their way to the rollups, by key. Keys: `offer\n<placement>\n<offer>` → conversions, revenue; `experiment\n<id>\n<version>\n<variant>\n<metric>` → the seven sums of
 * `VariantCounts`; `exposure\n<id>\n<version>\n<variant>` → people; in both `~held` and `~open` are the sides of a holdout, and the id `~holdout` is the space's;
 * `variant\n<id>\n<version>\n<variant>` → decisions, impressions, clicks; `bandit\n<ranker>\n<bucket>\n<offer>` → trials (drawn offers that were seen), Σ and Σ² of what
 * they brought.
 */
export type Results = Record<string, number[]>;

export function addResult(results: Results, key: readonly string[], more: readonly number[]): void {
  const name = key.join('\n');
  const held = Object.hasOwn(results, name) ? results[name] : undefined;
  results[name] = more.map((value, i) => value + (held?.[i] ?? 0));
}
