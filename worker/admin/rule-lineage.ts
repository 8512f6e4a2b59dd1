import { z } from 'zod';
import { LABELS } from '../../core/policy/labels.ts';
import { PURPOSES } from '../../core/policy/purposes.ts';
import { isHidden } from '../../core/ruleset/eligibility.ts';
import type { RuleLineage } from '../../core/segment/compile/lineage.ts';
import type { AdminAnswer } from './route.ts';
import { type Call, COMMON_PROBLEMS, type Operation, type Route, route } from './route.ts';

const names = z.array(z.string()).readonly();

/** What a rule reads, itself and through the segments and measures it is built on. */
export const ruleLineage = z
  .object({
    attributes: names,
    labels: z.array(z.enum(LABELS)).readonly().meta({ description: 'Of the attributes and fields below' }),
    events: z
      .array(z.object({ type: z.string().nullable().meta({ description: 'null: any type' }), fields: names }))
      .readonly(),
    measures: names,
    segments: names,
    models: names,
    purposes: z
      .array(z.enum(PURPOSES))
      .readonly()
      .meta({ description: 'Facts count that were collected for all of them' }),
  })
  .meta({ id: 'RuleLineage' }) satisfies z.ZodType<RuleLineage>;

const liveLineage = z.object({ id: z.string(), sequence: z.number().int(), lineage: ruleLineage });

const lineageRoute = (kind: 'segment' | 'measure', id: string, path: string): Route =>
  route(
    {
      id,
      method: 'get',
      path,
      tag: `${kind}s`,
      needs: 'read',
      summary: `What one live ${kind} reads, through segments and measures too`,
      responses: { 200: liveLineage },
      problems: [...COMMON_PROBLEMS, 'notFound'],
    },
    (call) => read(call, kind),
  );

export const lineageRoutes: readonly Route[] = [
  lineageRoute('segment', 'getSegmentLineage', '/segments/{id}/lineage'),
  lineageRoute('measure', 'getMeasureLineage', '/measures/{id}/lineage'),
];

async function read({ services, space, param }: Call<Operation>, kind: 'segment' | 'measure'): Promise<AdminAnswer> {
  const id = param('id');
  const live = await services.rulesets.current(space);
  // Hidden rules are segments too, and nobody's business under that name.
  if (!live || isHidden(id)) return { problem: 'notFound' };
  const { lineage } = await services.rulesets.rules(live);
  const { lineageOf } = await import('../../core/segment/compile/lineage.ts');
  const found = lineageOf(lineage, kind, id);
  return found ? { status: 200, body: { id, sequence: live.sequence, lineage: found } } : { problem: 'notFound' };
}
