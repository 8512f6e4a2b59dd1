import { PURPOSES } from '../policy/purposes.ts';
import type { SegmentReads } from './program.ts';
import type { EventQuery, Rule } from './rule.ts';
import type { SegmentSource } from './segment-source.ts';

/** What a rule reads, together with what the segments it names read. Names are sorted. */
export function ruleReads(source: SegmentSource, used: readonly SegmentReads[]): SegmentReads {
  const attributes = new Set(used.flatMap((reads) => reads.attributes));
  const purposes = new Set(used.flatMap((reads) => reads.purposes)).add(source.purpose);
  const events = new Map<string, Set<string>>();
  const fieldsOf = (type: string): Set<string> => {
    const fields = events.get(type) ?? new Set();
    events.set(type, fields);
    return fields;
  };
  for (const reads of used) {
    for (const [type, fields] of Object.entries(reads.events)) {
      const all = fieldsOf(type);
      for (const field of fields) all.add(field);
    }
  }
  const addQuery = (query: EventQuery | undefined, field?: string): void => {
    for (const type of query?.types ?? []) {
      const fields = fieldsOf(type);
      if (field !== undefined) fields.add(field);
      for (const condition of query?.where ?? []) fields.add(condition.field);
    }
    for (const { value } of query?.where ?? []) {
      if (typeof value === 'object' && value !== null && 'attribute' in value) attributes.add(value.attribute);
    }
  };
  const pending: Rule[] = [source.rule];
  for (let rule = pending.pop(); rule !== undefined; rule = pending.pop()) {
    if (rule.op === 'and' || rule.op === 'or') pending.push(...rule.of);
    else if (rule.op === 'not') pending.push(rule.of);
    else if (rule.op === 'attribute') attributes.add(rule.name);
    else if (rule.op === 'count') addQuery(rule.of);
    else if (rule.op === 'sum') addQuery(rule.of, rule.field);
    else if (rule.op === 'didNotSince') for (const query of [rule.did, rule.notSince, rule.thenSince]) addQuery(query);
  }
  return {
    attributes: [...attributes].sort(),
    events: Object.fromEntries([...events.keys()].sort().map((type) => [type, [...(events.get(type) ?? [])].sort()])),
    purposes: PURPOSES.filter((purpose) => purposes.has(purpose)),
  };
}
