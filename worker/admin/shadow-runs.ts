import { z } from 'zod';
import { limit } from '../../core/lib/limits.ts';
import { PURPOSES } from '../../core/policy/purposes.ts';
import { eligibilityId } from '../../core/ruleset/eligibility.ts';
import type { ChangedSegments } from '../../core/segment/preview/changed-segments.ts';
import { expressionInput } from '../../core/segment/schema.ts';
import { estimateRule, runShadow, type ShadowRunReport } from '../services/shadow-runs.ts';
import { isPersonal } from './mask-explanation.ts';
import { reaching } from './people.ts';
import { ROLES } from './roles.ts';
import {
  type AdminAnswer,
  BODY_PROBLEMS,
  type Call,
  COMMON_PROBLEMS,
  type Operation,
  type Route,
  route,
} from './route.ts';
import { countEstimate, presentPreview, presentReport, preview, sampleReport } from './shadow-report.schema.ts';

const ids = z.array(z.string());
/** Fewer people than this are not counted for roles that may not see personal data, where a rule reads such data. */
const FEW = 10;

const shadowRunReport = z
  .object({
    ...sampleReport,
    sequence: z.number().int().nullable().meta({ description: 'What is live, and was compared with; null: nothing' }),
    changed: z.object({ added: ids, removed: ids, edited: ids, dependents: ids }).meta({ description: 'Segment ids' }),
    segments: z.array(preview.extend({ segment: z.string() })),
    offers: z
      .array(preview.extend({ offer: z.string() }))
      .meta({ description: 'Who is eligible; schedule, caps and competition of offers are not looked at' }),
  })
  .meta({ id: 'ShadowRun' });

/** What a change would do, tried on a sample of the profiles. Nothing here changes anything. */
export const shadowRunRoutes: readonly Route[] = [
  route(
    {
      id: 'runShadow',
      method: 'post',
      path: '/shadow-runs',
      tag: 'publishing',
      needs: 'reports',
      summary: 'Say who would enter and leave each segment if the drafts, or a change set, were published',
      body: z.strictObject({
        candidate: z
          .union([z.literal('drafts'), z.strictObject({ changeSet: z.string().max(64) })])
          .default('drafts')
          .meta({ description: 'The drafts, or what is live with a change set laid over it' }),
        examples: z.int().min(0).max(limit('shadowExamples')).default(5).meta({
          description: 'Most profiles that are named for each direction, to roles with the permission members',
        }),
        offers: z
          .enum(['changed', 'all'])
          .default('changed')
          .meta({ description: 'Whose reach is estimated: offers that the change is about, or all' }),
      }),
      bodyOptional: true,
      responses: { 200: shadowRunReport },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'notFound', 'draftInvalid', 'conflict'],
    },
    (call) => reaching(() => shadowRun(call)),
  ),
  route(
    {
      id: 'estimateSegment',
      method: 'post',
      path: '/segments/estimate',
      tag: 'segments',
      needs: 'reports',
      summary: 'Say how many people a rule would hold, as a part of the present drafts; stores nothing',
      body: z.strictObject({
        rule: expressionInput,
        id: z.string().max(64).exactOptional().meta({ description: 'Of the segment that it would replace' }),
        purpose: z.enum(PURPOSES).default('personalization'),
      }),
      responses: {
        200: z
          .object({
            ...sampleReport,
            members: countEstimate.nullable().meta({
              description: `null: fewer than ${FEW} rows, of a rule that reads personal data, which the role may not see`,
            }),
          })
          .meta({ id: 'SegmentEstimate' }),
      },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS],
    },
    (call) => reaching(() => estimate(call, call.body)),
  ),
];

type AnyCall = Pick<Call<Operation>, 'services' | 'space' | 'operator'>;

interface ShadowBody {
  readonly candidate: 'drafts' | { readonly changeSet: string };
  readonly examples: number;
  readonly offers: 'changed' | 'all';
}

async function shadowRun(call: AnyCall & { readonly body: ShadowBody }): Promise<AdminAnswer> {
  const { services, space, operator, body } = call;
  const { samples } = services;
  if (!samples) return { problem: 'unavailable' };
  const named = ROLES[operator.role].may.has('members');
  const candidate =
    body.candidate === 'drafts'
      ? ({ kind: 'drafts' } as const)
      : ({ kind: 'changeSet', id: body.candidate.changeSet } as const);
  const options = { examples: named ? body.examples : 0, allOffers: body.offers === 'all' };
  const run = await runShadow({ ...services, samples }, space, candidate, options);
  if (run.ok) return { status: 200, body: presentRun(run.value, named) };
  switch (run.error.kind) {
    case 'notFound':
      return { problem: 'notFound', extras: { detail: 'There is no such change set.' } };
    case 'invalid':
      return { problem: 'draftInvalid', extras: { errors: run.error.problems } };
    case 'tooLarge':
      return {
        problem: 'conflict',
        extras: { detail: 'Too many rules differ from what is live to be compared at once.' },
      };
  }
}

function presentRun(report: ShadowRunReport, named: boolean) {
  const { sequence, changed, segments } = report;
  const isOffer = (id: string) => id.startsWith(eligibilityId(''));
  const own = (list: readonly string[]) => list.filter((id) => !isOffer(id));
  const { added, removed, edited, dependents } = changed;
  const told = segments.map((each) => ({
    id: each.segment,
    preview: { change: changeOf(changed, each.segment), ...presentPreview(each, named) },
  }));
  return {
    ...presentReport(report),
    sequence,
    changed: { added: own(added), removed: own(removed), edited: own(edited), dependents: own(dependents) },
    segments: told.filter(({ id }) => !isOffer(id)).map((each) => ({ segment: each.id, ...each.preview })),
    offers: told
      .filter(({ id }) => isOffer(id))
      .map((each) => ({ offer: each.id.slice(eligibilityId('').length), ...each.preview })),
  };
}

function changeOf({ added, removed, edited, dependents }: ChangedSegments, id: string) {
  if (added.includes(id)) return 'added';
  if (removed.includes(id)) return 'removed';
  if (edited.includes(id)) return 'edited';
  return dependents.includes(id) ? 'dependent' : 'none';
}

interface EstimateBody {
  readonly rule: Parameters<typeof import('../../core/ruleset/check-rule.ts').checkRule>[0]['rule'];
  readonly id?: string;
  readonly purpose: (typeof PURPOSES)[number];
}

async function estimate({ services, space, operator }: AnyCall, body: EstimateBody): Promise<AdminAnswer> {
  const { samples, config, now } = services;
  if (!samples) return { problem: 'unavailable' };
  const stored = (await config.readDraft(space)).map(({ kind, id, body: held }) => ({
    kind,
    id,
    body: JSON.parse(held) as unknown,
  }));
  const { draftRuleSide } = await import('../../core/ruleset/draft-rule-side.ts');
  const checked = draftRuleSide({ ...body, id: body.id ?? null }, stored, now());
  if (!checked.ok) return { problem: 'invalid', extras: { errors: checked.error } };
  const { side, id, labels } = checked.value;
  const report = await estimateRule({ samples, now }, space, side, id);
  const members = report.segments[0]?.after;
  if (!members) throw new Error('a rule was not counted');
  // Rules of one's own, tried one after another, would spell out what masks hide.
  const isHidden = members.sampled < FEW && isPersonal(labels) && !ROLES[operator.role].may.has('personal');
  return { status: 200, body: { ...presentReport(report), members: isHidden ? null : members } };
}
