import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLocal } from '../../client-sdk/src/local.ts';
import type { JsonObject } from '../../core/lib/json.ts';
import { ALL_PURPOSES_MASK, type ConsentChoices, withdrawnMask } from '../../core/policy/purposes.ts';
import { compileRuleset } from '../../core/ruleset/compile.ts';
import type { CompiledParts } from '../../core/ruleset/manifest.ts';
import { readRule } from '../../core/ruleset/rule-form.ts';
import { createEngine } from '../../core/segment/runtime/engine.ts';
import { Evaluator } from '../../core/segment/runtime/evaluator.ts';
import { createLog, insertEvent } from '../../core/segment/runtime/log/log.ts';
import { attribute, measure, NOW, SPACE, segment, sources } from '../core/ruleset/ruleset-fixture.ts';
import type { OracleEvent } from '../oracle/value.ts';
import { DECLARED, event, nowInstant, profile, rule, tightEvent, tightRule } from './segment-engine-arbitraries.ts';
import { settled, storable } from './segment-engine-harness.ts';

const seed = process.env.SELVEDGE_SEED;
const settings = { numRuns: 100, ...(seed !== undefined && { seed: Number(seed) }) };
const TIMEOUT_MS = 120_000;

/** Purposes of the segments in turn: what is built on another one is mostly of the same. */
const PURPOSES = ['personalization', 'personalization', 'analytics', 'personalization'] as const;
const MEASURES = [
  measure('views', 'xEvent[eventType = "view"].count()', { public: true }),
  measure('spent', 'xEvent[eventType = "order"].sum(n)', { public: true }),
];
/** Stands for measures, and for a segment that others are built on without being marked itself. */
const FIXED = { f0: 'views >= 2', f1: 'spent > 2 or inSegment("s0")', f2: 'not inSegment("f0") and inSegment("s1")' };

/** Publishes what can be published, with the mark wherever it is not refused: as an operator would who tries. */
function publish(texts: Readonly<Record<string, string>>, unmarked: ReadonlySet<string>): CompiledParts {
  const rules = new Map(Object.entries(texts).filter(([, text]) => readRule(text).ok));
  const refused = new Set(unmarked);
  for (;;) {
    const compiled = compileRuleset(
      SPACE,
      sources({
        attribute: [...DECLARED].map(([id, type]) => attribute({ id, name: id, type, public: true })),
        measure: MEASURES,
        segment: [...rules].map(([id, text], i) =>
          segment(id, text, {
            purpose: PURPOSES[i % PURPOSES.length],
            ...(refused.has(id) ? {} : { inBrowser: true }),
          }),
        ),
        offer: [],
      }),
      NOW,
    );
    if (compiled.ok) return compiled.value;
    for (const { id, pointer } of compiled.error) {
      if (pointer === '/inBrowser') refused.add(id);
      else rules.delete(id);
    }
  }
}

const tried = { marked: 0, members: 0 };

function check(
  texts: Readonly<Record<string, string>>,
  unmarked: readonly string[],
  given: JsonObject,
  events: readonly OracleEvent[],
  consent: ConsentChoices,
  now: number,
) {
  const { program, browserRules } = JSON.parse(JSON.stringify(publish(texts, new Set(unmarked)))) as CompiledParts;
  if (!browserRules) return;
  const attributes = storable({ segments: {}, measures: {}, attributes: DECLARED, timeZone: 'UTC', scores: {} }, given);
  const happened = settled(events).map(({ data, context, ...rest }) => ({
    ...rest,
    data: data as JsonObject,
    context: context as JsonObject,
  }));
  const log = createLog(program.program.log);
  for (const each of happened) insertEvent(log, { ...each, strand: 0, purposes: ALL_PURPOSES_MASK });
  const members = new Evaluator(createEngine(program.program)).evaluate(
    log,
    { attribute: (name) => attributes[name], withdrawn: () => withdrawnMask(consent), score: () => undefined },
    now,
  );
  const marked = browserRules.program.segments.flatMap(({ id }) => (id === '' ? [] : [id]));
  const edge = program.segmentInfo.flatMap(({ id }, i) => (members[i] && marked.includes(id) ? [id] : []));
  const local = [...createLocal(browserRules.program).members({ attributes, events: happened, consent }, now)];
  expect(local).toEqual(edge);
  expect(marked.filter((id) => unmarked.includes(id))).toEqual([]);
  tried.marked += marked.length;
  tried.members += local.length;
}

test.each([
  ['few kinds of events that often meet', tightRule, tightEvent],
  ['anything', rule, event],
] as const)(
  'what is marked for browsers has the members there that it has at the edge: %s',
  (_, ruleOf, eventOf) => {
    fc.assert(
      fc.property(
        fc
          .tuple(ruleOf([]), ruleOf(['s0']), ruleOf(['s0', 's1']), ruleOf(['s0', 's1', 's2']))
          .map((texts) => ({ ...Object.fromEntries(texts.map((text, i) => [`s${i}`, text])), ...FIXED })),
        fc.subarray(['s0', 's1', 's2', 'f0']),
        profile,
        fc.array(eventOf as fc.Arbitrary<OracleEvent>, { maxLength: 30 }),
        fc.record({ analytics: fc.constantFrom('in', 'out'), personalization: fc.constantFrom('in', 'in', 'out') }),
        nowInstant,
        check,
      ),
      settings,
    );
    expect(tried.marked).toBeGreaterThan(100);
    expect(tried.members).toBeGreaterThan(10);
  },
  TIMEOUT_MS,
);
