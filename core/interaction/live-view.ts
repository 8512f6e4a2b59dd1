import type { Receipt } from '../decision/receipt.ts';
import type { AuthState } from '../event/event.ts';
import type { RefusalCode } from '../event/refusal.ts';
import type { Instant, ProfileId } from '../lib/ids.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import type { FieldKind, Tally } from '../source/tally.ts';
import { type CompiledPlan, type Deviation, deviationsOf } from '../source/tracking-plan.ts';
import type { EffectMessage } from './effect-message.ts';

/** One event as operators watch it. */
export interface LiveEvent {
  readonly is: 'event';
  readonly at: Instant;
  readonly receivedAt: Instant;
  readonly source: string;
  readonly type: string;
  readonly profile: ProfileId;
  readonly sentBy: 'browser' | 'server';
  readonly auth: AuthState;
  readonly id: string;
  /** Members of its data and what they are, without values. */
  readonly fields: Readonly<Record<string, FieldKind>>;
  readonly deviations: readonly Deviation[];
  /** Its values: for watchers who may see personal data, and never kept. */
  readonly data?: JsonObject;
}

/** One event that was refused. What was in it is nobody's business: it was not accepted. */
export interface LiveRefusal {
  readonly is: 'refusal';
  readonly at: Instant;
  readonly source: string;
  /** null: what it said is no name of a type. */
  readonly type: string | null;
  readonly code: RefusalCode;
  readonly pointer: string | null;
}

/** One placement that was decided. */
export interface LiveDecision {
  readonly is: 'decision';
  readonly at: Instant;
  readonly request: string;
  readonly sequence: number;
  readonly profile: ProfileId | null;
  readonly placement: string;
  readonly offer: string | null;
  readonly reason: string;
  readonly variant: string | null;
}

export type LiveEntry = LiveEvent | LiveRefusal | LiveDecision;

/** What a batch of drained messages tells a live view: entries, oldest first, and what adds up. */
export interface LiveBatch {
  readonly entries: readonly LiveEntry[];
  readonly tallies: readonly Tally[];
}

const FIELDS_LOOKED_AT = 100;

/** What one message of the queue tells; `plans` are those of its space. */
export function liveBatch(
  messages: readonly EffectMessage[],
  plans: ReadonlyMap<string, CompiledPlan>,
  most: number,
): LiveBatch {
  const entries: LiveEntry[] = [];
  const tallies = new Tallies();
  for (const { profile, facts, receipts = [] } of messages) {
    for (const fact of facts) {
      const plan = plans.get(fact.source);
      const deviations = plan ? deviationsOf(plan, fact.type, fact.data).map(readable) : [];
      const fields = fieldsOf(fact.data);
      const { source, type, receivedAt } = fact;
      tallies.add({ source, kind: 'event', name: type, field: '' }, receivedAt, null);
      for (const field of Object.keys(fields))
        tallies.add({ source, kind: 'field', name: type, field }, receivedAt, null);
      for (const { kind, field } of deviations)
        tallies.add({ source, kind, name: type, field: field ?? '' }, receivedAt, fields);
      const { at, sentBy, auth, id, data } = fact;
      entries.push({ is: 'event', at, receivedAt, source, type, profile, sentBy, auth, id, fields, deviations, data });
    }
    for (const receipt of receipts) if (!('leftOut' in receipt)) entries.push(...decisionsOf(receipt));
  }
  entries.sort((a, b) => seenAt(a) - seenAt(b));
  return { entries: entries.slice(-most), tallies: tallies.all() };
}

/** What refusals add up to. */
export function refusalTallies(refusals: readonly LiveRefusal[]): readonly Tally[] {
  const tallies = new Tallies();
  for (const { source, code, type, at } of refusals)
    tallies.add({ source, kind: 'refused', name: code, field: type ?? '' }, at, null);
  return tallies.all();
}

/** When the edge had it. */
export function seenAt(entry: LiveEntry): Instant {
  return entry.is === 'event' ? entry.receivedAt : entry.at;
}

class Tallies {
  readonly #held = new Map<string, Tally>();

  add(name: Pick<Tally, 'source' | 'kind' | 'name' | 'field'>, at: Instant, sample: Tally['sample']): void {
    const key = JSON.stringify([name.source, name.kind, name.name, name.field]);
    const held = this.#held.get(key);
    this.#held.set(
      key,
      held
        ? {
            ...held,
            count: held.count + 1,
            first: at < held.first ? at : held.first,
            last: at > held.last ? at : held.last,
          }
        : { ...name, count: 1, first: at, last: at, sample },
    );
  }

  all(): readonly Tally[] {
    return [...this.#held.values()];
  }
}

/** A page may call a member anything. */
function readable({ kind, field }: Deviation): Deviation {
  return { kind, field: field === null || FIELD_NAME.test(field) ? field : '?' };
}

/** Names of members that a page made up may be anything, and as many: those that look like names, and the first of them. */
function fieldsOf(data: JsonObject): Readonly<Record<string, FieldKind>> {
  const names = Object.keys(data)
    .filter((name) => FIELD_NAME.test(name))
    .slice(0, FIELDS_LOOKED_AT);
  return Object.fromEntries(names.map((name) => [name, kindOf(data[name])]));
}
const FIELD_NAME = /^[A-Za-z_][\w-]{0,63}$/;

function kindOf(value: JsonValue | undefined): FieldKind {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'list';
  const type = typeof value;
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object';
}

function decisionsOf({ at, request, sequence, profile, placements, shown }: Receipt): readonly LiveDecision[] {
  return shown.map(({ slot, offer, reason, variant }) => ({
    is: 'decision',
    at,
    request,
    sequence,
    profile,
    placement: placements[slot] ?? '',
    offer,
    reason,
    variant: variant ?? null,
  }));
}

/** Which entries somebody watches. What is left out is not asked about. */
export interface LiveFilter {
  readonly is?: readonly LiveEntry['is'][];
  readonly source?: string;
  /** Event type; of a decision: the placement. */
  readonly name?: string;
  readonly profile?: string;
  /** Only what differed from the plan, or was refused. */
  readonly problems?: boolean;
}

export function passes(entry: LiveEntry, { is, source, name, profile, problems }: LiveFilter): boolean {
  if (is && !is.includes(entry.is)) return false;
  if (source !== undefined && (entry.is === 'decision' || entry.source !== source)) return false;
  if (name !== undefined && (entry.is === 'decision' ? entry.placement : entry.type) !== name) return false;
  if (profile !== undefined && (entry.is === 'refusal' || entry.profile !== profile)) return false;
  return !problems || entry.is === 'refusal' || (entry.is === 'event' && entry.deviations.length > 0);
}
