import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { objectNeeds } from '../../cli/conformance-identity/object-needs.ts';
import { playOnObjects } from '../../cli/conformance-identity/play-objects.ts';
import { runIdentityConformance } from '../../cli/conformance-identity/run.ts';
import { type Vector, vectorSchema } from '../../cli/conformance-identity/vector.schema.ts';
import { createEngineWorld, type Lie } from './engine-world.ts';

const OWN = join(import.meta.dirname, 'own-vectors.json');
/** The specification lies beside the checkout in development, and nowhere else. */
const SHARED = join(import.meta.dirname, '../../../shared/spec/identity-vectors.json');
const vectorsOf = (file: string): readonly Vector[] =>
  vectorSchema.array().parse(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []);

const all = [...vectorsOf(OWN), ...vectorsOf(SHARED)];
const needsOf = (vector: Vector) => objectNeeds(vector, createEngineWorld());
const playable = all.filter((vector) => needsOf(vector).length === 0);

describe('the second runner, behind doors over the engine', () => {
  it('can play most vectors, and says why it cannot play the others', () => {
    expect(playable.length).toBeGreaterThan(30);
    for (const vector of all) for (const need of needsOf(vector)) expect(need).not.toBe('');
  });

  test.each(playable.map((vector) => [vector.id, vector] as const))('%s', async (_, vector) => {
    const { failures, unplayable } = await playOnObjects(vector, createEngineWorld());
    expect({ failures, unplayable }).toEqual({ failures: [], unplayable: [] });
  });
});

const login = { t: 1, id: 'e1', op: 'event', ids: { CRMID: ['A'], ECID: ['1'] } };
const small = (more: object): Vector =>
  vectorSchema.parse({
    id: 'small',
    tier: 'protocol',
    config: {
      namespaces: [
        { code: 'CRMID', type: 'PERSON', unique: true, priority: 1, limit: 1 },
        { code: 'ECID', type: 'COOKIE', unique: false, priority: 2, limit: null },
      ],
    },
    steps: [login, { ...login, t: 2, id: 'e2', ids: { CRMID: ['B'], ECID: ['1'] } }],
    expect: { profiles: [{ ids: ['CRMID:A'] }, { ids: ['CRMID:B', 'ECID:1'] }], eventCount: 2 },
    ...more,
  });

describe('the second runner catches a world', () => {
  it.each<[Exclude<Lie, null>, object, RegExp]>([
    ['loses the second event', {}, /^profiles: expected/],
    ['stores a repetition twice', { harness: { faults: ['retry-every-rpc'] } }, /^eventCount: expected 2, got 4/],
    ['never lets go of a device', {}, /^profiles: expected/],
  ])('that %s', async (lie, more, problem) => {
    expect((await playOnObjects(small(more), createEngineWorld())).failures).toEqual([]);
    const { failures } = await playOnObjects(small(more), createEngineWorld(lie));
    expect(failures.join('\n')).toMatch(problem);
  });

  it('whose doors break', async () => {
    const broken = { ...createEngineWorld(), open: () => Promise.reject(new Error('no door')) };
    expect((await playOnObjects(small({}), broken)).failures).toEqual(['no door']);
  });
});

it.each([
  [{ steps: [{ ...login, hint: 'profile-of:e1' }] }, /hint/],
  [{ engineOnly: 'because' }, /^because$/],
  [{ steps: [{ t: 2, id: 'r', op: 'restore', object: 'profile-of:e1', to: 'before:e1' }] }, /recovery/],
  [{ harness: { faults: ['kill-coordinator-before-decide'] } }, /^fault kill-coordinator-before-decide$/],
  [{ harness: { moon: 'full' } }, /^harness.moon$/],
])('%j cannot be played, and is said so', async (more, need) => {
  const { failures, unplayable } = await playOnObjects(small(more), createEngineWorld());
  expect(failures).toEqual([]);
  expect(unplayable.join()).toMatch(need);
});

it('with objects, vectors of tier protocol are counted; what nobody could show is counted neither way', async () => {
  const report = await runIdentityConformance(OWN, [createEngineWorld(), createEngineWorld()]);
  expect(report.failed).toBe(0);
  expect(report.passed + report.pending).toBe(vectorsOf(OWN).length);
  expect(report.lines.at(-1)).toBe(`${report.passed} passed, 0 failed`);
});
