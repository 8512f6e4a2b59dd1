import { describe, expect, it } from 'vitest';
import { joinProofs, rememberProof, type UsedProof } from '../../../core/identity/used-proofs.ts';
import type { Instant } from '../../../core/lib/ids.ts';

const T = 1_800_000_000_000;
const at = (seconds: number) => (T + seconds * 1000) as Instant;

/** Brings proofs one after the other. */
function uses(...brought: readonly (readonly [jti: string, device: string, seconds: number])[]) {
  let used: readonly UsedProof[] = [];
  return brought.map(([jti, device, seconds]) => {
    const remembered = rememberProof(used, { jti, device, expiresAt: at(300) }, at(seconds));
    used = remembered.used;
    return remembered.use;
  });
}

describe('a proof', () => {
  it('signs in once', () => {
    expect(uses(['a', 'phone', 0], ['b', 'phone', 1], ['a', 'phone', 60])).toEqual(['fresh', 'fresh', 'used']);
  });

  it('counts as the same login when its request is sent again at once from the same device', () => {
    expect(uses(['a', 'phone', 0], ['a', 'phone', 2], ['a', 'phone', 30])).toEqual(['fresh', 'again', 'again']);
  });

  it('is a replay at once on another device', () => {
    expect(uses(['a', 'phone', 0], ['a', 'laptop', 0.1], ['a', 'phone', 0.2])).toEqual(['fresh', 'used', 'again']);
  });

  it('is remembered a little longer than the door takes it, then forgotten', () => {
    expect(uses(['a', 'phone', 0], ['a', 'laptop', 355])).toEqual(['fresh', 'used']);
    const { used } = rememberProof([], { jti: 'a', device: 'phone', expiresAt: at(300) }, at(0));
    expect(rememberProof(used, { jti: 'b', device: 'phone', expiresAt: at(700) }, at(361)).used).toHaveLength(1);
  });

  it('never makes the memory grow beyond its bound: the first to expire goes', () => {
    let used: readonly UsedProof[] = [];
    for (let i = 0; i < 200; i++) {
      ({ used } = rememberProof(used, { jti: `j${i}`, device: 'phone', expiresAt: at(300 - (i % 7)) }, at(0)));
    }
    expect(used.length).toBe(64);
    expect(Math.min(...used.map(({ expiresAt }) => expiresAt))).toBeGreaterThan(at(294));
  });

  it('is remembered where its person has moved to, each once and within the bound', () => {
    const made = (count: number, from: number) =>
      Array.from({ length: count }, (_, i) => ({
        jti: `j${from + i}`,
        device: 'd',
        usedAt: at(0),
        expiresAt: at(from + i),
      }));
    expect(joinProofs(made(2, 0), made(2, 1)).map(({ jti }) => jti)).toEqual(['j0', 'j1', 'j2']);
    const many = joinProofs(made(60, 0), made(60, 60));
    expect([many.length, many.some(({ jti }) => jti === 'j0'), many.some(({ jti }) => jti === 'j119')]).toEqual([
      64,
      false,
      true,
    ]);
  });

  it('leaves what it was given as it was', () => {
    const before: readonly UsedProof[] = Object.freeze([{ jti: 'a', device: 'd', usedAt: at(0), expiresAt: at(9) }]);
    rememberProof(before, { jti: 'b', device: 'd', expiresAt: at(300) }, at(1));
    expect(before).toHaveLength(1);
  });
});
