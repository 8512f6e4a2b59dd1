import type { JsonObject } from '../../core/lib/json.ts';
import { ALL_PURPOSES_MASK, type ConsentChoices, withdrawnMask } from '../../core/policy/purposes.ts';
import { createCoreEngine } from '../../core/segment/runtime/create-core-engine.ts';
import { logOfEvents } from '../../core/segment/runtime/log/log-of-events.ts';
import { createPlainRun } from '../../core/segment/runtime/plain-run.ts';
import type { Program } from '../../core/segment/runtime/program.ts';

export type { Program } from '../../core/segment/runtime/program.ts';

/** What happened, as the page knows it. */
export interface LocalEvent {
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly data?: JsonObject;
  readonly context?: JsonObject;
  readonly id?: string;
  readonly source?: string;
}

export interface LocalProfile {
  readonly attributes?: JsonObject;
  /** In any order. */
  readonly events?: readonly LocalEvent[];
  /** A withdrawn purpose hides facts and rules that need it. */
  readonly consent?: ConsentChoices;
  /** By model. */
  readonly scores?: Readonly<Record<string, number>>;
}

export interface LocalRules {
  /** Segments whose rules are true at `now` (ms; default: the browser's clock). Unknown is not a member. */
  members(profile: LocalProfile, now?: number): ReadonlySet<string>;
}

/** What the Worker answers, as JSON at `/v1/rules/browser?key=…` and inside `/sdk-local.js?key=…`. */
export interface BrowserRules {
  /** Of the ruleset that the rules are of. */
  readonly sequence: number;
  /** Null: no segment is marked for browsers. */
  readonly program: Program | null;
}

/**
 * Rules that an operator marked as safe for browsers, evaluated here, by the code that runs at the edge. Null: nobody is a member of anything. Throws for a program that
 * needs more than the small engine.
 */
export function createLocal(program: Program | null): LocalRules {
  if (!program) return { members: () => new Set() };
  const run = createPlainRun(createCoreEngine(program));
  const own = (of: object, name: string): unknown => (Object.hasOwn(of, name) ? of[name as never] : undefined);
  return {
    members: ({ attributes = {}, events = [], consent = {}, scores = {} }, now = Date.now()) => {
      const withdrawn = withdrawnMask(consent);
      const log = logOfEvents(
        program.log,
        events.map((event, i) => ({ id: `${i}`, source: '', data: {}, ...event })),
        0,
        ALL_PURPOSES_MASK,
      );
      const subject = {
        attribute: (name: string) => own(attributes, name) as never,
        withdrawn: () => withdrawn,
        score: (model: string) => own(scores, model) as never,
      };
      const members = run(log, subject, now);
      // Those without a name are only what others are built on.
      return new Set(program.segments.filter(({ id }, i) => id && members[i]).map(({ id }) => id));
    },
  };
}
