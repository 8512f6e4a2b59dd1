import type { SourceId } from '../lib/ids.ts';
import type { JsonObject } from '../lib/json.ts';

/** What a source is expected to send. Its id is that of the source. */
export interface TrackingPlan {
  readonly id: string;
  readonly name?: string;
  /** By event type, or `custom.*` for all own types that are not named. */
  readonly events: Readonly<Record<string, PlannedEvent>>;
  /** What becomes of an event that is not in the plan, or has a field that is not: it is counted; `refuse`: and refused. */
  readonly unexpected: 'count' | 'refuse';
}

export interface PlannedEvent {
  readonly description?: string;
  /** Members of `data` that may be there. Left out: any. */
  readonly fields?: readonly string[];
  /** Those of them that must be. */
  readonly required?: readonly string[];
}

/** What differs from the plan. `field`: null where the type itself is not in it. */
export interface Deviation {
  readonly kind: 'unplannedType' | 'unplannedField' | 'missingField';
  readonly field: string | null;
}

/** A plan, ready for one event after the other. */
export interface CompiledPlan {
  readonly source: SourceId;
  readonly refuses: boolean;
  readonly entries: ReadonlyMap<string, PlannedFields>;
}

interface PlannedFields {
  /** null: any. */
  readonly fields: ReadonlySet<string> | null;
  readonly required: readonly string[];
}

export const OWN_TYPES_PLANNED = 'custom.*';

/** What a site has to send so that consent, identity and results are right at all is in every plan. */
const ALWAYS: ReadonlySet<string> = new Set([
  'consent.updated',
  'identity.linked',
  'experiment.exposed',
  'proposition.displayed',
  'proposition.clicked',
  'proposition.dismissed',
  'signed.in',
  'signed.out',
]);

export function compilePlan({ id, events, unexpected }: TrackingPlan): CompiledPlan {
  return {
    source: id as SourceId,
    refuses: unexpected === 'refuse',
    entries: new Map(
      Object.entries(events).map(([type, { fields, required = [] }]) => [
        type,
        { fields: fields ? new Set([...fields, ...required]) : null, required },
      ]),
    ),
  };
}

/** Everything in which an event differs from the plan; empty: nothing. */
export function deviationsOf(plan: CompiledPlan, type: string, data: JsonObject): readonly Deviation[] {
  const entry =
    plan.entries.get(type) ?? (type.startsWith('custom.') ? plan.entries.get(OWN_TYPES_PLANNED) : undefined);
  if (!entry) return ALWAYS.has(type) ? [] : UNPLANNED;
  const { fields, required } = entry;
  const names = fields === null ? [] : Object.keys(data).filter((field) => !fields.has(field));
  const missing = required.filter((field) => data[field] === undefined || data[field] === null);
  if (names.length === 0 && missing.length === 0) return NONE;
  return [
    ...names.map((field) => ({ kind: 'unplannedField' as const, field })),
    ...missing.map((field) => ({ kind: 'missingField' as const, field })),
  ];
}

const NONE: readonly Deviation[] = [];
const UNPLANNED: readonly Deviation[] = [{ kind: 'unplannedType', field: null }];
