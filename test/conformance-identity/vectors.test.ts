import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runIdentityConformance } from '../../cli/conformance-identity/run.ts';
import { runVector } from '../../cli/conformance-identity/run-vector.ts';

const OWN = join(import.meta.dirname, 'own-vectors.json');
/** The specification lies beside the checkout in development, and nowhere else. */
const SHARED = join(import.meta.dirname, '../../../shared/spec/identity-vectors.json');

type Raw = { readonly id: string; readonly tier: string };
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as readonly Raw[];

describe('own vectors', () => {
  test.each(read(OWN).map((vector) => [vector.id, vector] as const))('%s', (_, vector) => {
    expect(runVector(vector)).toEqual({ id: vector.id, failures: [], needsProtocol: [] });
  });
});

describe.runIf(existsSync(SHARED))('shared vectors on the pure engine', () => {
  const shared = existsSync(SHARED) ? read(SHARED) : [];

  test.each(shared.map((vector) => [vector.id, vector] as const))('%s', (_, vector) => {
    const { failures, needsProtocol } = runVector(vector);
    expect(failures).toEqual([]);
    if (vector.tier === 'core') expect(needsProtocol).toEqual([]);
    else expect(needsProtocol).toContain('tier protocol');
  });

  test('the report counts a vector that needs objects neither as passed nor as failed', async () => {
    const report = await runIdentityConformance(SHARED, []);
    const core = shared.filter(({ tier }) => tier === 'core').length;
    expect(report).toMatchObject({ passed: core, failed: 0, pending: shared.length - core });
    expect(report.lines.at(-1)).toBe(`${core} passed, 0 failed`);
  });
});

const namespaces = [
  { code: 'CRMID', type: 'PERSON', unique: true, priority: 1, limit: 1 },
  { code: 'ECID', type: 'COOKIE', unique: false, priority: 2, limit: null },
];
const login = { t: 1, id: 'e1', op: 'event', ids: { CRMID: ['A'], ECID: ['1'] } };
const vector = { id: 'v', tier: 'core', config: { mode: 'replay', namespaces }, steps: [login] };

describe('the runner fails what is wrong and what it does not understand', () => {
  test.each([
    [
      'a wrong partition',
      { ...vector, expect: { profiles: [{ ids: ['CRMID:A'] }, { ids: ['ECID:1'] }] } },
      /^profiles: expected/,
    ],
    ['a missing profile', { ...vector, expect: { profiles: [] } }, /^profiles: expected/],
    ['a wrong owner', { ...vector, expect: { events: { e1: null } } }, /^events: e1/],
    [
      'a link that is there',
      { ...vector, expect: { links: { removed: [['CRMID:A', 'ECID:1']] } } },
      /^links: CRMID:A – ECID:1/,
    ],
    ['a wrong counter', { ...vector, expect: { counters: { 'CRMID:A': { views: 2 } } } }, /^counters: CRMID:A: views/],
    [
      'a checkpoint that fails',
      { ...vector, expect: { checkpoints: [{ after: 'e1', gone: ['ECID:1'] }] } },
      /^after e1: gone/,
    ],
    [
      'a checkpoint after no step',
      { ...vector, expect: { checkpoints: [{ after: 'e9', gone: [] }] } },
      /^checkpoint after e9/,
    ],
    [
      'no alternative that holds',
      { ...vector, expect: { anyOf: [{ gone: ['ECID:1'] }, { eventCount: 2 }] } },
      /^anyOf: none holds/,
    ],
    ['an unknown expectation', { ...vector, expect: { mood: 'good' } }, /^mood: not understood/],
    [
      'an unknown field of a step',
      { ...vector, steps: [{ ...login, mood: 'x' }], expect: {} },
      /not understood: steps.0/,
    ],
    [
      'an unknown operation',
      { ...vector, steps: [{ ...login, op: 'vote' }], expect: {} },
      /not understood: steps.0.op/,
    ],
    [
      'an unknown policy',
      { ...vector, config: { namespaces, policy: { sharedDevice: 'blue' } }, expect: {} },
      /not understood: config.policy/,
    ],
    [
      'another mode',
      { ...vector, config: { namespaces, mode: 'first-wins' }, expect: {} },
      /not understood: config.mode/,
    ],
    [
      'an unknown normaliser',
      { ...vector, config: { namespaces: [{ ...namespaces[0], normalize: 'rot13' }] }, expect: {} },
      /normalize "rot13"/,
    ],
    ['no vector at all', 7, /not understood/],
  ])('%s', (_, raw, problem) => {
    const { failures } = runVector(raw);
    expect(failures.length).toBeGreaterThan(0);
    expect(failures[0]).toMatch(problem);
  });
});

test('events at once arrive in every order', () => {
  const events = Array.from({ length: 5 }, (_, n) => ({
    t: n + 2,
    id: `x${n}`,
    ids: { ECID: ['1'] },
    concurrent: 'k',
  }));
  const steps = [...events, { ...login, concurrent: 'k' }];
  const { failures } = runVector({ ...vector, steps, expect: { events: { x0: 'CRMID:A', x4: 'CRMID:A' } } });
  expect(failures).toEqual([]);
  const [failure] = runVector({ ...vector, steps, expect: { events: { x4: null } } }).failures;
  expect(failure).toMatch(/^events: x4/);
  const many = [...steps, ...['x5', 'x6', 'x7'].map((id) => ({ ...login, id, concurrent: 'k' }))];
  expect(runVector({ ...vector, steps: many, expect: {} }).failures).toEqual([
    '362880 arrival orders are too many to try',
  ]);
});

test('words of the format that no shared vector uses are understood', () => {
  const config = {
    namespaces: [
      namespaces[0],
      { code: 'Email', type: 'EMAIL', unique: false, priority: 2, normalize: ['trim', 'lowercase'] },
      { code: 'ECID', type: 'COOKIE', unique: false, priority: 3, limit: 2, windowMs: 100 },
    ],
    blocked: [{ ns: 'Email', match: 'notregex', value: '^[^@]+@[^@]+$' }],
    limits: { maxMerges: null },
    policy: { sharedDevice: { maxOwners: 3 }, attributes: { precedence: ['crm', 'web'] } },
  };
  const ids = (crm: string) => ({ CRMID: [crm], ECID: ['1'] });
  const named = { CRMID: ['A'], ECID: ['1'], Email: [' TOM@x ', 'nobody'] };
  const steps = [
    { t: 1, id: 'e1', ids: named, dataset: 'crm', set: { city: 'P' }, consent: { ads: 'DENIED' } },
    { t: 2, id: 'p', ids: ids('Z'), persona: 'vip' },
    { t: 3, id: 'q', ids: ids('Y'), private: true },
    { t: 4, id: 'e4', ids: ids('A'), dataset: 'web', set: { city: 'R' }, forceMaster: true, entry: 'profile-of:e1' },
    { t: 5, id: 'cfg', op: 'config', policy: { displace: 'authenticated' }, note: 'the other parts stay' },
    { t: 6, id: 'e6', ids: ids('B'), auth: 'claimed' },
  ];
  const values = { attrs: { city: 'P' }, consents: { ads: 'DENIED' }, counters: { views: 2 } };
  const expected = {
    profiles: [{ ids: ['CRMID:A', 'ECID:1', 'Email:tom@x'], ...values }, { ids: ['CRMID:B'] }],
    events: { p: null, q: null },
    dropped: ['Email:nobody'],
    refused: ['e6'],
    survivor: { 'ECID:1': 'CRMID:A' },
    eventCount: { 'CRMID:A': 2 },
  };
  expect(runVector({ ...vector, config, steps, expect: expected }).failures).toEqual([]);
  const mood = { profiles: [{ ids: ['CRMID:A', 'ECID:1', 'Email:tom@x'], mood: 'good' }, { ids: ['CRMID:B'] }] };
  expect(runVector({ ...vector, config, steps, expect: mood }).failures).toEqual([
    'profiles: CRMID:A: mood: not understood',
  ]);
});

test('operations that the shared vectors never use do what they say', () => {
  const config = { mode: 'replay', namespaces, limits: { maxMerges: 1 } };
  const event = (t: number, id: string, ids: Record<string, string[]>) => ({ t, id, op: 'event', ids });
  const result = runVector({
    id: 'operations',
    tier: 'core',
    config,
    steps: [
      event(1, 'e1', { CRMID: ['A'], ECID: ['1'] }),
      event(2, 'e2', { ECID: ['2'] }),
      event(3, 'e3', { ECID: ['3'] }),
      { t: 4, id: 'm1', op: 'alias', into: 'CRMID:A', from: 'ECID:2' },
      { t: 5, id: 'm2', op: 'identify', ids: { CRMID: ['A'] }, from: 'ECID:3' },
      { t: 6, id: 'm3', op: 'mergeForce', into: { CRMID: ['A'] }, from: { ECID: ['3'] } },
      { t: 7, id: 's', op: 'split', ids: { ECID: ['1'] } },
      { t: 8, id: 'cfg', op: 'config', config: { limits: { maxIdentities: 2 } } },
      { ...event(9, 'e9', { CRMID: ['A'], ECID: ['4'] }), receivedAt: 9 },
      { t: 9, id: 'tick', op: 'advance' },
    ],
    expect: {
      refused: ['m2'],
      survivor: 'CRMID:A',
      together: [['CRMID:A', 'ECID:4']],
      apart: [['CRMID:A', 'ECID:1']],
      checkpoints: [
        { after: 'm1', together: [['CRMID:A', 'ECID:2']] },
        { after: 'm3', together: [['CRMID:A', 'ECID:1', 'ECID:2', 'ECID:3']] },
        { after: 'cfg', together: [['CRMID:A', 'ECID:2', 'ECID:3']] },
      ],
      evicted: ['ECID:2', 'ECID:3'],
      primary: { m1: 'CRMID:A' },
    },
  });
  expect(result).toEqual({ id: 'operations', failures: [], needsProtocol: [] });
});
