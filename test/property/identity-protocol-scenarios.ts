import type { IdentityKey } from '../../core/identity/identity-key.ts';
import type { Scenario, Sent } from './identity-protocol-model.ts';
import { rulesOf } from './identity-protocol-world.ts';

export function event(at: number, ...keys: readonly string[]): Sent {
  return { id: `e${at}`, at, keys: keys as readonly IdentityKey[], kind: 'record', links: [], afterErase: false };
}
const later = (at: number, ...keys: readonly string[]): Sent => ({ ...event(at, ...keys), afterErase: true });
const logout = (at: number, device: string): Sent => ({ ...event(at, device), kind: 'logout' });
const logoutOf = (at: number, person: string, device: string): Sent => ({
  ...event(at, person, device),
  kind: 'logout',
});
const split = (at: number, ...keys: readonly string[]): Sent => ({ ...event(at, ...keys), kind: 'split' });
const unlink = (at: number, a: string, b: string): Sent => {
  const [low, high] = [a, b].sort() as [IdentityKey, IdentityKey];
  return { ...event(at, a, b), kind: 'unlink', links: [{ a: low, b: high }] };
};

export const [A, B, C, x, y, c, d, f] = [
  'crm:A',
  'crm:B',
  'crm:C',
  'email:x',
  'email:y',
  'ecid:c',
  'ecid:d',
  'ecid:f',
] as const;
const ring = ['1', '2', '3', '4', '5'].map((name) => `ecid:${name}`);
const FOLLOW = rulesOf('follow-device');
const STAY = rulesOf('stay');
const erase = { key: A as IdentityKey, at: 100 };

const LONG = [event(1, c), event(2, c), event(3, c), event(4, c), event(5, c)];
const SIGN_IN_AND_OUT = [
  event(1, c),
  event(2, A, c),
  event(3, c),
  logout(4, c),
  event(5, c),
  event(6, A, c),
  event(7, c),
  logout(8, c),
  event(9, A, c),
];
const SHARED = [event(1, c), event(2, A, c), event(3, c), event(4, B, c), event(5, c), event(6, A, c), event(7, c)];

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'opposite merges',
    rules: FOLLOW,
    events: [event(1, c), event(2, d), event(3, x, c, d), event(4, y, d, c)],
  },
  { name: 'a race for a device', rules: FOLLOW, events: [event(1, c), event(2, A, c), event(3, B, c), event(4, c)] },
  {
    name: 'A-B-A',
    rules: FOLLOW,
    hints: true,
    events: [event(1, c), event(2, A, c), event(3, B, c), event(4, A, c), event(5, c)],
  },
  {
    name: 'a ring of five links',
    rules: FOLLOW,
    events: [
      ...ring.map((key, index) => event(index + 1, key)),
      ...ring.map((key, index) => event(index + 11, `email:m${index}`, key, ring[(index + 1) % ring.length] as string)),
    ],
  },
  {
    name: 'two devices change hands',
    rules: FOLLOW,
    hints: true,
    events: [event(1, c), event(2, d), event(3, A, c), event(4, A, d), event(5, B, d), event(6, d), event(7, c)],
  },
  {
    name: 'the common login',
    rules: STAY,
    hints: true,
    events: [event(1, A), event(2, c), event(3, A, c), event(4, c)],
  },
  {
    name: 'a login with a long history',
    rules: STAY,
    hints: true,
    events: [...LONG, event(6, A), event(7, A, c), event(8, c), event(9, A, d)],
  },
  {
    name: 'two people race for one fresh device',
    rules: STAY,
    hints: true,
    events: [event(1, A), event(2, B), event(3, c), event(4, A, c), event(5, B, c)],
  },
  { name: 'a shared device', rules: STAY, hints: true, events: SHARED },
  {
    name: 'two logins on one device in any order',
    rules: STAY,
    hints: true,
    exact: true,
    events: [event(1, c), event(2, A, c), event(3, c), event(4, B, c), event(5, c)],
  },
  {
    name: 'login and logout in any order',
    rules: STAY,
    hints: true,
    exact: true,
    events: [event(1, c), event(2, A, c), event(3, c), logout(4, c), event(5, c)],
  },
  {
    name: 'login and named logout in any order',
    rules: STAY,
    hints: true,
    exact: true,
    events: [event(2, A, c), event(3, c), logoutOf(4, A, c), event(5, c), event(6, A)],
  },
  {
    name: 'a logout that comes after the next login',
    rules: STAY,
    hints: true,
    orderly: true,
    events: [event(1, c), event(2, A, c), event(4, B, c), event(5, c), logoutOf(3, A, c), event(6, c)],
  },
  { name: 'a shared device, in order', rules: STAY, hints: true, orderly: true, events: SHARED },
  { name: 'signing in and out', rules: STAY, hints: true, orderly: true, events: SIGN_IN_AND_OUT },
  {
    name: 'who keeps a history moves',
    rules: STAY,
    hints: true,
    orderly: true,
    events: [
      event(1, c),
      event(2, x, c),
      event(3, c),
      event(4, c),
      event(5, y, c),
      logout(6, c),
      event(7, A),
      event(8, A, x),
      event(9, c),
      event(10, A, c),
    ],
  },
  {
    name: 'who keeps a history changes hands',
    rules: { ...rulesOf('stay'), maxIdentities: 3 },
    orderly: true,
    events: [event(1, c), event(2, x, c), event(3, c), logout(4, c), event(5, A, x), event(6, B, x), event(7, B, c)],
  },
  {
    name: 'split by an operator',
    rules: STAY,
    hints: true,
    orderly: true,
    events: [event(1, c), event(2, A, c), event(3, c), event(4, A, x), split(5, c), event(6, c), event(7, x)],
  },
  {
    name: 'a wrong link is taken back',
    rules: STAY,
    hints: true,
    events: [event(1, c), event(2, A, c), event(3, c), unlink(4, A, c), event(5, c), event(6, A, d)],
  },
  {
    name: 'a link that was taken back stays away',
    rules: FOLLOW,
    orderly: true,
    events: [event(1, c), event(2, x, c), split(3, c), event(4, c), event(5, x), event(6, d), event(7, x, d)],
  },
  {
    name: 'stubs are collected',
    rules: STAY,
    hints: true,
    collect: true,
    events: [event(1, c), event(2, A, c), event(3, c), event(4, d), event(5, B, d), event(6, B, c), event(7, A, d)],
  },
  {
    name: 'a stale hint after stubs are collected',
    rules: FOLLOW,
    hints: true,
    collect: true,
    orderly: true,
    events: [event(1, c), event(2, A, c), event(3, c), event(4, x, c), event(5, y, c), event(6, c)],
  },
  {
    name: 'no room for more',
    rules: rulesOf('stay', { maxIdentities: 3 }),
    orderly: true,
    events: [event(1, A, c), event(2, A, d), event(3, A, f), event(4, c), event(5, d), event(6, A, 'ecid:g')],
  },
  {
    name: 'erase of a person',
    rules: FOLLOW,
    hints: true,
    events: [event(1, c), event(2, A, c), event(3, c), later(101, A, d), later(102, c)],
    erase,
  },
  {
    name: 'erase in the middle of a login',
    rules: FOLLOW,
    hints: true,
    events: [event(1, c), event(150, c), event(151, c), event(152, c), event(2, A, c), event(3, A, d), event(153, d)],
    erase,
  },
  {
    name: 'erase while the device changes hands',
    rules: STAY,
    hints: true,
    events: [event(1, A, c), event(2, B, c), event(3, c), event(4, B), later(101, A, c)],
    erase,
  },
  {
    name: 'erase of one to whom stubs lead by stubs',
    rules: FOLLOW,
    hints: true,
    events: [event(1, d, f), event(2, c, d), event(3, c, f), event(4, A, c), event(5, f), later(101, f), later(102, d)],
    erase,
  },
  {
    name: 'erase of one whose device went on by a place that is no more',
    rules: STAY,
    hints: true,
    collect: true,
    orderly: true,
    events: [event(1, c), event(2, A, c), logout(3, c), event(4, c), event(5, B, c), event(6, c)],
    erase,
  },
  {
    name: 'erase of one who asked not to be known again',
    rules: STAY,
    hints: true,
    events: [event(1, c), event(2, A, x), event(3, A, c), later(101, B, x), later(102, A, c)],
    erase: { ...erase, suppress: true },
  },
  {
    name: 'expiry of a device that comes back',
    rules: STAY,
    hints: true,
    events: [event(1, c), event(2, c), event(3, A), event(4, A, c)],
    expire: c as IdentityKey,
  },
  {
    name: 'expiry of two devices',
    rules: STAY,
    hints: true,
    events: [event(1, c, d), event(2, d), event(3, c), event(4, d, f), event(5, A, d)],
    expire: c as IdentityKey,
  },
  {
    name: 'a visit while a profile expires',
    rules: FOLLOW,
    hints: true,
    events: [event(1, c, d), event(2, d), ...[4, 6, 8].flatMap((at) => [later(at, c), later(at + 1, d)])],
    expire: c as IdentityKey,
  },
  {
    name: 'other rules in the middle',
    rules: FOLLOW,
    newRules: { ...rulesOf('stay'), maxIdentities: 2 },
    hints: true,
    events: [event(1, c), event(2, A, c), event(3, A, x), event(4, B, c), event(5, B, d), event(6, c)],
  },
  {
    name: 'an object goes back to an earlier state',
    rules: STAY,
    hints: true,
    orderly: true,
    events: [event(1, c), event(2, A, c), event(3, c), event(4, B, c), event(5, c), event(6, A, d)],
    restore: A as IdentityKey,
  },
];

/** Any few events of a small world, with what else can happen to people. */
export function anything(seed: number): Scenario {
  const pick = <T>(values: readonly T[], salt: number): T => {
    const hash = Math.imul((seed ^ Math.imul(salt, 0x9e3779b1)) >>> 0, 0x85ebca6b) >>> 0;
    return values[((hash ^ (hash >>> 13)) >>> 0) % values.length] as T;
  };
  const stay = pick([true, false], 1);
  /** Pages say who they are beside those who prove it, and may not displace them. */
  const claims = pick([true, false], 5);
  const events = Array.from({ length: 7 }, (_, index): Sent => {
    const salt = 10 * (index + 1);
    const at = index + 1;
    const kind = pick([0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4], salt + 3);
    const device = pick([c, c, d, 'ecid:e'], salt + 2);
    if (kind === 1) return logout(at, device);
    if (kind === 2) return split(at, device);
    if (kind === 4) return { ...event(at, pick([A, B], salt), pick([x, y], salt + 1)), kind: 'force' };
    if (kind === 3) return unlink(at, pick([A, B], salt), device);
    const named = [
      pick([A, A, B, C, null], salt),
      pick([x, y, null, null], salt + 1),
      pick([device, device, null], salt + 4),
    ];
    const keys = named.filter((key) => key !== null);
    const sent = event(at, ...(keys.length > 0 ? keys : [c]));
    return claims && pick([true, false], salt + 5) ? { ...sent, isClaim: true } : sent;
  });
  const erases = seed % 3 === 0 && events.some(({ keys }) => keys[0] === A);
  const limits = pick([{}, {}, { maxIdentities: 3 }, { maxMerges: 1 }], 3);
  return {
    name: 'anything',
    rules: rulesOf(stay ? 'stay' : 'follow-device', limits, claims ? 'authenticated' : 'any'),
    hints: pick([true, true, false], 2),
    orderly: pick([true, false, false], 4),
    events,
    ...(erases && { erase }),
    ...(seed % 5 === 1 && { expire: c as IdentityKey }),
    ...(seed % 7 === 2 && { newRules: rulesOf(stay ? 'follow-device' : 'stay', { maxIdentities: 2 }) }),
  };
}
