import type { CompiledOffer, CompiledPlacement } from '../../core/decision/compiled.ts';
import { decidePlacements } from '../../core/decision/decide.ts';
import type { DecisionRules } from '../../core/decision/decision-rules.ts';
import type { DecisionSubject } from '../../core/decision/decision-subject.ts';
import type { Proposition } from '../../core/decision/proposition.ts';
import type { CompiledExperiment } from '../../core/experiment/compiled-experiment.ts';
import { loadExperiments } from '../../core/experiment/loaded-experiments.ts';
import type { Instant, Sequence } from '../../core/lib/ids.ts';
import { ALL_PURPOSES_MASK } from '../../core/policy/purposes.ts';
import { compileProgram } from '../../core/segment/compile/compile-program.ts';
import { createEngine } from '../../core/segment/runtime/engine.ts';
import { Evaluator } from '../../core/segment/runtime/evaluator.ts';
import { createLog } from '../../core/segment/runtime/log/log.ts';
import type { Program } from '../../core/segment/runtime/program.ts';
import { createResident } from '../../core/segment/runtime/resident.ts';
import { ATTRIBUTES } from '../engine/workload/profile.ts';
import { textOfProfileRule } from '../engine/workload/rule-text.ts';
import type { CaseName, DecisionSide } from './side.ts';
import { type BenchOffer, type DecisionWorkload, PLACEMENTS } from './workload.ts';

const TYPES = { choice: 'string', text: 'string', number: 'number', flag: 'boolean' } as const;
const NOW = Date.UTC(2026, 10, 22) as Instant;

const SOMEBODY = { now: NOW, state: 'anonymous', consented: ALL_PURPOSES_MASK } as const;

/** A live ruleset, and a visitor whose rules are kept right; `stateless`: they are evaluated anew for each answer. */
export function selvedgeSide(workload: DecisionWorkload, name: CaseName, withReceipt: boolean): DecisionSide {
  const { offers, unit, profile, changes } = workload;
  const { program, positions } = compileRules(offers);
  const engine = createEngine(program);
  const rules = rulesOf(offers, positions);
  const own: Record<string, string | number | boolean> = { ...profile };
  const person = { attribute: (attribute: string) => own[attribute], withdrawn: () => 0, score: () => undefined };
  const log = createLog(program.log, 0);
  const resident = createResident(engine, log, person, NOW);
  const evaluator = new Evaluator(engine);
  const asked = Array.from({ length: PLACEMENTS }, (_, placement) => `placement-${placement}`);
  const options = {
    requestId: 'bench',
    ...(withReceipt && { receipt: { sequence: 1 as Sequence, profile: null } }),
  };
  const noFlip = () => undefined;
  const first = decidePlacements(rules, { ...SOMEBODY, members: resident.members, unit }, asked, options);
  // Variants are drawn once for a person and kept with them.
  const assignments = name === 'stateless' ? [] : first.assignments;

  return {
    answer: (i) => {
      let { members } = resident;
      if (name === 'stateless') members = evaluator.evaluate(log, person, NOW);
      if (name === 'changed') {
        const change = changes[i % changes.length] ?? {};
        Object.assign(own, change);
        resident.attributesChanged(Object.keys(change), noFlip);
      }
      const subject: DecisionSubject = { ...SOMEBODY, members, unit, assignments };
      return decidePlacements(rules, subject, asked, options).propositions.map(told);
    },
  };
}

/** The page's own code reads what was decided. */
function told({ content }: Proposition): string | null {
  return content as string | null;
}

function compileRules(offers: readonly BenchOffer[]): {
  readonly program: Program;
  readonly positions: ReadonlyMap<string, number>;
} {
  const compiled = compileProgram({
    segments: offers.map(({ id, rule }) => ({ id, rule: textOfProfileRule(rule), purpose: 'necessary' })),
    measures: [],
    attributes: new Map(ATTRIBUTES.map((attribute) => [attribute.name, { type: TYPES[attribute.kind], labels: [] }])),
    models: null,
    timeZone: 'UTC',
    now: 0 as Instant,
  });
  if (!compiled.ok) throw new Error(compiled.error.map(({ detail }) => detail).join('\n'));
  // As it comes from the store.
  const program = JSON.parse(JSON.stringify(compiled.value.program)) as Program;
  return { program, positions: new Map(program.segments.map(({ id }, position) => [id, position])) };
}

function rulesOf(offers: readonly BenchOffer[], positions: ReadonlyMap<string, number>): DecisionRules {
  const tested = offers.filter(({ experiment }) => experiment !== null);
  return {
    placements: new Map(
      Array.from({ length: PLACEMENTS }, (_, i): [string, CompiledPlacement] => {
        const id = `placement-${i}`;
        return [id, { id, name: id, kind: 'json', caps: [], fallback: { value: null } }];
      }),
    ),
    offers: new Map(
      offers.map(({ id, placement }, i): [string, CompiledOffer] => [
        id,
        {
          id,
          name: id,
          placements: [`placement-${placement}`],
          priority: offers.length - i,
          purpose: 'personalization',
          requires: 'anonymous',
          rule: positions.get(id) as number,
          from: null,
          until: null,
          caps: [],
          suppression: [],
          contents: { json: { '': { value: id } } },
        },
      ]),
    ),
    experiments: loadExperiments({ format: 1, holdout: null, experiments: tested.map(testOf) }),
    effects: new Map(
      tested.map(({ id, experiment }) => [
        experiment as string,
        { experiment: experiment as string, contents: { other: { json: { '': { value: `${id} other` } } } } },
      ]),
    ),
  };
}

function testOf({ id, experiment }: BenchOffer): CompiledExperiment {
  return {
    id: experiment as string,
    status: 'running',
    on: { kind: 'offer', id },
    variants: [
      { id: 'control', weight: 0.5, value: { use: 'default' } },
      { id: 'other', weight: 0.5, value: { use: 'content', content: `${id} other` } },
    ],
    coverage: 1,
    layer: null,
    holdout: 0,
    exemptFromGlobalHoldout: false,
    version: 1,
    purpose: 'personalization',
    metrics: [],
    rule: null,
    hash: { key: experiment as string, version: 2, attribute: 'profile' },
    primaryMetric: null,
    startedAt: null,
    stoppedAt: null,
    winner: null,
  };
}
