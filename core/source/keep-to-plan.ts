import type { ParsedBatch, ParsedEvent } from '../event/parse-events.ts';
import type { Refusal } from '../event/refusal.ts';
import { type CompiledPlan, type Deviation, deviationsOf } from './tracking-plan.ts';

/** Refuses what the plan of a source does not have, where it says so. The others go on; what is only counted is counted behind the answer. */
export function keepToPlan(batch: ParsedBatch, plan: CompiledPlan | undefined): ParsedBatch {
  if (!plan?.refuses) return batch;
  const parsed: ParsedEvent[] = [];
  const refused: Refusal[] = [];
  for (const each of batch.parsed) {
    const [first] = deviationsOf(plan, each.event.type, each.event.data);
    if (first) refused.push(refusal(each, first));
    else parsed.push(each);
  }
  return refused.length === 0 ? batch : { parsed, refused: [...batch.refused, ...refused] };
}

function refusal({ index, event }: ParsedEvent, { kind, field }: Deviation): Refusal {
  const pointer = field === null ? '/type' : `/data/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return { index, id: event.id, code: 'notInPlan', detail: SENTENCES[kind], pointer };
}

const SENTENCES: Readonly<Record<Deviation['kind'], string>> = {
  unplannedType: 'the tracking plan of this source has no such event',
  unplannedField: 'the tracking plan of this source has no such field for this event',
  missingField: 'the tracking plan of this source wants this field',
};
