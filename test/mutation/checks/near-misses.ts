import { deepStrictEqual } from 'node:assert/strict';
import type { AttributeType } from '../../../core/segment/attribute-type.ts';
import {
  type Compiled,
  compileWorld,
  EngineProfile,
  type Profile,
  storable,
} from '../../property/segment-engine-harness.ts';
import type { Check } from '../check.ts';
import { DECLARED, idOf, lettersOf, NEAR_MISS_NOW, NEAR_MISS_PROFILES, nearMissWorld } from '../near-misses.ts';
import table from '../tables/near-misses.json' with { type: 'json' };

type Live = (compiled: Compiled, person: Profile) => EngineProfile;

/** All is there when it is looked at. */
const atOnce: Live = (compiled, person) => new EngineProfile(compiled, person, NEAR_MISS_NOW);

/** It begins with nothing, and lives through everything: events as they come, then the attributes, then time. */
const oneByOne: Live = (compiled, { attributes, events }) => {
  const born = NEAR_MISS_NOW - 60 * 86_400_000;
  const engine = new EngineProfile(compiled, { attributes: {}, events: [] }, born);
  const noted = () => undefined;
  for (const event of events.toSorted((a, b) => a.at - b.at)) {
    engine.advance(Math.min(event.at, NEAR_MISS_NOW));
    engine.arrive([event], noted);
  }
  engine.change(attributes, noted);
  engine.advance(NEAR_MISS_NOW);
  return engine;
};

function checkWorld(attributes: ReadonlyMap<string, AttributeType> | null, column: 0 | 1, live: Live): void {
  const compiled = compileWorld(nearMissWorld(attributes), NEAR_MISS_NOW);
  const truths = NEAR_MISS_PROFILES.map(({ attributes: of, events }) =>
    live(compiled, { attributes: storable(compiled.world, of), events }).truths(),
  );
  const rows: Readonly<Record<string, readonly string[]>> = table;
  const known = new Set(Object.keys(rows).map(idOf));
  const found = Object.fromEntries(
    compiled.ids.flatMap((id, i) => (known.has(id) ? [[id, lettersOf(truths.map((row) => row[i] ?? null))]] : [])),
  );
  const expected = Object.entries(rows).flatMap(([rule, answers]) =>
    answers[column] === undefined ? [] : [[idOf(rule), answers[column]]],
  );
  deepStrictEqual(found, Object.fromEntries(expected));
}

/** The engine against the oracle's answers, for rules around everything that the compiler recognises. */
export const checks: readonly Check[] = [
  { name: 'near misses, attributes not declared', run: () => checkWorld(null, 0, atOnce) },
  { name: 'near misses, attributes declared', run: () => checkWorld(DECLARED, 1, atOnce) },
  { name: 'near misses, one by one', run: () => checkWorld(DECLARED, 1, oneByOne) },
];
