import type { ArmResult } from '../../core/decision/ranking/learn-shares.ts';
import type { Instant, Space } from '../../core/lib/ids.ts';
import { DAY_MS } from '../../core/lib/instant.ts';
import type { BanditPart } from '../../core/ruleset/data-parts.ts';
import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import type { Env } from '../env.ts';
import { publisherStub } from '../stores/publisher-stub.ts';
import { createRulesetStore } from '../stores/ruleset-store.ts';

/** What is older weighs less than an eighth. */
const LOOKED_AT_MS = 90 * DAY_MS;
const MOST_ROWS = 50_000;

/** Reads what the offers of bandits achieved, and puts other shares of traffic live where that moves anything. True: it did. */
export async function learnBandits(
  env: Pick<Env, 'CONTROL' | 'RULESETS' | 'PUBLISHER'>,
  space: Space,
  now: number,
): Promise<boolean> {
  const rulesets = createRulesetStore({ kv: env.RULESETS, publisher: env.PUBLISHER, now: () => Date.now() as Instant });
  const ruleset = await rulesets.refreshNow(space);
  if (!ruleset) return false;
  const rankers = [...ruleset.rankers.values()].flatMap((each) => (each.method === 'bandit' ? [each] : []));
  if (rankers.length === 0) return false;
  // On demand: nobody who visits waits for what draws from distributions.
  const { learnShares, movesTraffic } = await import('../../core/decision/ranking/learn-shares.ts');
  const results = await armResults(env.CONTROL, space, now - LOOKED_AT_MS);
  const shares = learnShares(rankers, (ranker) => armsOf(ruleset, ranker, results), results, now as Instant);
  if (!movesTraffic(ruleset.bandit, shares)) return false;
  const publisher = publisherStub(env.PUBLISHER, space);
  const part: BanditPart = { format: 1, shares };
  const stored = await publisher.storePart(JSON.stringify(part));
  if (!stored.ok) throw new Error('the publisher does not answer');
  const actor = { name: 'job:bandits', requestId: `job-${now}` };
  const put = await publisher.putData({ actor, families: ['bandit'], parts: { bandit: stored.value } });
  if (!put.ok) throw new Error(`the publisher refused: ${put.error.kind}`);
  // Live in this isolate at once; elsewhere it follows within a minute.
  await rulesets.refreshNow(space);
  return put.value.changed;
}

/** Offers of the placements that a ranker orders; and what it ordered as a variant of an experiment. */
function armsOf(
  { placements, offers, offersByPlacement }: LoadedRuleset,
  ranker: string,
  results: readonly ArmResult[],
): readonly string[] {
  const own = [...placements.values()].filter((placement) => placement.ranker === ranker);
  const arms = new Set(own.flatMap(({ id }) => (offersByPlacement.get(id) ?? []).map((offer) => offer.id)));
  for (const { ranker: by, stats } of results) if (by === ranker && offers.has(stats.arm)) arms.add(stats.arm);
  return [...arms].sort();
}

async function armResults(d1: D1Database, space: Space, from: number): Promise<readonly ArmResult[]> {
  const { results } = await d1
    .prepare(
      `SELECT name, substr(hour, 1, 10) AS day, sum(a) AS a, sum(b) AS b, sum(c) AS c FROM rollup_result
       WHERE space = ? AND name > ? AND name < ? AND hour >= ? GROUP BY name, day ORDER BY name, day DESC LIMIT ?`,
    )
    .bind(space, 'bandit\n', 'bandit\u000b', new Date(from).toISOString().slice(0, 13), MOST_ROWS)
    .all<{ name: string; day: string; a: number; b: number; c: number }>();
  return results.map(({ name, day, a, b, c }) => {
    const [, ranker = '', bucket = '', arm = ''] = name.split('\n');
    const at = Date.parse(`${day}T12:00:00Z`) as Instant;
    return { ranker, bucket, stats: { arm, trials: a, sum: b, sumOfSquares: c, at } };
  });
}
