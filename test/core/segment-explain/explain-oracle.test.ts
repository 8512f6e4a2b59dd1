import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Instant } from '../../../core/lib/ids.ts';
import { ALL_PURPOSES_MASK } from '../../../core/policy/purposes.ts';
import { compileExplanation } from '../../../core/segment/explain/compile-explanation.ts';
import { runExplanation } from '../../../core/segment/explain/run-explanation.ts';
import type { NamedRule } from '../../../core/segment/explain/split-rule.ts';
import type { Expression } from '../../../core/segment/language/expression.ts';
import type { LogEvent } from '../../../core/segment/runtime/log/log.ts';
import { evaluateAt, flipsUntil } from '../../oracle/changes.ts';
import type { OracleEvent } from '../../oracle/value.ts';
import * as arbitrary from '../../property/segment-engine-arbitraries.ts';
import { compileWorld, oracleInput, settled, storable, type World } from '../../property/segment-engine-harness.ts';

const CASES = process.env.SELVEDGE_NIGHTLY ? 5_000 : 40;
const seed = process.env.SELVEDGE_SEED;
const HORIZON = 12 * 86_400_000;

const world: fc.Arbitrary<World> = fc.record({
  segments: fc
    .tuple(arbitrary.rule([]), arbitrary.rule(['s0']), arbitrary.rule(['s0', 's1']))
    .map(([s0, s1, s2]) => ({ s0, s1, s2 })),
  measures: arbitrary.measures,
  attributes: fc.constantFrom(null, arbitrary.DECLARED),
  timeZone: arbitrary.timeZone,
  scores: fc.constant({}),
});

it('says of every condition of a random rule what the oracle says, and when the rule changes', () => {
  const history = fc.array(arbitrary.event, { maxLength: 10, size: 'max' }) as fc.Arbitrary<OracleEvent[]>;
  let conditions = 0;
  fc.assert(
    fc.property(world, arbitrary.profile, history, arbitrary.nowInstant, (given, attributes, events, now) => {
      const compiled = compileWorld(given, now);
      const profile = { attributes: storable(given, attributes), events };
      const named = (trees: ReadonlyMap<string, Expression>) =>
        new Map([...trees].map(([id, tree]): [string, NamedRule] => [id, { tree, purpose: 'necessary' }]));
      const book = { segments: named(compiled.trees.segments), measures: named(compiled.trees.measures) };
      for (const [id, rule] of book.segments) {
        const explanation = compileExplanation({
          rule,
          book,
          attributes:
            given.attributes && new Map([...given.attributes].map(([name, type]) => [name, { type, labels: [] }])),
          models: null,
          timeZone: given.timeZone,
          now: now as Instant,
        });
        if (!explanation.ok) throw new Error(explanation.error.map(({ detail }) => detail).join(' '));
        const { nodes, plan } = explanation.value;
        const log = settled(events).map((event) => ({ ...event, strand: 0, purposes: ALL_PURPOSES_MASK }) as LogEvent);
        const subject = {
          attribute: (name: string) => (Object.hasOwn(profile.attributes, name) ? profile.attributes[name] : undefined),
          withdrawn: () => 0,
          score: () => undefined,
        };
        const found = runExplanation(plan, log, subject, {
          from: now as Instant,
          now: now as Instant,
          horizonMs: HORIZON,
        });
        const input = oracleInput(compiled, id, profile);
        for (const [i, node] of nodes.entries()) {
          if (node.kind !== 'condition') continue;
          conditions++;
          const expected = evaluateAt({ ...input, rule: node.alone }, now);
          expect(found.nodes[i]?.truth, `${id} node ${i}: ${JSON.stringify(node.alone)}`).toBe(expected);
        }
        const [flip] = flipsUntil(input, now, now + HORIZON);
        if (found.lookedUntil >= (flip ?? now + HORIZON)) expect(found.nextFlip, id).toBe(flip ?? null);
        const next = found.nodes[0]?.nextChange;
        if (next != null) expect(evaluateAt(input, next)).not.toBe(evaluateAt(input, next - 1));
      }
    }),
    { numRuns: CASES, ...(seed === undefined ? {} : { seed: Number(seed) }) },
  );
  expect(conditions).toBeGreaterThan(CASES);
}, 120_000);
