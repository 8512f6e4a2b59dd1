import { type ConditionInterface, evalCondition, GrowthBookClient } from '@growthbook/growthbook';
import type {
  BehaviourSegment,
  BehaviourTest,
  Bucketing,
  EventCondition,
  EventFilter,
  ProfileRule,
  RawEvent,
} from './workload/descriptor.ts';

/**
 * GrowthBook's SDK on the same work, through its public API. Attribute segments are targeting conditions, evaluated by
 * its exported evaluator, without the features and experiments around it. It knows no events: what a segment asks of
 * them the host works out, with `Array.filter` as hosts do, and hands over as attributes that a condition tests.
 */

export function conditionOf(rule: ProfileRule): ConditionInterface {
  switch (rule.is) {
    case 'eq':
      return { [rule.attribute]: rule.value };
    case 'in':
      return { [rule.attribute]: { $in: [...rule.values] } };
    case 'range':
      return {
        [rule.attribute]: {
          ...(rule.from === null ? {} : { $gte: rule.from }),
          ...(rule.below === null ? {} : { $lt: rule.below }),
        },
      };
    case 'contains':
      return { [rule.attribute]: { $regex: escapePattern(rule.text) } };
    case 'startsWith':
      return { [rule.attribute]: { $regex: `^${escapePattern(rule.text)}` } };
    case 'matches':
      return { [rule.attribute]: { $regex: rule.pattern } };
    case 'and':
      return conjunctionOf(rule.of.map(conditionOf));
    case 'or':
      return { $or: rule.of.map(conditionOf) };
    case 'not':
      return { $not: conditionOf(rule.of) };
  }
}

/** Keys of one condition are a conjunction already; `$and` is for those that would meet under one key. */
function conjunctionOf(conditions: readonly ConditionInterface[]): ConditionInterface {
  const keys = conditions.flatMap((condition) => Object.keys(condition));
  if (new Set(keys).size < keys.length) return { $and: [...conditions] };
  return Object.assign({}, ...conditions) as ConditionInterface;
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The number of members; 1 in `members` for each of them. */
export function evaluateConditions(
  conditions: readonly ConditionInterface[],
  attributes: Readonly<Record<string, unknown>>,
  members: Uint8Array,
): number {
  let count = 0;
  for (let i = 0; i < conditions.length; i++) {
    const member = evalCondition(attributes, conditions[i] as ConditionInterface) ? 1 : 0;
    members[i] = member;
    count += member;
  }
  return count;
}

export type AttributeFromEvents = (events: readonly RawEvent[], now: number) => number | boolean;

/** One behavioural segment: the attribute that the host computes for it, and the condition on that attribute. */
export interface HostedSegment {
  readonly attribute: string;
  readonly compute: AttributeFromEvents;
  readonly condition: ConditionInterface;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const RETENTION_MS = 90 * DAY_MS;

export function hostSegment({ id, test, negated }: BehaviourSegment): HostedSegment {
  const attribute = id;
  const condition: ConditionInterface = { [attribute]: testOf(test) };
  return { attribute, compute: compileGlue(test), condition: negated ? { $not: condition } : condition };
}

function testOf(test: BehaviourTest) {
  switch (test.is) {
    case 'count':
    case 'sum':
      return { $gte: test.atLeast };
    case 'recency':
      return { $lte: test.days * DAY_MS };
    case 'sequence':
      return true;
  }
}

function compileGlue(test: BehaviourTest): AttributeFromEvents {
  switch (test.is) {
    case 'count': {
      const matches = compileFilter(test.filter);
      const windowMs = test.days * DAY_MS;
      return (events, now) => events.filter((event) => event.at >= now - windowMs && matches(event)).length;
    }
    case 'sum': {
      const matches = compileFilter(test.filter);
      const windowMs = test.days * DAY_MS;
      return (events, now) =>
        events
          .filter((event) => event.at >= now - windowMs && matches(event))
          .reduce((total, { data }) => total + data.price, 0);
    }
    case 'recency': {
      const matches = compileFilter(test.filter);
      const windowMs = test.days * DAY_MS;
      return (events, now) => {
        const last = events.filter((event) => event.at >= now - windowMs && matches(event)).at(-1);
        return last ? now - last.at : Number.POSITIVE_INFINITY;
      };
    }
    case 'sequence':
      return compileSequence(test);
  }
}

function compileSequence(test: BehaviourTest & { readonly is: 'sequence' }): AttributeFromEvents {
  const isFirst = compileFilter(test.first);
  const isSecond = compileFilter(test.second);
  const isWithout = test.without ? compileFilter(test.without) : () => false;
  const windowMs = test.days * DAY_MS;
  const withinMs = test.withinMinutes * MINUTE_MS;
  return (events, now) => {
    const recent = events.filter(({ at }) => at >= now - windowMs);
    const seconds = recent.filter(isSecond);
    const withouts = recent.filter(isWithout);
    return recent.filter(isFirst).some((first) => {
      const second = seconds.find(({ at }) => at > first.at);
      if (!second || second.at - first.at > withinMs) return false;
      return !withouts.some(({ at }) => at > first.at && at < second.at);
    });
  };
}

function compileFilter({ type, where }: EventFilter): (event: RawEvent) => boolean {
  const [a, b] = where.map(compileCondition);
  if (a && b) return (event) => event.type === type && a(event.data) && b(event.data);
  return a ? (event) => event.type === type && a(event.data) : (event) => event.type === type;
}

function compileCondition(condition: EventCondition): (data: RawEvent['data']) => boolean {
  switch (condition.is) {
    case 'eq':
      return (data) => data[condition.property] === condition.value;
    case 'in':
      return (data) => condition.values.includes(data[condition.property]);
    case 'range':
      return ({ price }) => price >= condition.from && price < condition.below;
  }
}

/** The number of members; 1 in `members` for each of them. */
export function evaluateHosted(
  segments: readonly HostedSegment[],
  events: readonly RawEvent[],
  now: number,
  members: Uint8Array,
): number {
  const attributes: Record<string, unknown> = {};
  for (const { attribute, compute } of segments) attributes[attribute] = compute(events, now);
  let count = 0;
  for (let i = 0; i < segments.length; i++) {
    const member = evalCondition(attributes, (segments[i] as HostedSegment).condition) ? 1 : 0;
    members[i] = member;
    count += member;
  }
  return count;
}

/** Load, take the event, decide, save, as the baseline does it. */
export function hostedRoundTrip(
  segments: readonly HostedSegment[],
  state: string,
  event: RawEvent,
  members: Uint8Array,
): string {
  const { events } = JSON.parse(state) as { events: RawEvent[] };
  events.push(event);
  const oldest = event.at - RETENTION_MS;
  while (events[0] && events[0].at < oldest) events.shift();
  evaluateHosted(segments, events, event.at, members);
  return JSON.stringify({ events });
}

/** An inline experiment of the client for servers; nothing is tracked. */
export function createExperiment({ key, weights }: Bucketing): (unit: string) => number {
  const client = new GrowthBookClient();
  const [first, second, ...others] = weights.map((_, i) => i);
  if (first === undefined || second === undefined) throw new Error('an experiment has two variations or more');
  const experiment = {
    key,
    variations: [first, second, ...others] as [number, number, ...number[]],
    weights: [...weights],
    hashVersion: 2,
  };
  return (unit) => client.runInlineExperiment(experiment, { attributes: { id: unit } }).variationId;
}
