import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventId, Instant, SourceId } from '../../core/lib/ids.ts';
import { purposeBit } from '../../core/policy/purposes.ts';
import { compileSegments } from '../../core/segment/compile.ts';
import { evaluateSegments, nextChangeOf, type SegmentView } from '../../core/segment/evaluate.ts';
import { explainSegment } from '../../core/segment/explain.ts';
import {
  addFact,
  createPostings,
  decodePostings,
  dropStrand,
  encodePostings,
  type Postings,
  type SegmentFact,
} from '../../core/segment/postings.ts';
import type { SegmentProgram } from '../../core/segment/program.ts';
import { createSegmentRuntime, type SegmentRuntime } from '../../core/segment/runtime.ts';
import { ATTRIBUTES, INSTANTS, instantNear, laterInstant, profile, segments } from './segment-arbitraries.ts';
import { type OracleFact, type OracleProfile, type OracleSegment, SegmentOracle } from './segment-oracle.ts';

/** fast-check prints seed and path of a failure; SELVEDGE_SEED runs that seed again. */
const CASES = process.env.SELVEDGE_NIGHTLY ? 100_000 : 6_000;
const seed = process.env.SELVEDGE_SEED;
const settings = (share: number) => ({
  numRuns: Math.ceil(CASES * share),
  ...(seed !== undefined && { seed: Number(seed) }),
});
const TIMEOUT_MS = process.env.SELVEDGE_NIGHTLY ? 3_600_000 : 60_000;

function runtimeOf(sources: readonly OracleSegment[]): SegmentRuntime {
  const compiled = compileSegments(sources, { attributes: ATTRIBUTES });
  if (!compiled.ok) {
    // Random rules contradict themselves now and then; anything else would be a gap of the generator.
    fc.pre(compiled.error.some(({ code }) => code !== 'neverTrue'));
    throw new Error(JSON.stringify(compiled.error));
  }
  // What runs has been through KV.
  return createSegmentRuntime(JSON.parse(JSON.stringify(compiled.value)) as SegmentProgram);
}

function factOf({ id, type, at, strand, purposes, data, context }: OracleFact): SegmentFact {
  const mask = purposes.reduce((sum, purpose) => sum | purposeBit(purpose), 0);
  return {
    id: id as EventId,
    source: 'shop' as SourceId,
    type,
    at: at as Instant,
    strand,
    purposes: mask,
    data,
    context,
  };
}

function viewOf({ attributes, withdrawn }: OracleProfile): SegmentView {
  return {
    attribute: (name) => attributes[name],
    withdrawn: (strand) => (withdrawn[strand] ?? []).reduce((sum, purpose) => sum | purposeBit(purpose), 0),
  };
}

function postingsOf(runtime: SegmentRuntime, facts: readonly OracleFact[]): Postings {
  const postings = createPostings(runtime);
  for (const fact of facts) addFact(runtime, postings, factOf(fact));
  return postings;
}

/** Every answer of the engine at one instant equals the oracle's. */
function expectAgreement(
  runtime: SegmentRuntime,
  postings: Postings,
  sources: readonly OracleSegment[],
  state: OracleProfile,
  at: number,
): void {
  const oracle = new SegmentOracle(sources, state, INSTANTS);
  const now = at as Instant;
  const members = new Uint8Array(runtime.segments.length);
  const view = viewOf(state);
  const next = evaluateSegments(runtime, postings, view, now, members);
  for (const [position, { id }] of runtime.segments.entries()) {
    expect([id, members[position] === 1]).toEqual([id, oracle.isMember(id, at)]);
    expect([id, explainSegment(runtime, postings, view, position, now).value]).toEqual([id, oracle.evaluate(id, at)]);
    expect([id, nextChangeOf(runtime, postings, view, position, now)]).toEqual([id, oracle.nextChange([id], at)]);
  }
  const ids = runtime.segments.map(({ id }) => id);
  expect(next).toBe(oracle.nextChange(ids, at));
}

describe('the segment engine agrees with the oracle', () => {
  test(
    'truth and next change, at any instant',
    () => {
      const cases = fc.record({
        segments,
        profile,
        now: fc.array(laterInstant, { minLength: 1, maxLength: 3 }),
        shuffle: fc.nat(),
      });
      fc.assert(
        fc.property(cases, (given) => {
          const shuffled = given.shuffle % 2 === 0 ? given.segments : given.segments.toReversed();
          const runtime = runtimeOf(shuffled);
          const postings = postingsOf(runtime, given.profile.facts);
          for (const now of given.now) expectAgreement(runtime, postings, given.segments, given.profile, now);
        }),
        settings(0.6),
      );
    },
    TIMEOUT_MS,
  );

  test(
    'after every prefix of the history, in any order of arrival',
    () => {
      const cases = fc.record({ segments, profile, now: laterInstant });
      fc.assert(
        fc.property(cases, (given) => {
          const runtime = runtimeOf(given.segments);
          const postings = createPostings(runtime);
          for (const [i, fact] of given.profile.facts.entries()) {
            addFact(runtime, postings, factOf(fact));
            const state = { ...given.profile, facts: given.profile.facts.slice(0, i + 1) };
            expectAgreement(runtime, postings, given.segments, state, given.now);
          }
        }),
        settings(0.1),
      );
    },
    TIMEOUT_MS,
  );

  test(
    'after a strand has left',
    () => {
      const cases = fc.record({ segments, profile, now: laterInstant, gone: fc.constantFrom(0, 3, 700) });
      fc.assert(
        fc.property(cases, (given) => {
          const runtime = runtimeOf(given.segments);
          const postings = postingsOf(runtime, given.profile.facts);
          dropStrand(runtime, postings, given.gone);
          const facts = given.profile.facts.filter((fact) => fact.strand !== given.gone);
          expectAgreement(runtime, postings, given.segments, { ...given.profile, facts }, given.now);
          expect(encodePostings(postings)).toEqual(encodePostings(postingsOf(runtime, facts)));
        }),
        settings(0.3),
      );
    },
    TIMEOUT_MS,
  );
});

describe('postings', () => {
  test(
    'do not depend on the order of arrival, and survive encoding',
    () => {
      const cases = fc.record({ segments, profile, now: laterInstant, order: fc.infiniteStream(fc.nat()) });
      fc.assert(
        fc.property(cases, (given) => {
          const runtime = runtimeOf(given.segments);
          const keyed = given.profile.facts.map((fact) => [given.order.next().value as number, fact] as const);
          const bytes = encodePostings(postingsOf(runtime, given.profile.facts));
          const arrived = keyed.toSorted(([a], [b]) => a - b).map(([, fact]) => fact);
          expect(encodePostings(postingsOf(runtime, arrived))).toEqual(bytes);
          const decoded = decodePostings(runtime, bytes);
          expect(encodePostings(decoded)).toEqual(bytes);
          expectAgreement(runtime, decoded, given.segments, given.profile, given.now);
        }),
        settings(0.2),
      );
    },
    TIMEOUT_MS,
  );
});

test(
  'the walk along next changes visits every flip',
  () => {
    fc.assert(
      fc.property(segments, profile, instantNear, (sources, state, start) => {
        const runtime = runtimeOf(sources);
        const postings = postingsOf(runtime, state.facts);
        const oracle = new SegmentOracle(sources, state, INSTANTS);
        const ids = sources.map(({ id }) => id);
        const members = new Uint8Array(ids.length);
        let now: number | null = start;
        for (let steps = 0; now !== null; steps++) {
          const next: number | null = evaluateSegments(runtime, postings, viewOf(state), now as Instant, members);
          expect(next).toBe(oracle.nextChange(ids, now));
          expect(steps).toBeLessThan(1000);
          now = next;
        }
      }),
      settings(0.1),
    );
  },
  TIMEOUT_MS,
);
