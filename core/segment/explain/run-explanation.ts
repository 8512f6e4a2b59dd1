import type { Instant } from '../../lib/ids.ts';
import type { JsonValue } from '../../lib/json.ts';
import { createEngine } from '../runtime/engine.ts';
import { createLog, eventId, insertEvent, type Log, type LogEvent } from '../runtime/log/log.ts';
import { columnValue } from '../runtime/log/log-column.ts';
import { createResident, type Resident, type Subject } from '../runtime/resident.ts';
import { EventRow, type Value } from '../runtime/value.ts';
import type { ExplainPlan, PlannedNode } from './explain-plan.ts';
import { plainValue, shownItems } from './plain-value.ts';

export interface EventEvidence {
  readonly id: string;
  readonly type: string;
  readonly at: Instant;
}

/** What one node of a plan is for one profile. */
export interface NodeOutcome {
  /** Of a condition; null: unknown. */
  readonly truth: boolean | null;
  readonly value: JsonValue;
  /** Of a list, also where `value` shows a part of it; else null. */
  readonly count: number | null;
  readonly events: readonly EventEvidence[];
  /** Names. */
  readonly attributes: readonly string[];
  /** First later instant at which the condition's truth is another if nothing happens; null: none up to `lookedUntil`. */
  readonly nextChange: Instant | null;
}

export interface ExplainOutcome {
  readonly at: Instant;
  /** In the order of the plan. */
  readonly nodes: readonly NodeOutcome[];
  /** Membership in the whole rule at `from`. */
  readonly wasMember: boolean;
  /** The last instant in (`from`, `at`] at which time alone changed membership in the whole rule; null: none. */
  readonly flippedAt: Instant | null;
  /** First later instant at which membership in the whole rule is another; null: none up to `lookedUntil`. Unknown and false are no members alike. */
  readonly nextFlip: Instant | null;
  /** Changes that time brings are known up to here. */
  readonly lookedUntil: Instant;
}

/** Deadlines that are looked at for the next changes. */
const MOST_STEPS = 20_000;

export interface ExplainTimes {
  /** Since then only time has passed. */
  readonly from: Instant;
  readonly now: Instant;
  readonly horizonMs: number;
}

/** Evaluates a plan over all events of a profile, as its object would at `now`, and looks ahead. */
export function runExplanation(
  plan: ExplainPlan,
  events: Iterable<LogEvent>,
  subject: Subject,
  { from, now, horizonMs }: ExplainTimes,
): ExplainOutcome {
  const engine = createEngine(plan.program);
  const log = createLog(plan.program.log);
  for (const event of events) insertEvent(log, event);
  const whole = plan.nodes[0]?.whenTrue ?? -1;
  const resident = createResident(engine, log, subject, Math.min(from, now));
  const wasMember = resident.members[whole] === 1;
  let flippedAt: number | null = null;
  resident.advance(now, (segment, _, at) => {
    if (segment === whole) flippedAt = at;
  });
  const rows = new Map(Array.from({ length: log.length }, (_, row) => [eventId(log, row), row]));
  const present = plan.nodes.map((node) => outcomeOf(node, resident, log, rows));
  const horizon = now + horizonMs;
  const { flips, lookedUntil } = lookAhead(plan, resident, horizon);
  return {
    at: now,
    nodes: present.map((outcome, i) => ({ ...outcome, nextChange: nextChange(plan.nodes[i] as PlannedNode, flips) })),
    wasMember,
    flippedAt,
    nextFlip: (flips.get(whole) ?? null) as Instant | null,
    lookedUntil: lookedUntil as Instant,
  };
}

type Present = Omit<NodeOutcome, 'nextChange'>;

function outcomeOf(node: PlannedNode, resident: Resident, log: Log, rows: ReadonlyMap<string, number>): Present {
  const value: Value = node.value < 0 ? null : resident.value(node.value);
  const list: readonly Value[] | null = Array.isArray(value) ? value : null;
  const evidence = node.whenTrue < 0 ? { events: [], attributes: [] } : resident.evidence(node.whenTrue);
  const listed = list === null ? [] : shownItems(list).flatMap((item) => (item instanceof EventRow ? [item.row] : []));
  const found = listed.length > 0 ? listed : evidence.events.flatMap((id) => rows.get(id) ?? []);
  return {
    truth: node.isCondition ? truthOf(node, resident) : null,
    value: plainValue(value, log, resident.now),
    count: list === null ? null : list.length,
    events: found.map((row) => ({
      id: eventId(log, row),
      type: columnValue(log.type, row) as string,
      at: log.at[row] as Instant,
    })),
    attributes: evidence.attributes,
  };
}

function truthOf({ whenTrue, whenFalse }: PlannedNode, { members }: Resident): boolean | null {
  if (members[whenTrue] === 1) return true;
  return members[whenFalse] === 1 ? false : null;
}

/** Lets time pass until every condition and the membership have changed, or the horizon, or the last step. The resident is of no use afterwards. */
function lookAhead(
  { nodes }: ExplainPlan,
  resident: Resident,
  horizon: number,
): { readonly flips: ReadonlyMap<number, number>; readonly lookedUntil: number } {
  const flips = new Map<number, number>();
  const onFlip = (segment: number, _: boolean, at: number) => {
    if (!flips.has(segment)) flips.set(segment, at);
  };
  const conditions = nodes.filter(({ isCondition }) => isCondition);
  const isOpen = (node: PlannedNode) => !flips.has(node.whenTrue) && (node === nodes[0] || !flips.has(node.whenFalse));
  for (let steps = 0; resident.until <= horizon; steps++) {
    if (steps === MOST_STEPS || !conditions.some(isOpen)) return { flips, lookedUntil: resident.until - 1 };
    resident.advance(resident.until, onFlip);
  }
  return { flips, lookedUntil: horizon };
}

function nextChange(
  { isCondition, whenTrue, whenFalse }: PlannedNode,
  flips: ReadonlyMap<number, number>,
): Instant | null {
  const at = Math.min(
    flips.get(whenTrue) ?? Number.POSITIVE_INFINITY,
    flips.get(whenFalse) ?? Number.POSITIVE_INFINITY,
  );
  return isCondition && Number.isFinite(at) ? (at as Instant) : null;
}
