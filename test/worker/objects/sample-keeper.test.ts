import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SampleReply } from '../../../core/interaction/copy-for-sample.ts';
import {
  formatProfileId,
  type Instant,
  type Jurisdiction,
  jurisdictionOf,
  type ProfileId,
} from '../../../core/lib/ids.ts';
import { planEstimate } from '../../../core/ruleset/plan-shadow-run.ts';
import type { RulesSide } from '../../../core/ruleset/rule-nodes.ts';
import { encodeEventPack } from '../../../core/segment/preview/event-pack.ts';
import { createSample } from '../../../core/segment/preview/sample.ts';
import { createSampleKey } from '../../../core/segment/preview/sample-key.ts';
import { countRun } from '../../../worker/objects/sample/count-run.ts';
import { refreshSample } from '../../../worker/objects/sample/refresh.ts';
import { createSampleKeeper, type SampleKeeper } from '../../../worker/objects/sample/sample-keeper.ts';
import { createSampleTable } from '../../../worker/objects/sample/sample-table.ts';
import { createSamples } from '../../../worker/services/sample.ts';
import type { SampleRpc } from '../../../worker/stores/sample-stub.ts';
import { sqliteStorage } from '../../support/sqlite-storage.ts';

const KEY = createSampleKey(new Uint8Array(16).fill(3));
const NOW = 1_000 as Instant;
const PLACES: readonly Jurisdiction[] = ['none', 'eu', 'us'];

const idOf = (number: number): ProfileId =>
  formatProfileId(
    Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? number : i * 7)),
    1,
    PLACES[number % PLACES.length] ?? 'none',
  );
const emptyPack = encodeEventPack([], { withdrawn: [0], said: {}, cut: false }, (text) =>
  new TextEncoder().encode(text),
);
const copyOf = (version: number): SampleReply => ({
  kind: 'copy',
  known: true,
  lastSeen: NOW,
  log: emptyPack,
  attributes: { version },
  cut: false,
});

/** People whose attribute `version` rises with each visit; who is erased is in nobody's map. */
class World {
  readonly storage = sqliteStorage();
  readonly alive = new Map<ProfileId, number>();
  readonly k: number;
  keeper: SampleKeeper;
  #now = NOW;

  constructor(k: number) {
    this.k = k;
    this.keeper = this.#open();
    this.keeper.seeded(null, []);
  }

  /** Memory goes, storage stays. */
  sleep(): void {
    this.keeper = this.#open();
  }

  #open(): SampleKeeper {
    return createSampleKeeper(createSampleTable(this.storage), KEY, this.k, NOW);
  }

  visit(number: number): void {
    const id = idOf(number);
    this.alive.set(id, (this.alive.get(id) ?? 0) + 1);
    this.keeper.touch([id]);
  }

  erase(number: number): void {
    this.alive.delete(idOf(number));
    this.keeper.forget([idOf(number)]);
  }

  async refresh(): Promise<void> {
    const now = () => this.#now;
    this.#now = (this.#now + 1) as Instant;
    await refreshSample(
      {
        keeper: this.keeper,
        copy: async (id) => {
          const version = this.alive.get(id);
          return version === undefined ? { kind: 'gone' } : copyOf(version);
        },
        indexed: async () => ({ next: null, profiles: [] }),
        now,
      },
      { until: (this.#now + 1) as Instant, copies: 10_000 },
    );
  }

  rows(): ReadonlyMap<ProfileId, unknown> {
    const entries = [...this.keeper.shards(this.keeper.state().limit, new Set(['version']))].flat();
    return new Map(entries.map(({ row }) => [row.profile, row.attributes.get('version')]));
  }
}

type Step = readonly ['visit' | 'erase', number] | readonly ['refresh' | 'sleep', 0];
const number = fc.nat(40);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: number.map((n) => ['visit', n] as const) },
  { weight: 2, arbitrary: number.map((n) => ['erase', n] as const) },
  { weight: 1, arbitrary: fc.constantFrom<Step>(['refresh', 0], ['sleep', 0]) },
);

describe('a sample object', () => {
  it('holds everybody below its limit as they are now, whatever happened in which order, and nobody who was erased', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 3, max: 50 }), async (steps, k) => {
        const world = new World(k);
        for (const [what, n] of steps) {
          if (what === 'visit') world.visit(n);
          else if (what === 'erase') {
            world.erase(n);
            // At once, before anybody is copied again.
            expect([...world.rows().keys()]).not.toContain(idOf(n));
          } else if (what === 'refresh') await world.refresh();
          else world.sleep();
        }
        await world.refresh();
        const { limit, stale, pending, ranks } = world.keeper.state();
        expect([stale, pending]).toEqual([0, 0]);
        const everybody = createSample(
          1_000,
          KEY,
          [...world.alive.keys()].map((profile) => ({ profile, takenAt: NOW })),
        );
        const inside = everybody.entries.filter(({ rank }) => limit === null || rank <= limit);
        expect(world.rows()).toEqual(new Map(inside.map(({ row }) => [row.profile, world.alive.get(row.profile)])));
        expect([...ranks]).toEqual(inside.map(({ rank }) => rank));
        expect(inside.length).toBeLessThanOrEqual(k);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps no copy that was under way when somebody was erased, and knows who came while it was copied', () => {
    const world = new World(10);
    world.visit(1);
    world.visit(2);
    world.keeper.begin([idOf(1), idOf(2)]);
    world.erase(1);
    world.keeper.touch([idOf(2)]);
    world.keeper.take([1, 2].map((n) => ({ profile: idOf(n), takenAt: NOW, reply: copyOf(1) })));
    expect([...world.rows().keys()]).toEqual([idOf(2)]);
    expect(world.keeper.state()).toMatchObject({ stale: 1, pending: 1 });
  });

  it('reads those of the index once, and begins again when most have gone', async () => {
    const world = new World(4);
    for (let n = 0; n < 40; n++) world.visit(n);
    await world.refresh();
    expect(world.keeper.state().limit).not.toBeNull();
    const [first, second, third] = [...world.rows().keys()];
    for (let n = 0; n < 40; n++) if ([first, second, third].includes(idOf(n))) world.erase(n);
    await world.refresh();
    expect(world.rows().size).toBe(1);
    expect(world.keeper.drawAgain(NOW)).toBe(true);
    expect([world.keeper.seedCursor(), world.keeper.state().limit]).toEqual(['', null]);
    world.keeper.seeded(null, world.alive.keys());
    await world.refresh();
    expect(world.rows().size).toBe(4);
    expect(world.keeper.drawAgain(NOW)).toBe(false);
  });
});

describe('samples of several jurisdictions', () => {
  const side: RulesSide = {
    rules: { segments: [{ id: 'even', rule: evenRule(), purpose: 'necessary' }], measures: [], eligibility: [] },
    offers: [],
    attributes: [{ id: 'version', name: 'v', type: 'number', labels: [], public: false, requires: 'anonymous' }],
    timeZone: 'UTC',
  };
  const program = planEstimate(side, 'even', NOW);
  const nothing = { ...program, segments: [] };
  const rpcOf = (world: World): SampleRpc => ({
    touched: async (profiles) => world.keeper.touch(profiles),
    forget: async (profiles) => world.keeper.forget(profiles),
    prepare: async () => {
      await world.refresh();
      return world.keeper.state();
    },
    count: (run) => countRun(world.keeper, run, () => 0),
  });

  it('are counted apart and add up to the sample of all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(200), { maxLength: 60 }),
        fc.integer({ min: 2, max: 40 }),
        async (numbers, k) => {
          const apart = new Map(PLACES.map((place) => [place, new World(k)]));
          const together = new World(k);
          for (const n of numbers) {
            for (let visits = 0; visits <= n % 3; visits++) {
              apart.get(jurisdictionOf(idOf(n)))?.visit(n);
              together.visit(n);
            }
          }
          await together.refresh();
          const samples = createSamples((_, place) => rpcOf(apart.get(place) as World));
          const counted = await samples.count('main' as never, {
            at: NOW,
            before: nothing,
            after: program,
            examples: 3,
          });
          const { limit } = together.keeper.state();
          const run = { at: NOW, limit, before: nothing, after: program, examples: 3 };
          const whole = await countRun(together.keeper, run, () => 0);
          expect(counted.limit).toBe(limit);
          expect(counted.movements).toEqual(whole.movements);
          expect(counted.takenAt).toHaveLength(whole.takenAt.length);
        },
      ),
      { numRuns: 40 },
    );
  });
});

function evenRule(): RulesSide['rules']['segments'][number]['rule'] {
  return {
    op: 'compare',
    is: '=',
    left: { op: 'path', climb: 0, steps: ['version'] },
    right: { op: 'literal', value: 2 },
  };
}
