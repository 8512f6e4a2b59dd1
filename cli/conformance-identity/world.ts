import type { Identity } from '../../core/event/event.ts';
import { clampEventTime } from '../../core/identity/replay/stamp.ts';
import type { StitchEvent } from '../../core/identity/replay/stitch-event.ts';
import type { StitchRules } from '../../core/identity/replay/stitch-rules.ts';
import {
  EMPTY_TIMELINE,
  operate,
  recordEvents,
  settleAll,
  type Timeline,
} from '../../core/identity/replay/timeline.ts';
import type { Instant } from '../../core/lib/ids.ts';
import type { VectorConfig, VectorStep } from './vector.schema.ts';
import { rulesOfVector } from './vector-rules.ts';

/** The pure engine in the middle of a vector. */
export interface World {
  readonly config: VectorConfig;
  readonly rules: StitchRules;
  readonly timeline: Timeline;
  /** Arrivals so far: breaks ties of equal event times. */
  readonly seq: number;
  /** The step that stored each event: its values live beside the engine. */
  readonly steps: ReadonlyMap<string, VectorStep>;
  /** Arrival number of each stored event and of the newest erasure, to tell what is fresh. */
  readonly arrivals: ReadonlyMap<string, number>;
  readonly erasedSeq: number;
}

export function createWorld(config: VectorConfig): World {
  const none = { seq: 0, steps: new Map(), arrivals: new Map(), erasedSeq: 0 };
  return { ...none, config, rules: rulesOfVector(config), timeline: EMPTY_TIMELINE };
}

const EVENT_KINDS = {
  event: 'record',
  identify: 'record',
  alias: 'merge',
  mergeForce: 'force',
  logout: 'logout',
} as const;

export function playStep(world: World, step: VectorStep): World {
  const seq = world.seq + 1;
  const next = { ...world, seq };
  switch (step.op) {
    case 'config': {
      const config = changedConfig(world.config, step);
      return { ...next, config, rules: rulesOfVector(config), timeline: settleAll(world.timeline.head) };
    }
    case 'advance':
      return { ...next, timeline: operate(world.timeline, { kind: 'expire', now: step.t as Instant }, world.rules) };
    case 'split':
      return {
        ...next,
        timeline: operate(world.timeline, { kind: 'split', identities: identitiesOf(step) }, world.rules),
      };
    case 'erase': {
      const { scope = 'person', suppress = false } = step;
      const erase = { kind: 'erase', scope, suppress, identities: identitiesOf(step), at: step.t as Instant } as const;
      return { ...next, erasedSeq: seq, timeline: operate(world.timeline, erase, world.rules) };
    }
    case 'restore':
      // Recovery of one object: pure data has no objects, so nothing is lost here.
      return next;
    default: {
      if (world.steps.has(step.id) || isNobodys(step)) return next;
      const timeline = recordEvents(world.timeline, [eventOf(step, step.op, seq, world.rules)], world.rules);
      const arrivals = new Map([...world.arrivals, [step.id, seq]]);
      return { ...next, timeline, arrivals, steps: new Map([...world.steps, [step.id, step]]) };
    }
  }
}

/**
 * A visit played under a persona and one in private mode are nobody's: they are not stored and link nothing (Unomi, where the
 * words come from, never merges either kind of profile).
 */
export function isNobodys({ persona, private: isPrivate }: VectorStep): boolean {
  return isPrivate === true || (persona !== undefined && persona !== null && persona !== false);
}

/** A step of op `config` names what changes: members of `limits` and `policy` one by one, the other parts as a whole. */
export function changedConfig(config: VectorConfig, step: VectorStep): VectorConfig {
  const { namespaces, blocked, limits, policy } = { ...step, ...step.config };
  return {
    namespaces: namespaces ?? config.namespaces,
    blocked: blocked ?? config.blocked,
    limits: { ...config.limits, ...limits },
    policy: { ...config.policy, ...policy },
  };
}

function eventOf(step: VectorStep, op: keyof typeof EVENT_KINDS, seq: number, rules: StitchRules): StitchEvent {
  const merges = step.into !== undefined || step.from !== undefined;
  const clamp = (t: number) =>
    (step.receivedAt ?? null) === null
      ? (t as Instant)
      : clampEventTime(t as Instant, step.receivedAt as Instant, rules.policy.maxClockSkewMs);
  const consent = Object.entries(step.consent ?? {}).map(
    ([purpose, { status, t }]) =>
      [purpose, { choice: status === 'GRANTED' ? 'in' : 'out', at: clamp(t ?? step.t) }] as const,
  );
  return {
    id: step.id,
    kind: op === 'identify' && merges ? 'merge' : EVENT_KINDS[op],
    stamp: { at: clamp(step.t), seq },
    identities: identitiesOf(step),
    verified: isVerified(step.auth),
    consent: Object.fromEntries(consent),
    assign: step.assign ?? {},
  };
}

/** In vectors a missing `auth` means verified. */
export function isVerified(auth: VectorStep['auth']): boolean {
  return auth === undefined || auth === true || auth === 'verified' || auth === 'authenticated';
}

export function identitiesOf({ ids, into, from }: VectorStep): readonly Identity[] {
  return [into, from, ids].flatMap((named) => {
    if (named === undefined) return [];
    if (typeof named === 'string') return [splitIdentity(named)];
    if (Array.isArray(named)) return named.map(splitIdentity);
    return Object.entries(named).flatMap(([namespace, values]) =>
      (Array.isArray(values) ? values : [values]).map((value) => ({ namespace, value: String(value ?? '') })),
    );
  });
}

function splitIdentity(text: string): Identity {
  const colon = text.indexOf(':');
  if (colon < 1) throw new Error(`"${text}" is no identity`);
  return { namespace: text.slice(0, colon), value: text.slice(colon + 1) };
}
