import { z } from 'zod';
import { REASONS, REJECTIONS } from '../../core/decision/proposition.ts';
import type { Receipt } from '../../core/decision/receipt.ts';
import { replayReceipt } from '../../core/decision/replay-receipt.ts';
import { formatInstant, parseInstant } from '../../core/lib/instant.ts';
import { limit } from '../../core/lib/limits.ts';
import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import { signPreview } from '../http/preview-token.ts';
import { record } from './people.ts';
import { type AdminAnswer, BODY_PROBLEMS, COMMON_PROBLEMS, type Route, route } from './route.ts';

const id = z.string().max(64);
const keysOf = <T extends string>(table: Readonly<Record<T, string>>) => Object.keys(table) as [T, ...T[]];

const shown = z.object({
  placement: z.string(),
  offer: z.string().nullable(),
  reason: z.enum(keysOf(REASONS)),
  because: z.string(),
  experiment: z.string().optional(),
  variant: z.string().optional(),
  score: z.number().optional(),
  propensity: z.number().optional(),
  language: z.string().optional(),
});
const traced = z.object({
  placement: z.string(),
  offer: z.string(),
  rejection: z.enum(keysOf(REJECTIONS)).nullable().meta({ description: 'null: it won' }),
  because: z.string(),
  score: z.number().optional(),
});

const previewBody = z.strictObject({
  offers: z.record(id, id).default({}).meta({ description: 'By placement: the offer to show, whoever may have it' }),
  variants: z.record(id, id).default({}).meta({ description: 'By experiment: the variant to be in' }),
  segments: z.array(id).max(20).default([]).meta({ description: 'To be seen as a member of' }),
  at: z.string().max(40).exactOptional().meta({ description: 'As if it were then: ISO 8601 with an offset' }),
  minutes: z.int().min(1).max(limit('previewMinutes')).default(60).meta({ description: 'How long the link is good' }),
});

/** Why somebody saw what they saw, and links that show what nobody has yet. */
export const decisionRoutes: readonly Route[] = [
  route(
    {
      id: 'explainDecision',
      method: 'get',
      path: '/decisions/{id}',
      tag: 'decisions',
      needs: 'explain',
      summary:
        'The receipt of the answer that a proposition was part of, decided again under the rules of its sequence: what was shown, and why each offer won or lost. Kept 30 days; there within 30 seconds',
      responses: {
        200: z.object({
          request: z.string(),
          at: z.string(),
          sequence: z.int(),
          profile: z.string().nullable(),
          state: z.string(),
          agrees: z.boolean().meta({ description: 'Deciding again gave the same answer' }),
          shown: z.array(shown),
          trace: z.array(traced),
          receipt: z.json(),
        }),
      },
      problems: [...COMMON_PROBLEMS, 'badRequest', 'notFound', 'conflict'],
    },
    async (call): Promise<AdminAnswer> => {
      const { services, space, param } = call;
      const receipt = await services.decisions?.receiptOf(space, param('id'));
      if (receipt === 'malformed') {
        return { problem: 'badRequest', extras: { detail: 'the id of a proposition is prp_ and what follows it' } };
      }
      if (receipt === undefined || receipt === 'missing') {
        const detail =
          'no receipt of that answer: it was given less than 30 seconds or more than 30 days ago, was a preview or to somebody of whom nothing is stored, or never was';
        return { problem: 'notFound', extras: { detail } };
      }
      if ('leftOut' in receipt) {
        const { leftOut, bytes } = receipt;
        const detail = `no receipt of that answer was kept: it had ${bytes} bytes, which was more than there was room for (limit ${leftOut}, ${limit(leftOut)} bytes)`;
        return { problem: 'notFound', extras: { detail } };
      }
      const rules = await services.rulesets.at(space, receipt.sequence);
      const replay = rules && replayReceipt(receipt, rules);
      if (!replay?.ok) {
        return { problem: 'conflict', extras: { detail: 'the receipt does not fit the rules of its sequence' } };
      }
      const { profile } = receipt;
      const note = `explained decision ${param('id')}`;
      const noted = profile && (await record(call, { action: 'viewed', profile, note }));
      if (noted) return noted;
      const { trace, agrees } = replay.value;
      return {
        status: 200,
        body: { ...headOf(receipt), agrees, shown: shownOf(receipt), trace: trace.map(because), receipt },
      };
    },
  ),
  route(
    {
      id: 'createPreview',
      method: 'post',
      path: '/previews',
      tag: 'decisions',
      needs: 'edit',
      summary:
        'A signed link that shows a chosen offer, variant, segment or date. What is seen through it is never counted and nothing of it is stored',
      body: previewBody,
      responses: {
        201: z.object({
          token: z.string(),
          query: z.string().meta({ description: 'To be added to the address of any page of the site' }),
          expiresAt: z.string(),
        }),
      },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS],
    },
    async ({ services, space, body }): Promise<AdminAnswer> => {
      const { offers, variants, segments, minutes } = body;
      const at = body.at === undefined ? null : parseInstant(body.at);
      const rules = await services.rulesets.current(space);
      const errors = unknownNames(body, rules);
      if (body.at !== undefined && at === null) {
        errors.push({ pointer: '/at', code: 'format', detail: 'ISO 8601 with an offset' });
      }
      if (errors.length > 0 || !services.visitorKeys) return { problem: 'invalid', extras: { errors } };
      const expiresAt = services.now() + minutes * 60_000;
      const token = await signPreview({ offers, variants, segments, at, expiresAt }, space, services.visitorKeys);
      const query = `selvedge_preview=${encodeURIComponent(token)}`;
      return {
        status: 201,
        body: { token, query, expiresAt: formatInstant(expiresAt as Parameters<typeof formatInstant>[0]) },
      };
    },
  ),
];

type PreviewBody = z.output<typeof previewBody>;

/** A link that shows nothing because of a slip of the pen would be believed to show what is live. */
function unknownNames(
  { offers, variants, segments }: PreviewBody,
  rules: LoadedRuleset | null,
): { pointer: string; code: string; detail: string }[] {
  const errors: { pointer: string; code: string; detail: string }[] = [];
  const miss = (pointer: string, what: string) =>
    errors.push({ pointer, code: 'unknown', detail: `the live ruleset has no such ${what}` });
  for (const [placement, offer] of Object.entries(offers)) {
    if (!rules?.placements.has(placement)) miss(`/offers/${placement}`, 'placement');
    else if (!rules.offers.has(offer)) miss(`/offers/${placement}`, 'offer');
  }
  for (const [experiment, variant] of Object.entries(variants)) {
    const position = rules?.experiments.positions.get(experiment);
    const found = position === undefined ? undefined : rules?.experiments.all[position];
    if (!found) miss(`/variants/${experiment}`, 'experiment');
    else if (!found.variants.some(({ id: known }) => known === variant)) miss(`/variants/${experiment}`, 'variant');
  }
  for (const [i, segment] of segments.entries()) if (!rules?.positions.has(segment)) miss(`/segments/${i}`, 'segment');
  return errors;
}

function headOf({ request, at, sequence, profile, state }: Receipt) {
  return { request, at: formatInstant(at), sequence, profile, state };
}

function shownOf({ shown: lines, placements }: Receipt) {
  return lines.map(({ slot, fill: _, ...line }) => ({
    placement: placements[slot] ?? '',
    ...line,
    because: REASONS[line.reason],
  }));
}

function because<T extends { readonly rejection: keyof typeof REJECTIONS | null }>(line: T) {
  return { ...line, because: line.rejection === null ? 'it won' : REJECTIONS[line.rejection] };
}
