import type { Instant } from '../lib/ids.ts';
import type { Merged } from '../profile/merge.ts';
import { compileProgram } from '../segment/compile/compile-program.ts';
import { type ChangedSegments, changedSegments, type RuleSet } from '../segment/preview/changed-segments.ts';
import type { Program } from '../segment/runtime/program.ts';
import { eligibilityId } from './eligibility.ts';
import { conditionsOf, type RulesSide, ruleNodes } from './rule-nodes.ts';

/** What one side of a shadow run evaluates. Plain data. */
export interface ShadowProgram {
  readonly program: Program;
  /** Ids that are compared; the program has more where these are built on others. */
  readonly segments: readonly string[];
  readonly attributes: readonly (Merged & { readonly id: string })[];
}

export interface ShadowPlan {
  readonly changed: ChangedSegments;
  readonly before: ShadowProgram;
  readonly after: ShadowProgram;
}

export interface ShadowPlanOptions {
  /** Also the reach of offers that nothing has changed about. */
  readonly allOffers: boolean;
  readonly now: Instant;
}

const NOTHING: Omit<RulesSide, 'timeZone'> = {
  rules: { segments: [], measures: [], eligibility: [] },
  offers: [],
  attributes: [],
};

/**
 * Which rules differ, and two programs that hold these and what they are built on, and nothing else. `before`: null where nothing is live. Both sides
 * have been compiled as a whole, so their parts compile; anything else is a bug.
 */
export function planShadowRun(
  before: RulesSide | null,
  after: RulesSide,
  { allOffers, now }: ShadowPlanOptions,
): ShadowPlan {
  const was = before ?? { ...NOTHING, timeZone: after.timeZone };
  const [former, later] = [ruleNodes(was), ruleNodes(after)];
  const changed = changedSegments(former, later);
  const offers = allOffers ? [...was.offers, ...after.offers].map(eligibilityId) : [];
  const compared = new Set([...changed.compare, ...offers]);
  return {
    changed,
    before: programOf(was, former, compared, now),
    after: programOf(after, later, compared, now),
  };
}

/** The program of one rule that is in no ruleset, as a part of what `side` holds. */
export function planEstimate(side: RulesSide, id: string, now: Instant): ShadowProgram {
  return programOf(side, ruleNodes(side), new Set([id]), now);
}

/** A side of which nothing is asked. */
export function emptyProgram(side: RulesSide, now: Instant): ShadowProgram {
  return programOf(side, { context: '', nodes: [] }, new Set(), now);
}

function programOf(side: RulesSide, { nodes }: RuleSet, compared: ReadonlySet<string>, now: Instant): ShadowProgram {
  const byKey = new Map(nodes.map((node) => [`${node.kind} ${node.name}`, node]));
  const needed = new Set([...compared].map((id) => `segment ${id}`).filter((key) => byKey.has(key)));
  // A set's iterator also gives what is added on the way.
  for (const key of needed) for (const read of byKey.get(key)?.reads ?? []) needed.add(`${read.kind} ${read.name}`);
  const compiled = compileProgram({
    segments: conditionsOf(side).filter(({ id }) => needed.has(`segment ${id}`)),
    measures: side.rules.measures.filter(({ id }) => needed.has(`measure ${id}`)),
    attributes: new Map(side.attributes.map(({ id, type, labels }) => [id, { type, labels }])),
    models: new Set(),
    timeZone: side.timeZone,
    now,
  });
  if (!compiled.ok) throw new Error(`a part of a sound ruleset does not compile: ${compiled.error[0]?.code}`);
  const { program } = compiled.value;
  return {
    program,
    segments: program.segments.map(({ id }) => id).filter((id) => compared.has(id)),
    attributes: side.attributes.map(({ id, type, merge }) => ({ id, type, ...(merge && { merge }) })),
  };
}
