import type { Fact } from '../../core/event/event.ts';
import type { Cause } from '../../core/interaction/outbox.ts';
import type { JsonObject } from '../../core/lib/json.ts';
import { type PurposeMask, purposeBit } from '../../core/policy/purposes.ts';
import { compileRuleset } from '../../core/ruleset/compile.ts';
import { type LoadedRuleset, loadRuleset } from '../../core/ruleset/loaded.ts';
import type { RulesetSources } from '../../core/ruleset/resources.ts';
import type { Expression } from '../../core/segment/language/expression.ts';
import { NOW } from '../core/interaction/visit-fixture.ts';
import { attribute, manifestOf, measure, segment } from '../core/ruleset/ruleset-fixture.ts';
import { evaluateAt, flipsUntil } from '../oracle/changes.ts';
import type { OracleInput } from '../oracle/interpreter.ts';
import { fromJson } from '../oracle/value.ts';
import { DECLARED } from './segment-engine-arbitraries.ts';

export const PURPOSE_OF = { s0: 'necessary', s1: 'personalization', s2: 'analytics' } as const;
export type SegmentId = keyof typeof PURPOSE_OF;
const IDS = Object.keys(PURPOSE_OF) as readonly SegmentId[];

/** Texts; a rule that is refused is left out. */
export interface Rules {
  readonly segments: Readonly<Record<SegmentId, string>>;
  readonly measures: Readonly<Record<string, string>>;
  readonly timeZone: string;
}

export interface Published {
  readonly ruleset: LoadedRuleset;
  readonly segments: ReadonlyMap<string, Expression>;
  readonly measures: ReadonlyMap<string, Expression>;
  readonly timeZone: string;
}

export function publish(rules: Rules, sequence: number): Published {
  const refused = new Set<string>();
  for (;;) {
    const sources: RulesetSources = {
      source: [],
      setting: [{ id: 'ruleset', timeZone: rules.timeZone }],
      attribute: [...DECLARED].map(([id, type]) => attribute({ id, name: id, type })),
      measure: Object.entries(rules.measures).flatMap(([id, text]) =>
        refused.has(id) ? [] : [measure(id, text, { purpose: 'necessary' })],
      ),
      segment: IDS.flatMap((id) =>
        refused.has(id) ? [] : [segment(id, rules.segments[id], { purpose: PURPOSE_OF[id], observed: id !== 's2' })],
      ),
      placement: [],
      offer: [],
      ranker: [],
      experiment: [],
      strategy: [],
      trackingPlan: [],
    };
    const compiled = compileRuleset('main' as never, sources, NOW);
    if (compiled.ok) {
      return {
        ruleset: loadRuleset(manifestOf(compiled.value, sequence), compiled.value),
        segments: new Map(sources.segment.map(({ id, rule }) => [id, rule])),
        measures: new Map(sources.measure.map(({ id, expression }) => [id, expression])),
        timeZone: rules.timeZone,
      };
    }
    const before = refused.size;
    for (const { id } of compiled.error) refused.add(id);
    if (refused.size === before) throw new Error(JSON.stringify(compiled.error));
  }
}

/** What is true about the profile beside the ruleset. */
export interface Person {
  readonly facts: readonly Fact[];
  readonly attributes: JsonObject;
  readonly withdrawn: PurposeMask;
}

export interface ModelChange {
  readonly segment: string;
  readonly status: 'entered' | 'exited';
  readonly since: number;
  readonly cause: Cause;
  readonly sequence: number;
}

function inputOf({ segments, measures, timeZone }: Published, id: string, person: Person): OracleInput {
  const needed = purposeBit(PURPOSE_OF[id as SegmentId]) | 1;
  const seen = person.facts.filter(({ purposes }) => (purposes & ~person.withdrawn & needed) === needed);
  return {
    rule: segments.get(id) as Expression,
    measures,
    segments,
    timeZone,
    profile: fromJson(person.attributes),
    events: [...seen].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)) as unknown as OracleInput['events'],
    scores: {},
  };
}

/** The membership record as the specification asks for it, made by looking at everything. */
export class MembershipModel {
  readonly #members = new Map<string, boolean>();
  #published: Published;
  #at = Number.NaN;

  constructor(published: Published) {
    this.#published = published;
  }

  has(id: string): boolean {
    return this.#members.get(id) ?? false;
  }

  /** A visit: `before` and `after` are the person without and with what it brings. */
  visit(published: Published, now: number, before: Person | null, after: Person): readonly ModelChange[] {
    const changes: ModelChange[] = [];
    const { sequence } = published.ruleset;
    const put = (segment: string, member: boolean, since: number, cause: Cause) => {
      if (this.has(segment) === member) return;
      this.#members.set(segment, member);
      changes.push({ segment, status: member ? 'entered' : 'exited', since, cause, sequence });
    };
    const truth = (id: string, person: Person, at: number) => evaluateAt(inputOf(published, id, person), at) === true;
    if (before !== null) {
      for (const id of this.#members.keys()) if (!published.segments.has(id)) put(id, false, now, 'publish');
      for (const id of published.segments.keys()) {
        // The two rulesets differ about the last evaluation: what is still so now is the publish's.
        if (truth(id, before, this.#at) !== this.has(id)) put(id, truth(id, before, now), now, 'publish');
        else
          for (const flip of flipsUntil(inputOf(published, id, before), this.#at, now))
            put(id, !this.has(id), flip, 'time');
      }
    }
    const cause = before !== null && before.withdrawn !== after.withdrawn ? 'consent' : 'event';
    for (const id of published.segments.keys()) put(id, truth(id, after, now), now, cause);
    this.#published = published;
    this.#at = now;
    return changes;
  }

  /** The next flip of an observed segment by time alone; null: none up to the horizon. */
  nextObserved(person: Person, horizon: number): number | null {
    const { ruleset } = this.#published;
    let next: number | null = null;
    for (const position of ruleset.observed) {
      const id = ruleset.segmentInfo[position]?.id as string;
      const [flip] = flipsUntil(inputOf(this.#published, id, person), this.#at, next ?? horizon);
      if (flip !== undefined && (next === null || flip < next)) next = flip;
    }
    return next;
  }
}
