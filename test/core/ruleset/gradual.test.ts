import { describe, expect, it } from 'vitest';
import type { ProfileId, Sequence } from '../../../core/lib/ids.ts';
import { isAmongFirst, rulesetFor, rulesetForStrangers } from '../../../core/ruleset/gradual.ts';

interface Rules {
  readonly sequence: Sequence;
  readonly salt: string;
  readonly gradual: { readonly stable: Rules; readonly percent: number; readonly since: Sequence } | null;
}
const seq = (value: number) => value as Sequence;
const stable: Rules = { sequence: seq(4), salt: 's', gradual: null };
const candidate = (percent: number, sequence = 5): Rules => ({
  sequence: seq(sequence),
  salt: 's',
  gradual: { stable, percent, since: seq(5) },
});
const PROFILES = Array.from({ length: 20_000 }, (_, i) => `prf_${i.toString(36).padStart(6, '0')}` as ProfileId);

describe('a gradual publish', () => {
  it('reaches as many as it says', () => {
    for (const percent of [1, 10, 37, 99]) {
      const share = PROFILES.filter((profile) => isAmongFirst('s', seq(5), profile, percent)).length / PROFILES.length;
      // Five standard deviations.
      expect(Math.abs(share - percent / 100)).toBeLessThan(5 * Math.sqrt(0.25 / PROFILES.length));
    }
  });

  it('keeps those who have it while the percent rises, and others are first the next time', () => {
    const first = PROFILES.filter((profile) => rulesetFor(candidate(10), profile, 0).sequence === 5);
    for (const profile of first) expect(rulesetFor(candidate(30, 6), profile, 0).sequence).toBe(6);
    const again = first.filter((profile) => isAmongFirst('s', seq(9), profile, 10)).length;
    expect(again / first.length).toBeLessThan(0.2);
  });

  it('never falls below what a profile has applied', () => {
    for (const profile of PROFILES.slice(0, 500)) {
      for (const applied of [0, 3, 4, 5]) {
        expect(rulesetFor(candidate(10), profile, seq(applied)).sequence).toBeGreaterThanOrEqual(applied);
      }
    }
  });

  it('is nothing for strangers, and nothing once everybody has it', () => {
    expect(rulesetForStrangers(candidate(99))).toBe(stable);
    expect(rulesetForStrangers(stable)).toBe(stable);
    expect(rulesetFor(stable, PROFILES[0] as ProfileId, 0)).toBe(stable);
  });
});
