import { readFileSync } from 'node:fs';
import { evaluator as engine, prepareCase } from '../../cli/conformance/engine-evaluator.ts';
import { runSegmentCases } from '../../cli/conformance/run-segment-cases.ts';
import type { CheckedCase } from '../../cli/conformance/segment-evaluator.ts';
import type { LocalProfile, Program } from '../../client-sdk/src/local.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { compileSmallProgram, type SmallProgram } from '../../core/segment/compile/compile-small-program.ts';
import type { Expression } from '../../core/segment/language/expression.ts';

/** One case as a page evaluates it. Plain JSON. */
export interface LocalVector {
  readonly program: Program;
  readonly profile: LocalProfile;
  readonly now: number;
  /** The rule, and its negation: neither is a member where the rule is unknown. */
  readonly ids: readonly [string, string];
  readonly expected: readonly [boolean, boolean];
}

const NEGATED = '(not rule)';

/** What the edge's engine makes of every case of a file that may be marked for browsers, in the program that a publish makes for them; and how many may not. */
export function localVectors(file: string): { readonly vectors: readonly LocalVector[]; readonly beyond: number } {
  const vectors: LocalVector[] = [];
  let beyond = 0;
  runSegmentCases(JSON.parse(readFileSync(file, 'utf8')), {
    ...engine,
    evaluate: (checked) => {
      const verdict = engine.evaluate(checked);
      const small = compileCase(checked);
      if (small.beyond.length > 0) beyond++;
      else
        vectors.push({
          program: small.program,
          profile: {
            attributes: checked.profile,
            scores: checked.scores,
            events: prepareCase(checked).events.map(({ strand: _, purposes: __, ...event }) => event),
          },
          now: checked.now,
          ids: [checked.segment, NEGATED],
          expected: [verdict === true, verdict === false],
        });
      return verdict;
    },
    // Time does not pass here: changes are the resident engine's.
    changes: () => [],
  });
  return { vectors, beyond };
}

function compileCase({ rules, segment, timeZone, now }: CheckedCase): SmallProgram {
  const purpose = 'necessary';
  const negation: Expression = { op: 'not', of: rules.segments.get(segment) as Expression };
  const compiled = compileSmallProgram(
    {
      segments: [...rules.segments, [NEGATED, negation] as const].map(([id, rule]) => ({ id, rule, purpose })),
      measures: [...rules.measures].map(([id, expression]) => ({ id, expression, purpose })),
      attributes: null,
      models: null,
      timeZone,
      now: now as Instant,
    },
    new Set([segment, NEGATED]),
  );
  if (!compiled.ok) throw new Error(compiled.error.map(({ detail }) => detail).join(' '));
  return compiled.value;
}
