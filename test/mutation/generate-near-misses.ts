import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateAt } from '../oracle/changes.ts';
import { compileWorld, oracleInput, storable } from '../property/segment-engine-harness.ts';
import {
  DECLARED,
  idOf,
  lettersOf,
  NEAR_MISS_NOW,
  NEAR_MISS_PROFILES,
  NEAR_MISS_RULES,
  nearMissWorld,
} from './near-misses.ts';

/**
 * Writes `tables/near-misses.json`: what the oracle says of each rule of near-misses.ts, a letter for each profile; first where attributes are
 * not declared, then where they are. Rules that are refused there have no second text.
 *
 *     node test/mutation/generate-near-misses.ts
 */
const answers = [null, DECLARED].map((attributes) => {
  const compiled = compileWorld(nearMissWorld(attributes), NEAR_MISS_NOW);
  const known = new Set(compiled.ids);
  if (attributes === null)
    for (const rule of NEAR_MISS_RULES) if (!known.has(idOf(rule))) console.log('refused:', rule);
  return new Map(
    compiled.ids.map((id) => [
      id,
      lettersOf(
        NEAR_MISS_PROFILES.map(({ attributes: of, events }) =>
          evaluateAt(oracleInput(compiled, id, { attributes: storable(compiled.world, of), events }), NEAR_MISS_NOW),
        ),
      ),
    ]),
  );
});
const rows = NEAR_MISS_RULES.flatMap((rule) => {
  const found = answers.flatMap((answer) => answer.get(idOf(rule)) ?? []);
  return answers[0]?.has(idOf(rule)) ? [`  ${JSON.stringify(rule)}: ${JSON.stringify(found)}`] : [];
});
writeFileSync(join(import.meta.dirname, 'tables/near-misses.json'), `{\n${rows.join(',\n')}\n}\n`);
console.log(`${rows.length} rules`);
