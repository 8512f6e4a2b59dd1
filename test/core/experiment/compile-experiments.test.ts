import { describe, expect, it } from 'vitest';
import { compileExperiments, experimentProblems } from '../../../core/experiment/compile-experiments.ts';
import { experimentInputSchema, experimentSchema } from '../../../core/experiment/experiment.schema.ts';
import type { Experiment } from '../../../core/experiment/experiment.ts';
import { EXPERIMENT_PROBLEMS, type ExperimentProblemCode } from '../../../core/experiment/problem.ts';
import { limit } from '../../../core/lib/limits.ts';
import { experimentOf, NAMES } from './experiment-example.ts';

const [control, summer] = experimentOf().variants as [Experiment['variants'][0], Experiment['variants'][0]];
const metric = experimentOf().metrics[0] as Experiment['metrics'][0];

const BAD: readonly (readonly [ExperimentProblemCode, string, Partial<Experiment>])[] = [
  ['unknownVaried', '/on/id', { on: { kind: 'offer', id: 'sprung' } }],
  ['tooFewVariants', '/variants', { variants: [{ ...control, weight: 1 }] }],
  ['duplicateVariant', '/variants/1/id', { variants: [control, { ...summer, id: 'control' }] }],
  [
    'variantValue',
    '/variants/1/value/use',
    { variants: [control, { ...summer, value: { use: 'ranker', id: 'by-hand' } }] },
  ],
  [
    'variantValue',
    '/variants/0/value/use',
    {
      on: { kind: 'segment', id: 'vip' },
      variants: [
        { ...control, value: { use: 'content', content: 1 } },
        { ...summer, value: { use: 'nothing' } },
      ],
    },
  ],
  [
    'unknownVariantValue',
    '/variants/1/value/id',
    { variants: [control, { ...summer, value: { use: 'offer', id: 'sumer' } }] },
  ],
  [
    'weightRange',
    '/variants/0/weight',
    {
      variants: [
        { ...control, weight: -0.5 },
        { ...summer, weight: 1.5 },
      ],
    },
  ],
  ['weightsDoNotAddUp', '/variants', { variants: [control, { ...summer, weight: 0.4 }] }],
  ['weightsDoNotAddUp', '/variants', { variants: [control, { ...summer, weight: 0.6 }] }],
  ['coverageRange', '/coverage', { coverage: 1.01 }],
  ['coverageRange', '/coverage', { coverage: Number.NaN }],
  ['holdoutRange', '/holdout', { holdout: 1 }],
  ['layerRange', '/layer', { layer: { id: 'top', from: 0.5, to: 0.5 } }],
  ['layerRange', '/layer', { layer: { id: 'top', from: 0.5, to: 1.5 } }],
  ['unknownNamespace', '/hash/attribute', { hash: { version: 2, attribute: 'costumer' } }],
  ['unknownNamespace', '/hash/fallback', { hash: { version: 2, attribute: 'customer', fallback: 'phone' } }],
  ['duplicateMetric', '/metrics/1/id', { metrics: [metric, metric] }],
  ['unknownMetric', '/primaryMetric', { primaryMetric: 'sold' }],
  ['unknownEventType', '/metrics/0/event', { metrics: [{ ...metric, event: 'order.eaten' }] }],
  ['unknownWinner', '/winner', { status: 'stopped', winner: 'autumn' }],
  ['winnerOfUnstopped', '/winner', { winner: 'summer' }],
  ['emptyRun', '/stoppedAt', { startedAt: '2026-02-01T00:00:00Z', stoppedAt: '2026-01-01T00:00:00Z' }],
];

const LAYERS = [
  experimentOf({ id: 'one', layer: { id: 'top', from: 0, to: 0.5 } }),
  experimentOf({ id: 'two', layer: { id: 'top', from: 0.4, to: 1 }, hash: { version: 2, attribute: 'device' } }),
];

describe('a problem', () => {
  it.each(BAD)('%s is told at %s', (code, pointer, change) => {
    const problems = experimentProblems([experimentOf(change)], NAMES);
    expect(problems.map((each) => [each.kind, each.id, each.code, each.pointer])).toContainEqual([
      'experiment',
      'hero-test',
      code,
      pointer,
    ]);
    for (const { detail } of problems) expect(detail).toMatch(/^[A-Z"].*[.?]$/s);
  });

  it('of a layer is told at each experiment that has a part in it', () => {
    const problems = experimentProblems(LAYERS, NAMES).map(({ id, code, pointer }) => [id, code, pointer]);
    expect(problems).toEqual([
      ['two', 'layerOverlap', '/layer'],
      ['one', 'layerOverlap', '/layer'],
      ['two', 'layerAttribute', '/hash/attribute'],
    ]);
  });

  it('of number is told once', () => {
    const many = Array.from({ length: limit('experimentsPerRuleset') + 5 }, (_, i) => experimentOf({ id: `e-${i}` }));
    expect(experimentProblems(many, NAMES).map(({ id, code }) => [id, code])).toEqual([
      [`e-${limit('experimentsPerRuleset')}`, 'tooManyExperiments'],
    ]);
  });

  it('of every kind has a test here', () => {
    const told = [
      ...BAD.map(([code]) => code),
      ...experimentProblems(LAYERS, NAMES).map(({ code }) => code),
      'tooManyExperiments',
    ];
    expect(new Set(told)).toEqual(new Set(Object.keys(EXPERIMENT_PROBLEMS)));
  });
});

it('all problems come at once', () => {
  const broken = experimentOf({
    coverage: 2,
    holdout: -1,
    primaryMetric: 'x',
    on: { kind: 'placement', id: 'nowhere' },
    variants: [control, control, control],
  });
  const made = compileExperiments([broken, ...LAYERS], null, NAMES, () => null);
  expect(made.ok).toBe(false);
  const codes = made.ok ? [] : made.error.map(({ code }) => code);
  expect(codes).toEqual(
    expect.arrayContaining([
      'unknownVaried',
      'duplicateVariant',
      'weightsDoNotAddUp',
      'coverageRange',
      'holdoutRange',
      'unknownMetric',
      'layerOverlap',
    ]),
  );
});

it.each([
  [
    'ranges that touch',
    LAYERS.map((each, i) => ({
      ...each,
      hash: { version: 2 as const, attribute: 'profile' },
      layer: { id: 'top', from: i / 2, to: (i + 1) / 2 },
    })),
  ],
  [
    'thirds',
    [experimentOf({ variants: ['a', 'b', 'c'].map((id) => ({ id, weight: 1 / 3, value: { use: 'default' } })) })],
  ],
  [
    'a stopped experiment in the layer of another',
    [{ ...(LAYERS[0] as Experiment), status: 'stopped' as const }, { ...(LAYERS[1] as Experiment) }],
  ],
  [
    'a variant without weight',
    [
      experimentOf({
        variants: [
          { ...control, weight: 1 },
          { ...summer, weight: 0 },
        ],
      }),
    ],
  ],
])('%s are no problem', (_, experiments) => {
  expect(experimentProblems(experiments, NAMES)).toEqual([]);
});

it('drafts are checked and left out; the others come by id, with what assignment reads', () => {
  const experiments = [
    experimentOf({
      id: 'z',
      startedAt: '2026-01-01T00:00:00Z',
      hash: { key: 'old-seed', version: 1, attribute: 'customer', fallback: 'device' },
    }),
    experimentOf({ id: 'a', status: 'stopped', winner: 'summer' }),
    experimentOf({ id: 'm', status: 'draft' }),
  ];
  const made = compileExperiments(experiments, { share: 0, salt: 's', version: 1 }, NAMES, (id) =>
    id === 'z' ? 7 : null,
  );
  if (!made.ok) throw new Error('refused');
  expect(made.value.holdout).toBeNull();
  expect(made.value.experiments.map(({ id }) => id)).toEqual(['a', 'z']);
  expect(made.value.experiments[0]).toMatchObject({
    winner: 1,
    rule: null,
    hash: { key: 'a', version: 2 },
    status: 'stopped',
  });
  expect(made.value.experiments[1]).toMatchObject({
    winner: null,
    rule: 7,
    hash: { key: 'old-seed', version: 1 },
    startedAt: Date.UTC(2026, 0, 1),
    stoppedAt: null,
  });
  expect(JSON.parse(JSON.stringify(made.value))).toEqual(made.value);
});

describe('the schema', () => {
  const least = {
    id: 'hero-test',
    name: 'Hero',
    on: { kind: 'placement', id: 'hero' },
    variants: [
      { id: 'a', weight: 0.5 },
      { id: 'b', weight: 0.5 },
    ],
  };

  it('fills in what most experiments have', () => {
    expect(experimentSchema.parse(least)).toEqual({
      ...least,
      status: 'draft',
      variants: least.variants.map((each) => ({ ...each, value: { use: 'default' } })),
      coverage: 1,
      layer: null,
      holdout: 0,
      exemptFromGlobalHoldout: false,
      hash: { version: 2, attribute: 'profile' },
      version: 1,
      purpose: 'personalization',
      metrics: [],
      primaryMetric: null,
    });
  });

  it('gives the type that compiles', () => {
    const parsed: Experiment = experimentSchema.parse({
      ...least,
      layer: { id: 'top', from: 0, to: 1 },
      winner: 'a',
      stoppedAt: '2026-01-01T00:00:00Z',
    }) as Experiment;
    expect(experimentProblems([parsed], NAMES).map(({ code }) => code)).toEqual(['winnerOfUnstopped']);
  });

  it('takes a rule as text where it is put', () => {
    expect(experimentInputSchema.safeParse({ ...least, eligibility: 'country = "KR"' }).success).toBe(true);
    expect(experimentSchema.safeParse({ ...least, eligibility: 'country = "KR"' }).success).toBe(false);
  });

  it.each([
    [{ id: 'Hero Test' }],
    [{ extra: 1 }],
    [{ variants: [] }],
    [{ variants: new Array(limit('variantsPerExperiment') + 1).fill({ id: 'a', weight: 0 }) }],
    [{ variants: [{ id: '~held', weight: 1 }] }],
    [{ variants: [{ id: 'a', weight: '1' }] }],
    [{ variants: [{ id: 'a', weight: 1, value: { use: 'offer' } }] }],
    [{ variants: [{ id: 'a', weight: 1, value: { use: 'offer', id: 'x', content: 1 } }] }],
    [{ hash: { version: 3 } }],
    [{ version: 0 }],
    [{ version: 1.5 }],
    [{ coverage: null }],
    [{ startedAt: 'yesterday' }],
    [{ status: 'paused' }],
    [{ on: { kind: 'email', id: 'x' } }],
  ])('refuses %j', (change) => {
    expect(experimentSchema.safeParse({ ...least, ...change }).success).toBe(false);
  });
});
