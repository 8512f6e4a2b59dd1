import { describe, expect, test } from 'vitest';
import { NO_DEFECTS, PROTOCOL_DEFECTS, type ProtocolDefect } from '../../core/identity/protocol/defects.ts';
import { brokenInvariants, type Oracle, oracleOf } from './identity-protocol-invariants.ts';
import { ProtocolModel, type Scenario } from './identity-protocol-model.ts';
import { anything, SCENARIOS } from './identity-protocol-scenarios.ts';

const NIGHTLY = Boolean(process.env.SELVEDGE_NIGHTLY);
const SCHEDULES = NIGHTLY ? 1_000_000 : 20_000;
const TIMEOUT_MS = NIGHTLY ? 6 * 3_600_000 : 240_000;
const given = process.env.SELVEDGE_SEED;
const firstSeed = given === undefined ? Date.now() % 2 ** 31 : Number(given);

/** Of all schedules; the rest are of any few events. Rings take long, so they get a small share. */
const RING_SHARE = 0.01;
const ANYTHING_SHARE = 0.25;
const share = (1 - ANYTHING_SHARE - RING_SHARE) / (SCENARIOS.length - 1);
const shareOf = ({ name }: Scenario) => Math.ceil(SCHEDULES * (name.startsWith('a ring') ? RING_SHARE : share));

function check(
  scenario: Scenario,
  seed: number,
  defects: ReadonlySet<ProtocolDefect>,
  oracle: Oracle | null,
): readonly string[] {
  const model = new ProtocolModel(scenario, seed, defects);
  if (!model.run()) return ['11: never came to rest', ...model.world.violations];
  return brokenInvariants(model, scenario, oracle);
}

describe(`identity protocol, ${SCHEDULES} schedules, first seed ${firstSeed}`, () => {
  test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    {
      timeout: TIMEOUT_MS,
    },
    (_, scenario) => {
      const oracle = oracleOf(scenario);
      for (let seed = firstSeed; seed < firstSeed + shareOf(scenario); seed++) {
        const broken = check(scenario, seed, NO_DEFECTS, oracle);
        if (broken.length > 0) expect({ seed, broken }).toEqual({ seed, broken: [] });
      }
    },
  );

  test('any events, with operators, logouts, erasure, expiry and other rules between them', {
    timeout: TIMEOUT_MS,
  }, () => {
    for (let seed = firstSeed; seed < firstSeed + SCHEDULES * ANYTHING_SHARE; seed++) {
      const scenario = anything(seed);
      // One after the other they must end as the replay engine has it; merges are counted per profile there and per object here.
      const judged = scenario.orderly && scenario.rules.maxMerges > 1 ? oracleOf(scenario) : null;
      const broken = check(scenario, seed, NO_DEFECTS, judged);
      if (broken.length > 0) expect({ seed, broken, scenario }).toEqual({ seed, broken: [], scenario });
    }
  });

  test.each(PROTOCOL_DEFECTS)('the defect %s is caught', { timeout: TIMEOUT_MS }, (defect) => {
    const defects = new Set([defect]);
    // Fixed seeds: whether a rare schedule is among those of today is not what this test is about.
    for (let run = 0; run < 500; run++) {
      for (const scenario of SCENARIOS) {
        if (check(scenario, run, defects, oracleOf(scenario)).length > 0) return;
      }
    }
    expect.fail(`${defect} was not caught in 500 schedules of each scenario`);
  });
});
