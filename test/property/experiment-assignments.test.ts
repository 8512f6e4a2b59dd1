import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AssignmentSubject, assign, isCounted, reasonOf } from '../../core/experiment/assign.ts';
import {
  type Assignment,
  type Assignments,
  GLOBAL_HOLDOUT,
  HELD,
  joinAssignments,
  noteExposure,
} from '../../core/experiment/assignment.ts';
import type { Experiment } from '../../core/experiment/experiment.ts';
import { packAssignments, unpackAssignments } from '../../core/experiment/packed-assignments.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { ALL_PURPOSES_MASK } from '../../core/policy/purposes.ts';
import { experimentsOf } from '../core/experiment/experiment-example.ts';

const instant = fc.integer({ min: 0, max: 6 }).map((ms) => ms as Instant);
const variant = fc.constantFrom('a', 'b', 'c', HELD);
const one = fc.record({
  experiment: fc.constantFrom('ad', 'hero', 'top', GLOBAL_HOLDOUT),
  version: fc.integer({ min: 1, max: 2 }),
  variant,
  at: instant,
  by: fc.constantFrom('profile', 'device'),
  seen: fc.dictionary(fc.constantFrom('a', 'b', 'c'), instant, { maxKeys: 3 }).map((seen) =>
    Object.entries(seen)
      .map(([id, at]) => ({ variant: id, at }))
      .sort((x, y) => (x.variant < y.variant ? -1 : 1)),
  ),
});
const assignments: fc.Arbitrary<Assignments> = fc
  .array(one, { maxLength: 8 })
  .map((all) => all.map((each): Assignments => [each]).reduce(joinAssignments, []));

describe('joining assignments', () => {
  it('does not depend on order, grouping or repetition', () => {
    fc.assert(
      fc.property(assignments, assignments, assignments, (a, b, c) => {
        expect(joinAssignments(a, b)).toEqual(joinAssignments(b, a));
        expect(joinAssignments(joinAssignments(a, b), c)).toEqual(joinAssignments(a, joinAssignments(b, c)));
        expect(joinAssignments(a, a)).toEqual(a);
        expect(joinAssignments(joinAssignments(a, b), b)).toEqual(joinAssignments(a, b));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps one of each experiment and version, the earliest, in order', () => {
    fc.assert(
      fc.property(assignments, assignments, (a, b) => {
        const joined = joinAssignments(a, b);
        const keys = joined.map(({ experiment, version }) => `${experiment} ${version}`);
        expect(keys).toEqual([...new Set(keys)].sort());
        for (const each of [...a, ...b]) {
          const kept = joined.find((other) => other.experiment === each.experiment && other.version === each.version);
          expect(kept?.at).toBeLessThanOrEqual(each.at);
        }
      }),
    );
  });

  it('and packing lose nothing', () => {
    fc.assert(
      fc.property(assignments, (a) => {
        expect(unpackAssignments(JSON.parse(JSON.stringify(packAssignments(a))))).toEqual(a);
      }),
    );
  });
});

/** Three experiments, two of them in one layer, as operators may change them inside a version. */
const draft = fc.record({
  coverage: fc.constantFrom(0, 0.3, 1),
  weight: fc.constantFrom(0, 0.2, 0.5, 1),
  eligible: fc.boolean(),
});
const device = fc.constantFrom('d-1', 'd-2', 'd-3');
const step = fc.oneof(
  fc.record({
    kind: fc.constant('publish' as const),
    drafts: fc.tuple(draft, draft, draft),
    held: fc.constantFrom(0, 0.5),
  }),
  fc.record({ kind: fc.constant('visit' as const), device, exposed: fc.boolean() }),
  fc.record({ kind: fc.constant('login' as const), device }),
  fc.record({ kind: fc.constant('preview' as const), device, variant: fc.constantFrom('control', 'summer', 'none') }),
);

interface Drafted {
  readonly coverage: number;
  readonly weight: number;
  readonly eligible: boolean;
}

function changesOf(drafts: readonly Drafted[]): Partial<Experiment>[] {
  return drafts.map(({ coverage, weight }, i) => ({
    id: `e-${i}`,
    coverage,
    layer: i === 0 ? null : { id: 'shared', from: i === 1 ? 0 : 0.5, to: i === 1 ? 0.5 : 1 },
    variants: [
      { id: 'control', weight, value: { use: 'default' as const } },
      { id: 'summer', weight: 1 - weight, value: { use: 'nothing' as const } },
    ],
  }));
}

it('an assignment never changes inside its version and survives login, whatever is published, previewed and visited in between', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 30 }), (steps) => {
      const strands = new Map<string, Assignments>();
      const people = new Map<string, Set<string>>();
      /** Exposures that were written, by experiment. */
      const written = new Map<string, Set<string>>();
      let drafts: readonly Drafted[] = [0, 1, 2].map(() => ({ coverage: 1, weight: 0.5, eligible: true }));
      let experiments = experimentsOf(changesOf(drafts), null, (id) => Number(id.slice(2)));
      const personOf = (id: string) => [...people].find(([, devices]) => devices.has(id));
      const heldBy = (id: string) => personOf(id)?.[1] ?? new Set([id]);
      const joined = (id: string) => [...heldBy(id)].map((each) => strands.get(each) ?? []).reduce(joinAssignments, []);
      steps.forEach((each, i) => {
        const now = (100 + i) as Instant;
        if (each.kind === 'publish') {
          drafts = each.drafts;
          experiments = experimentsOf(changesOf(drafts), { share: each.held, salt: 's', version: 1 }, (id) =>
            Number(id.slice(2)),
          );
          return;
        }
        if (each.kind === 'login') {
          people.set('ada', new Set([...(people.get('ada') ?? []), each.device]));
          return;
        }
        const before = joined(each.device);
        const subject: AssignmentSubject = {
          now,
          consented: ALL_PURPOSES_MASK,
          assignments: before,
          unit: () => personOf(each.device)?.[0] ?? each.device,
          eligible: (rule) => drafts[rule]?.eligible ?? false,
          forced: each.kind === 'preview' ? new Map(experiments.all.map(({ id }) => [id, each.variant])) : null,
        };
        const assigned = assign(experiments, subject);
        expect(assign(experiments, subject)).toEqual(assigned);
        const inLayer: number[] = [];
        experiments.all.forEach((experiment, position) => {
          const stored = before.find((own) => own.experiment === experiment.id);
          const seen = experiment.variants[assigned.variants[position] ?? -1]?.id ?? null;
          const reason = reasonOf(assigned, position);
          if (reason === 'forced') {
            expect(seen).toBe(each.kind === 'preview' ? each.variant : null);
            expect(isCounted(assigned, position)).toBe(false);
            return;
          }
          if (seen !== null && position > 0) inLayer.push(position);
          if (stored && seen !== null) expect(seen).toBe(stored.variant);
          // A stored variant is withheld only by a holdout or an experiment of the layer that came first.
          if (stored && seen === null) {
            const first = before.some(
              (other) =>
                other.at <= stored.at &&
                ((other.experiment === GLOBAL_HOLDOUT && other.variant === HELD) || (other !== stored && position > 0)),
            );
            expect(first || stored.variant === HELD).toBe(true);
          }
        });
        expect(inLayer.length).toBeLessThanOrEqual(1);
        let own = joinAssignments(strands.get(each.device) ?? [], assigned.made);
        expect(assigned.made.every((made: Assignment) => made.at === now)).toBe(true);
        if (each.kind === 'visit' && each.exposed) {
          experiments.all.forEach(({ id, version }, position) => {
            if (!isCounted(assigned, position)) return;
            const noted = noteExposure(joinAssignments(joined(each.device), own), id, version, now);
            const told = noted.assignments.find((other) => other.experiment === id) as Assignment;
            if (noted.first) {
              const key = [...heldBy(each.device)].sort().join();
              const shown = written.get(key) ?? new Set();
              expect(shown.has(`${id} ${told.variant}`)).toBe(false);
              written.set(key, shown.add(`${id} ${told.variant}`));
              own = joinAssignments(own, [told]);
            }
          });
        }
        strands.set(each.device, own);
      });
    }),
    { numRuns: 300 },
  );
});
