import { describe, expect, test } from 'vitest';
import { compileNamespaces } from '../../../core/identity/compiled-namespaces.ts';
import type { IdentityKey } from '../../../core/identity/identity-key.ts';
import type { NamespaceRule } from '../../../core/identity/namespace-set.ts';
import { createLink, type Link, mergeLinks } from '../../../core/identity/replay/link.ts';
import { replayLinks, type Sides } from '../../../core/identity/replay/replay-links.ts';
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
  { ...base, code: 'email', type: 'email', priority: 2 },
  { ...base, code: 'idfa', type: 'device', priority: 3, limit: 3, windowMs: 6 },
  { ...base, code: 'ecid', type: 'cookie', priority: 4 },
];
const RULES: StitchRules = {
  ...DEFAULT_STITCH,
  namespaces: compileNamespaces({ namespaces: NAMESPACES, blocked: [] }),
};
const NEWEST_WINS: StitchRules = { ...RULES, policy: { ...RULES.policy, displace: 'any' } };

const key = (text: string) => text as IdentityKey;
const link = (one: string, other: string, at: number, verified: boolean) =>
  createLink(key(one), key(other), { at: at as Instant, seq: at }, verified);
const proof = (one: string, other: string, at: number) => link(one, other, at, true);
const claim = (one: string, other: string, at: number) => link(one, other, at, false);
const pairs = (links: readonly Link[]) => links.map(({ a, b }) => `${a} ${b}`).sort();
const removed = (links: readonly Link[], rules = RULES, sides?: Sides) =>
  pairs(replayLinks(links, rules, sides).removed);

describe('a limit with a window', () => {
  /** Of the four devices only the last three were linked within 6 ms of the present, which is 7. */
  const proofs = [
    proof('ecid:1', 'idfa:l', 1),
    proof('ecid:1', 'idfa:j', 3),
    proof('ecid:1', 'idfa:k', 4),
    proof('ecid:1', 'idfa:i', 7),
  ];

  test('counts what was linked within it', () => {
    expect(removed(proofs)).toEqual([]);
    expect(removed([...proofs, proof('ecid:2', 'idfa:l', 5)])).toEqual(['ecid:1 idfa:l']);
  });

  test('a claim keeps no device young that a proof has linked', () => {
    expect(removed([...proofs, claim('ecid:3', 'idfa:l', 5)])).toEqual([]);
    expect(removed([...proofs, claim('ecid:3', 'idfa:l', 5)], NEWEST_WINS)).toEqual(['ecid:1 idfa:l']);
  });

  test('a claim moves no present in which proofs are judged', () => {
    const four = [...proofs.slice(1), proof('ecid:1', 'idfa:l', 2)];
    expect(removed(four)).toEqual(['ecid:1 idfa:l']);
    expect(removed([...four, claim('ecid:1', 'email:a', 9)])).toEqual(['ecid:1 idfa:l']);
  });

  test('proofs that hold too many by what is claimed keep each other, and claims that add no more', () => {
    const crowd = [...proofs, claim('ecid:3', 'idfa:l', 5)];
    expect(removed([...crowd, claim('crm:A', 'ecid:1', 7), claim('ecid:1', 'idfa:m', 7)])).toEqual(['ecid:1 idfa:m']);
  });
});

describe('the latest event', () => {
  /** Two people, known apart by proofs, and the first device of one of them about to log out. */
  const proofs = [proof('ecid:2', 'email:l', 1), proof('ecid:2', 'idfa:k', 2), proof('crm:B', 'ecid:1', 3)];
  const sides: Sides = new Map([
    [key('email:l'), 0],
    [key('crm:B'), 0],
    [key('idfa:k'), 1],
  ]);

  test('is that of one graph, whatever happened in another', () => {
    expect(removed(proofs, RULES, sides)).toEqual(['ecid:2 email:l']);
    expect(removed(proofs, NEWEST_WINS, sides)).toEqual(['ecid:2 email:l']);
  });

  test('is that of one graph of proofs, also where a claim ties it to another', () => {
    const tied = [...proofs, claim('crm:B', 'email:l', 4)];
    expect(removed(tied, RULES, sides)).toEqual(['ecid:2 email:l']);
    expect(removed(tied, NEWEST_WINS, sides)).toEqual(['ecid:2 idfa:k']);
  });

  test('of claims is that of their whole graph', () => {
    const one = claim('crm:A', 'ecid:1', 5);
    const other = claim('crm:B', 'ecid:1', 4);
    expect(removed([one, other])).toEqual(['crm:B ecid:1']);
    expect(removed([other, one, proof('email:x', 'ecid:9', 8)])).toEqual(['crm:B ecid:1']);
  });
});

test('a claimed sighting of a proven link neither saves nor ages it', () => {
  const older = mergeLinks(proof('crm:A', 'ecid:1', 1), claim('crm:A', 'ecid:1', 9));
  expect(removed([older, proof('crm:B', 'ecid:1', 5)])).toEqual(['crm:A ecid:1']);
  expect(removed([older, claim('crm:B', 'ecid:1', 5)])).toEqual(['crm:B ecid:1']);
});

test('no link, nothing to do', () => {
  expect(replayLinks([], RULES)).toEqual({ kept: [], removed: [] });
});
