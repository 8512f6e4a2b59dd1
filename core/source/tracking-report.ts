import type { Instant } from '../lib/ids.ts';
import type { Tally } from './tally.ts';
import type { CompiledPlan } from './tracking-plan.ts';

interface Seen {
  readonly count: number;
  /** null: never. */
  readonly last: Instant | null;
}

/** What a source sent, beside what it was expected to send. */
export interface TrackingReport {
  /** False: it may send anything. */
  readonly plan: boolean;
  readonly events: readonly (Seen & {
    readonly type: string;
    readonly planned: boolean;
    readonly unused: boolean;
    readonly fields: readonly (Seen & {
      readonly field: string;
      readonly planned: boolean;
      readonly unused: boolean;
    })[];
  })[];
  readonly deviations: readonly (Seen & {
    readonly kind: Tally['kind'];
    readonly type: string;
    readonly field: string | null;
    readonly sample: Tally['sample'];
  })[];
  readonly refused: readonly (Seen & { readonly code: string; readonly type: string | null })[];
}

/** Tallies of one source, each thing once. Planned and seen types by name; deviations and refusals by how often. */
export function trackingReport(plan: CompiledPlan | null, tallies: readonly Tally[]): TrackingReport {
  const of = (kind: Tally['kind']) => tallies.filter((tally) => tally.kind === kind);
  const events = new Map(of('event').map((tally) => [tally.name, tally]));
  const fields = new Map<string, Map<string, Tally>>();
  for (const tally of of('field')) {
    const held = fields.get(tally.name) ?? new Map<string, Tally>();
    fields.set(tally.name, held.set(tally.field, tally));
  }
  const types = [...new Set([...(plan?.entries.keys() ?? []), ...events.keys()])].sort();
  return {
    plan: plan !== null,
    events: types.map((type) => {
      const entry = plan?.entries.get(type);
      const seen = fields.get(type) ?? new Map<string, Tally>();
      const names = [...new Set([...(entry?.fields ?? []), ...seen.keys()])].sort();
      return {
        type,
        planned: entry !== undefined,
        unused: entry !== undefined && !events.has(type),
        ...seenOf(events.get(type)),
        fields: names.map((field) => {
          const planned = entry !== undefined && (entry.fields === null || entry.fields.has(field));
          return { field, planned, unused: planned && !seen.has(field), ...seenOf(seen.get(field)) };
        }),
      };
    }),
    deviations: [...of('unplannedType'), ...of('unplannedField'), ...of('missingField')]
      .sort((a, b) => b.count - a.count)
      .map(({ kind, name, field, count, last, sample }) => ({
        kind,
        type: name,
        field: field === '' ? null : field,
        count,
        last,
        sample,
      })),
    refused: of('refused')
      .sort((a, b) => b.count - a.count)
      .map(({ name, field, count, last }) => ({ code: name, type: field === '' ? null : field, count, last })),
  };
}

function seenOf(tally: Tally | undefined): Seen {
  return { count: tally?.count ?? 0, last: tally?.last ?? null };
}
