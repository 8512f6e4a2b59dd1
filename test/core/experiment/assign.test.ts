import { describe, expect, it } from 'vitest';
import { type AssignmentSubject, assign, isCounted, reasonOf } from '../../../core/experiment/assign.ts';
import { type Assignment, GLOBAL_HOLDOUT, HELD, joinAssignments, OPEN } from '../../../core/experiment/assignment.ts';
import { bucketOf, bucketRanges, chooseVariation } from '../../../core/experiment/bucketing.ts';
import type { Experiment } from '../../../core/experiment/experiment.ts';
import type { Experiments } from '../../../core/experiment/loaded-experiments.ts';
import type { Instant } from '../../../core/lib/ids.ts';
import { ALL_PURPOSES_MASK, NECESSARY_MASK } from '../../../core/policy/purposes.ts';
import { experimentOf, experimentsOf } from './experiment-example.ts';

const NOW = Date.UTC(2026, 5, 1) as Instant;

function personOf(id: string, change: Partial<AssignmentSubject> = {}): AssignmentSubject {
  return {
    now: NOW,
    consented: ALL_PURPOSES_MASK,
    assignments: [],
    unit: (attribute) => (attribute === 'profile' ? id : null),
    eligible: () => true,
    forced: null,
    ...change,
  };
}

function stored(change: Partial<Assignment> = {}): Assignment {
  return {
    experiment: 'hero-test',
    version: 1,
    variant: 'summer',
    at: 5 as Instant,
    by: 'profile',
    seen: [],
    ...change,
  };
}

/** Variant and reason of the first experiment. */
function outcome(experiments: Experiments, subject: AssignmentSubject) {
  const assigned = assign(experiments, subject);
  const variant = assigned.variants[0] as number;
  return {
    variant: variant < 0 ? null : experiments.all[0]?.variants[variant]?.id,
    reason: reasonOf(assigned, 0),
    made: assigned.made,
    counted: isCounted(assigned, 0),
  };
}

const people = (n: number) => Array.from({ length: n }, (_, i) => `person-${i}`);
const HALF: Partial<Experiment>[] = [{ coverage: 0.5 }];

describe('who has nothing yet', () => {
  it("gets the variant of GrowthBook's bucketing, to be stored with its instant and what was hashed", () => {
    const experiments = experimentsOf([{ hash: { key: 'seed', version: 2, attribute: 'profile' } }]);
    const ranges = bucketRanges(2, 1, [0.5, 0.5]);
    for (const id of people(200)) {
      const expected = chooseVariation(bucketOf('seed', id, 2) as number, ranges);
      const assigned = assign(experiments, personOf(id));
      expect(assigned.variants[0]).toBe(expected);
      expect(assigned.made).toEqual([stored({ variant: expected === 0 ? 'control' : 'summer', at: NOW })]);
      expect(reasonOf(assigned, 0)).toBe('assigned');
      expect(isCounted(assigned, 0)).toBe(true);
    }
  });

  it('is hashed by the id that the experiment names, else by its fallback', () => {
    const experiments = experimentsOf([{ hash: { key: 'k', version: 1, attribute: 'customer', fallback: 'device' } }]);
    const known = outcome(
      experiments,
      personOf('p', { unit: (of) => ({ customer: 'ada', device: 'd1' })[of] ?? null }),
    );
    expect(known.made[0]?.by).toBe('customer');
    const anonymous = outcome(experiments, personOf('p', { unit: (of) => (of === 'device' ? 'd1' : '') }));
    expect(anonymous.made[0]?.by).toBe('device');
    for (const none of [null, '']) {
      expect(outcome(experiments, personOf('p', { unit: () => none })).reason).toBe('noUnit');
    }
  });

  it.each([
    ['consent', [{}], { consented: NECESSARY_MASK }],
    ['notRunning', [{ status: 'stopped' as const }], {}],
    ['notRunning', [{ startedAt: '2026-06-01T00:00:01Z' }], {}],
    ['notRunning', [{ stoppedAt: '2026-06-01T00:00:00Z' }], {}],
    ['notAllocated', [{ coverage: 0 }], {}],
    ['layer', [{ layer: { id: 'top', from: 0, to: 0.0001 } }], {}],
  ] as const)('gets nothing for the reason %s, and nothing is stored', (reason, changes, change) => {
    const { made, ...rest } = outcome(experimentsOf(changes), personOf('person-1', change));
    expect(rest).toEqual({ variant: null, reason, counted: false });
    expect(made).toEqual([]);
  });

  it('is asked for only where the rule is true', () => {
    const experiments = experimentsOf([{}], null, () => 3);
    expect(outcome(experiments, personOf('a', { eligible: (rule) => rule !== 3 })).reason).toBe('notEligible');
    expect(outcome(experiments, personOf('a', { eligible: (rule) => rule === 3 })).reason).toBe('assigned');
  });

  it('is divided anew by a new version, independently of the last', () => {
    const [one, two] = [experimentsOf([{}]), experimentsOf([{ version: 2 }])];
    const moved = people(2000).filter(
      (id) => outcome(one, personOf(id)).variant !== outcome(two, personOf(id)).variant,
    );
    expect(moved.length).toBeGreaterThan(900);
    expect(moved.length).toBeLessThan(1100);
  });
});

describe('who was assigned before', () => {
  it('keeps the variant, whatever hash, weights, targeting, coverage and layer say now', () => {
    const changed: Partial<Experiment>[] = [
      {
        coverage: 0,
        layer: { id: 'top', from: 0.9999, to: 1 },
        variants: experimentOf().variants.map((each, i) => ({ ...each, weight: i === 0 ? 1 : 0 })),
      },
    ];
    const experiments = experimentsOf(changed, null, () => 0);
    for (const id of people(50)) {
      const { made, ...rest } = outcome(experiments, personOf(id, { assignments: [stored()], eligible: () => false }));
      expect(rest).toEqual({ variant: 'summer', reason: 'sticky', counted: true });
      expect(made).toEqual([]);
    }
  });

  it('loses it only to consent, and has it again afterwards', () => {
    const experiments = experimentsOf([{}]);
    const person = personOf('a', { assignments: [stored()] });
    expect(outcome(experiments, { ...person, consented: NECESSARY_MASK })).toMatchObject({
      variant: null,
      reason: 'consent',
    });
    expect(outcome(experiments, person).variant).toBe('summer');
  });

  it('in another version is assigned anew', () => {
    const person = personOf('a', { assignments: [stored({ version: 1 })] });
    expect(outcome(experimentsOf([{ version: 2 }]), person)).toMatchObject({ reason: 'assigned' });
  });

  it('to a variant that is gone gets nothing', () => {
    const person = personOf('a', { assignments: [stored({ variant: 'winter' })] });
    expect(outcome(experimentsOf([{}]), person)).toMatchObject({ variant: null, reason: 'variantGone', made: [] });
  });
});

describe('a forced variant', () => {
  it('wins over everything, counts for nothing and is not stored', () => {
    const experiments = experimentsOf([{ coverage: 0 }], { share: 1, salt: 's', version: 1 });
    const forced = new Map([['hero-test', 'summer']]);
    const person = personOf('a', { forced, consented: NECESSARY_MASK, assignments: [stored({ variant: 'control' })] });
    expect(outcome(experiments, person)).toEqual({ variant: 'summer', reason: 'forced', made: [], counted: false });
  });

  it('that does not exist changes nothing', () => {
    const person = personOf('a', {
      forced: new Map([
        ['hero-test', 'nope'],
        ['other', 'x'],
      ]),
    });
    expect(outcome(experimentsOf([{}]), person).reason).toBe('assigned');
  });
});

describe('a stopped experiment', () => {
  it('gives its winner to everybody who qualifies, uncounted and unstored, also to those who had another variant', () => {
    const experiments = experimentsOf([{ status: 'stopped', winner: 'summer', coverage: 0.01 }], null, () => 0);
    for (const id of people(20)) {
      const person = personOf(id, { assignments: [stored({ variant: 'control' })] });
      expect(outcome(experiments, person)).toEqual({
        variant: 'summer',
        reason: 'rolledOut',
        made: [],
        counted: false,
      });
      expect(outcome(experiments, { ...person, eligible: () => false }).reason).toBe('notEligible');
    }
  });

  it('keeps out whom it kept out', () => {
    const running = experimentsOf([{ holdout: 0.3 }]);
    const over = experimentsOf([{ holdout: 0.3, status: 'stopped', winner: 'summer' }]);
    let held = 0;
    for (const id of people(300)) {
      const { made, reason } = outcome(running, personOf(id));
      expect(outcome(over, personOf(id, { assignments: made })).reason).toBe(
        reason === 'holdout' ? 'holdout' : 'rolledOut',
      );
      expect(outcome(over, personOf(id)).reason).toBe(reason === 'holdout' ? 'holdout' : 'rolledOut');
      if (reason === 'holdout') held++;
    }
    expect(held).toBeGreaterThan(60);
    expect(held).toBeLessThan(120);
  });
});

describe('the holdout of an experiment', () => {
  it('is told and stored, so that it can be compared', () => {
    const experiments = experimentsOf([{ holdout: 0.999 }]);
    const { made, reason, variant } = outcome(experiments, personOf('person-1'));
    expect({ reason, variant }).toEqual({ reason: 'holdout', variant: null });
    expect(made).toEqual([stored({ variant: HELD, at: NOW })]);
    const later = experimentsOf([{ holdout: 0 }]);
    expect(outcome(later, personOf('person-1', { assignments: made }))).toMatchObject({ reason: 'holdout', made: [] });
  });

  it('takes from all variants alike', () => {
    const [open, halved] = [experimentsOf([{}]), experimentsOf([{ holdout: 0.5 }])];
    const left = { control: 0, summer: 0 };
    for (const id of people(2000)) {
      if (outcome(halved, personOf(id)).reason === 'assigned')
        left[outcome(open, personOf(id)).variant as keyof typeof left]++;
    }
    for (const variant of ['control', 'summer'] as const) {
      expect(left[variant]).toBeGreaterThan(430);
      expect(left[variant]).toBeLessThan(570);
    }
  });
});

describe('the holdout of the space', () => {
  const holdout = { share: 0.2, salt: 'main', version: 1 };

  it('keeps its share of people out of all experiments that are not exempt', () => {
    const experiments = experimentsOf([{ id: 'a' }, { id: 'b', exemptFromGlobalHoldout: true }, { id: 'c' }], holdout);
    let held = 0;
    for (const id of people(2000)) {
      const assigned = assign(experiments, personOf(id));
      const reasons = [0, 1, 2].map((position) => reasonOf(assigned, position));
      expect(reasons[1]).toBe('assigned');
      expect(reasons[0]).toBe(reasons[2]);
      const told = assigned.made.at(-1);
      expect([told?.experiment, told?.variant]).toEqual([GLOBAL_HOLDOUT, reasons[0] === 'globalHoldout' ? HELD : OPEN]);
      if (reasons[0] === 'globalHoldout') held++;
    }
    expect(held).toBeGreaterThan(330);
    expect(held).toBeLessThan(470);
  });

  it('stays as it was told, when its share changes and after a login', () => {
    const [before, after] = [experimentsOf([{}], holdout), experimentsOf([{}], { ...holdout, share: 0.9 })];
    for (const id of people(100)) {
      const first = outcome(before, personOf(id));
      const again = outcome(after, personOf(`known ${id}`, { assignments: first.made }));
      expect(again.variant).toBe(first.variant);
    }
  });

  it('does not take away what somebody had before it began', () => {
    const experiments = experimentsOf([{}], { ...holdout, share: 1 });
    const held = stored({ experiment: GLOBAL_HOLDOUT, variant: HELD, at: 9 as Instant });
    expect(outcome(experiments, personOf('a', { assignments: [stored({ at: 5 as Instant }), held] })).reason).toBe(
      'sticky',
    );
    expect(outcome(experiments, personOf('a', { assignments: [stored({ at: 9 as Instant }), held] })).reason).toBe(
      'globalHoldout',
    );
  });

  it('told before is not told again, and holds from then on', () => {
    const experiments = experimentsOf([{ id: 'a' }, { id: 'b' }], { ...holdout, share: 0.0001 });
    const held = stored({ experiment: GLOBAL_HOLDOUT, variant: HELD, at: 5 as Instant });
    const person = personOf('a', { assignments: [stored({ experiment: 'b', at: 9 as Instant }), held] });
    const assigned = assign(experiments, person);
    expect([0, 1].map((position) => reasonOf(assigned, position))).toEqual(['globalHoldout', 'globalHoldout']);
    expect(assigned.made).toEqual([]);
  });

  it('is told only to people who would take part in something', () => {
    expect(
      outcome(
        experimentsOf(
          HALF.map((each) => ({ ...each, coverage: 0 })),
          holdout,
        ),
        personOf('a'),
      ).made,
    ).toEqual([]);
  });

  it('keeps people out of winners too', () => {
    const experiments = experimentsOf([{ status: 'stopped', winner: 'summer' }], { ...holdout, share: 1 });
    expect(outcome(experiments, personOf('a'))).toMatchObject({ variant: null, reason: 'globalHoldout', made: [] });
  });
});

describe('a layer', () => {
  const layered = [0, 1, 2, 3].map((i) => ({ id: `e-${i}`, layer: { id: 'top', from: i / 4, to: (i + 1) / 4 } }));
  const experiments = experimentsOf(layered);
  const inside = (subject: AssignmentSubject) =>
    [...assign(experiments, subject).variants].filter((variant) => variant >= 0).length;

  it('puts everybody into exactly one of the experiments that fill it', () => {
    for (const id of people(500)) expect(inside(personOf(id))).toBe(1);
  });

  it('keeps a person in the earliest of those that strands brought along', () => {
    const brought = [stored({ experiment: 'e-0', at: 8 as Instant }), stored({ experiment: 'e-2', at: 6 as Instant })];
    for (const id of people(100)) {
      const assigned = assign(experiments, personOf(id, { assignments: brought }));
      expect([0, 1, 2, 3].map((position) => reasonOf(assigned, position))).toEqual([
        'layer',
        'layer',
        'sticky',
        'layer',
      ]);
      expect(assigned.made).toEqual([]);
    }
  });

  it('is free for exempt experiments when the one that the person was in is withheld by the holdout', () => {
    const exempt = experimentsOf(
      layered.map((each) => ({ ...each, exemptFromGlobalHoldout: each.id !== 'e-2' })),
      { share: 0.5, salt: 's', version: 1 },
    );
    const brought = [
      stored({ experiment: 'e-2', at: 9 as Instant }),
      stored({ experiment: GLOBAL_HOLDOUT, variant: HELD, at: 5 as Instant }),
    ];
    const taken = people(400).filter((id) => {
      const assigned = assign(exempt, personOf(id, { assignments: brought }));
      expect(reasonOf(assigned, 2)).toBe('globalHoldout');
      return [...assigned.variants].some((variant) => variant >= 0);
    });
    expect(taken.length).toBeGreaterThan(250);
  });

  it('is free again when that experiment is over', () => {
    const over = experimentsOf(
      layered.map((each) => (each.id === 'e-2' ? { ...each, status: 'stopped' as const } : each)),
    );
    const taken = people(400).filter((id) => {
      const assigned = assign(over, personOf(id, { assignments: [stored({ experiment: 'e-2' })] }));
      return [...assigned.variants].some((variant) => variant >= 0);
    });
    expect(taken.length).toBeGreaterThan(250);
    expect(taken.length).toBeLessThan(350);
  });
});

it('a login keeps the first assignment of the two strands', () => {
  const experiments = experimentsOf([{}]);
  const phone = [stored({ variant: 'summer', at: 10 as Instant, by: 'profile' })];
  const desk = [stored({ variant: 'control', at: 20 as Instant, by: 'profile' })];
  const person = personOf('known', { assignments: joinAssignments(desk, phone) });
  expect(outcome(experiments, person)).toMatchObject({ variant: 'summer', reason: 'sticky' });
});
