import { describe, expect, test } from 'vitest';
import { compileNamespaces } from '../../../core/identity/compiled-namespaces.ts';
import type { IdentityKey } from '../../../core/identity/identity-key.ts';
import type { NamespaceRule } from '../../../core/identity/namespace-set.ts';
import { createGraph } from '../../../core/identity/replay/identity-graph.ts';
import { createLink, type Link } from '../../../core/identity/replay/link.ts';
import { planLinks } from '../../../core/identity/replay/plan-links.ts';
import { replayLinks } from '../../../core/identity/replay/replay-links.ts';
import { clampEventTime, type Stamp } from '../../../core/identity/replay/stamp.ts';
import { DEFAULT_STITCH, type StitchRules } from '../../../core/identity/replay/stitch-rules.ts';
import type { Instant } from '../../../core/lib/ids.ts';

const base = {
  limit: null,
  windowMs: null,
  normalise: 'none',
  pattern: null,
  linkTrust: 'claimed',
  unique: false,
} as const;
const NAMESPACES: readonly NamespaceRule[] = [
  { ...base, code: 'crm', type: 'person', unique: true, priority: 1 },
  { ...base, code: 'email', type: 'email', priority: 2, limit: 2, windowMs: 100 },
  { ...base, code: 'idfa', type: 'device', priority: 3 },
  { ...base, code: 'ecid', type: 'cookie', priority: 4 },
];
const RULES: StitchRules = {
  ...DEFAULT_STITCH,
  namespaces: compileNamespaces({ namespaces: NAMESPACES, blocked: [] }),
};
const key = (text: string) => text as IdentityKey;
const at = (time: number): Stamp => ({ at: time as Instant, seq: time });
const link = (one: string, other: string, time: number, verified = true) =>
  createLink(key(one), key(other), at(time), verified);

function request(links: readonly Link[], keys: readonly string[], time: number, verified = true, merges = 0) {
  const known = new Set(links.flatMap(({ a, b }) => [a, b]));
  return planLinks(
    createGraph(links),
    {
      keys: keys.map(key),
      stamp: at(time),
      verified,
      newcomers: new Set(keys.map(key).filter((one) => !known.has(one))),
      merges,
      force: false,
    },
    RULES,
  );
}

const pairs = (links: readonly Link[]) => links.map(({ a, b }) => `${a} ${b}`).sort();

describe('planning a link', () => {
  test('the latest event is kept whole, then the lower sum of priorities, then the newest', () => {
    const links = [link('crm:A', 'ecid:1', 1), link('crm:B', 'ecid:2', 2)];
    const plan = request(links, ['email:x', 'ecid:1', 'ecid:2'], 3);
    expect(pairs(plan.removed)).toEqual(['crm:A ecid:1']);
    expect(pairs(plan.kept)).toEqual(['crm:B ecid:2', 'ecid:1 ecid:2', 'ecid:1 email:x', 'ecid:2 email:x']);
    expect(plan).toMatchObject({ refused: null, evicted: [], merges: 0 });
  });

  test('one identity alone links nothing and touches what it hangs with', () => {
    const links = [link('crm:A', 'ecid:1', 1)];
    const plan = request(links, ['ecid:1'], 2);
    expect(plan).toMatchObject({ kept: links, removed: [], refused: null });
    expect([...plan.touched].sort()).toEqual(['crm:A', 'ecid:1']);
  });

  test('a limit with a window counts only what was linked inside it', () => {
    const links = [link('crm:A', 'email:a', 1), link('crm:A', 'email:b', 90)];
    expect(pairs(request(links, ['crm:A', 'email:c'], 95).removed)).toEqual(['crm:A email:a']);
    expect(request(links, ['crm:A', 'email:c'], 101).removed).toEqual([]);
  });

  test('beyond the limit on merges an event links nothing that would merge', () => {
    const links = [link('crm:A', 'ecid:1', 1), link('idfa:i', 'ecid:2', 1)];
    expect(request(links, ['crm:A', 'idfa:i'], 2, true, 255).merges).toBe(1);
    expect(request(links, ['crm:A', 'idfa:i'], 2, true, 256)).toMatchObject({ refused: 'maxMerges', kept: links });
    expect(request(links, ['crm:A', 'ecid:new'], 2, true, 256).refused).toBe(null);
  });

  test('a full graph evicts cookies before devices before persons, the oldest first', () => {
    const full = [
      ...Array.from({ length: 24 }, (_, n) => link('crm:A', `idfa:${n}`, n + 1)),
      ...Array.from({ length: 25 }, (_, n) => link('crm:A', `ecid:${n}`, n + 100)),
    ];
    const plan = request(full, ['crm:A', 'ecid:new', 'idfa:new'], 500);
    expect(plan.evicted).toEqual(['ecid:0', 'ecid:1']);
    const devices = Array.from({ length: 49 }, (_, n) => link('crm:A', `idfa:${n}`, n + 1));
    expect(request(devices, ['crm:A', 'idfa:new'], 500).evicted).toEqual(['idfa:0']);
    expect(request(devices, ['crm:A', 'ecid:new'], 500).evicted).toEqual(['idfa:0']);
    expect(request(devices, ['crm:A', 'ecid:new'], 500, false)).toMatchObject({ evicted: [], refused: 'capacity' });
  });
});

test('a clock that runs ahead counts at most the allowed skew', () => {
  expect(clampEventTime(1_000_000 as Instant, 5_000 as Instant, 300)).toBe(5_300);
  expect(clampEventTime(4_000 as Instant, 5_000 as Instant, 300)).toBe(4_000);
});

test('replaying a graph of 50 identities stays cheap', () => {
  const star = Array.from({ length: 49 }, (_, n) => link('crm:A', n % 2 ? `ecid:${n}` : `idfa:${n}`, n + 1));
  const conflict = [...star, link('crm:B', 'ecid:1', 100)];
  const complete = star.flatMap((one, index) =>
    [...star.slice(index + 1), null].map((other) => (other ? link(one.b, other.b, index + 1) : one)),
  );
  expect(complete.length).toBe(1225);
  const median = (links: readonly Link[]) => {
    const runs = Array.from({ length: 60 }, () => {
      const start = performance.now();
      replayLinks(links, RULES);
      return performance.now() - start;
    });
    return runs.sort((a, b) => a - b)[30] ?? 0;
  };
  const [usual, worst] = [median(conflict), median(complete)];
  console.info(
    `replay of 50 identities: ${conflict.length} links ${usual.toFixed(3)} ms, 1225 links ${worst.toFixed(3)} ms`,
  );
  // Loose, because tests share the machine; the numbers belong to the benchmark.
  expect(usual).toBeLessThan(2);
  expect(worst).toBeLessThan(20);
});
