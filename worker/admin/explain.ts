import { z } from 'zod';
import type { CompiledNamespaces } from '../../core/identity/compiled-namespaces.ts';
import { normaliseIdentity } from '../../core/identity/normalise-identity.ts';
import type { ExplainedProfile } from '../../core/interaction/explain-command.ts';
import { type Instant, type ProfileId, parseProfileId } from '../../core/lib/ids.ts';
import { formatInstant } from '../../core/lib/instant.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { PURPOSES } from '../../core/policy/purposes.ts';
import { eligibilityId } from '../../core/ruleset/eligibility.ts';
import type { LiveSubject } from '../../core/ruleset/explain-rule.ts';
import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import type { Explanation } from '../../core/segment/explain/compile-explanation.ts';
import type { ExplainedNode } from '../../core/segment/explain/explained-tree.ts';
import { expressionInput } from '../../core/segment/schema.ts';
import type { Who } from '../services/homes.ts';
import { explainedRule } from './explain.schema.ts';
import { isPersonal, maskExplanation } from './mask-explanation.ts';
import { record } from './people.ts';
import { ROLES, rolesWith } from './roles.ts';
import {
  type AdminAnswer,
  BODY_PROBLEMS,
  type Call,
  COMMON_PROBLEMS,
  type Operation,
  type Route,
  route,
} from './route.ts';

/** Ten years, as far as objects look ahead themselves. */
const HORIZON_MS = 3_650 * 86_400_000;
/** A program beyond this is not sent to a profile. */
const MAX_PLAN_BYTES = 4 * 1024 * 1024;

const person = {
  namespace: z
    .string()
    .max(64)
    .exactOptional()
    .meta({ description: 'Its code: customer, email, device … or another of the setting identity' }),
  value: z.string().max(1024).exactOptional(),
  profile: z.string().max(64).exactOptional().meta({ description: 'Instead of namespace and value' }),
};
const live = {
  segment: z.string().max(64).exactOptional(),
  offer: z.string().max(64).exactOptional().meta({ description: 'Instead of segment: who is eligible' }),
};
const inQuery = z.strictObject({ ...person, ...live });
const inBody = z.strictObject({
  ...person,
  ...live,
  rule: expressionInput
    .exactOptional()
    .meta({ description: 'Instead of segment: a rule as a part of the present drafts' }),
  purpose: z.enum(PURPOSES).default('personalization').meta({ description: 'Of the rule' }),
});
type Asked = z.output<typeof inQuery>;

/** Why somebody is in a segment, or is not. Every answer is recorded in the audit; operators who may not see personal data get it masked. */
export const explainRoutes: readonly Route[] = [
  route(
    {
      id: 'explainSegment',
      method: 'get',
      path: '/profiles/explain',
      tag: 'profiles',
      needs: 'explain',
      summary:
        'Why one person is in a live segment, or eligible for an offer, or is not: every part of the rule with its value',
      query: inQuery,
      responses: { 200: explainedRule },
      problems: [...COMMON_PROBLEMS, 'badRequest', 'notFound', 'notPublished', 'conflict'],
    },
    async (call) => answer(call, 'badRequest', call.query, null),
  ),
  route(
    {
      id: 'explainRule',
      method: 'post',
      path: '/profiles/explain',
      tag: 'profiles',
      needs: 'explain',
      summary: 'The same for a rule that may not be stored yet, or with the person in the body, where no log keeps it',
      body: inBody,
      responses: { 200: explainedRule },
      problems: [...COMMON_PROBLEMS, ...BODY_PROBLEMS, 'notFound', 'notPublished', 'conflict'],
    },
    async (call) => answer(call, 'invalid', call.body, call.body.rule === undefined ? null : call.body),
  ),
];

type AnyCall = Pick<Call<Operation>, 'services' | 'space' | 'actor' | 'operator'>;
type Draft = z.output<typeof inBody>;

async function answer(
  call: AnyCall,
  problem: 'badRequest' | 'invalid',
  asked: Asked,
  draft: Draft | null,
): Promise<AdminAnswer> {
  const { explainer, rulesets, now } = call.services;
  if (!seesPersonal(call) && asked.profile === undefined)
    return forbidden('To name a person by an identity needs the permission personal: name the profile instead.');
  if (!explainer) return { problem: 'unavailable' };
  const ruleset = await rulesets.current(call.space);
  if (!ruleset) return { problem: 'notPublished' };
  const who = whoOf(asked, ruleset.stitch.namespaces);
  const subject = subjectOf(asked, draft);
  if (!who.ok || !subject.ok) {
    const errors = [who, subject].flatMap((each) => (each.ok ? [] : [each.error]));
    return { problem, extras: { errors } };
  }
  const found = await explanationOf(call, subject.value, draft, ruleset);
  if ('problem' in found) return found;
  const { nodes, plan, mask } = found;
  if (JSON.stringify(plan).length > MAX_PLAN_BYTES)
    return {
      problem: 'conflict',
      extras: { detail: 'The rule and what it is built on are too large to be explained.' },
    };
  const jurisdictions = [...new Set([...ruleset.sources.values()].map((source) => source.jurisdiction))];
  const segment = segmentOf(subject.value);
  const reply = await explainer.explain(call.space, who.value, jurisdictions, { segment, plan, horizonMs: HORIZON_MS });
  if (!reply) return { problem: 'notFound', extras: { detail: 'Nobody of that name is stored.' } };
  const { explainedTree } = await import('../../core/segment/explain/explained-tree.ts');
  const noted = await record(call, { action: 'viewed', profile: reply.profile, note: noteOf(subject.value) });
  if (noted) return noted;
  const tree = mask(explainedTree(nodes, reply.outcome));
  const { at, nextFlip, lookedUntil } = reply.outcome;
  return {
    status: 200,
    body: {
      ...(subject.value ? { [subject.value.kind]: subject.value.id } : {}),
      profile: reply.profile,
      sequence: subject.value ? ruleset.sequence : null,
      at: formatInstant(at ?? now()),
      member: tree.truth === true,
      ...(subject.value?.kind === 'segment' ? presentRecord(reply, tree.truth === true) : { since: null, cause: null }),
      recorded: recordOf(reply),
      sentence: tree.sentence,
      text: tree.text,
      nextChange: timeOrNull(nextFlip),
      lookedUntil: formatInstant(lookedUntil),
      approximateSince: timeOrNull(reply.approximateSince),
      tree,
    },
  };
}

type Masked = Explanation & { readonly mask: (tree: ExplainedNode) => ExplainedNode };

async function explanationOf(
  call: AnyCall,
  subject: LiveSubject | null,
  draft: Draft | null,
  ruleset: LoadedRuleset,
): Promise<Masked | Extract<AdminAnswer, { readonly problem: unknown }>> {
  const { services, space } = call;
  const { explainDraftRule, explainLiveRule } = await import('../../core/ruleset/explain-rule.ts');
  const { checkRule } = await import('../../core/ruleset/check-rule.ts');
  const { lineageOf } = await import('../../core/segment/compile/lineage.ts');
  if (subject) {
    const rules = await services.rulesets.rules(ruleset);
    const explanation = explainLiveRule(subject, rules, ruleset, services.now());
    if (explanation && seesPersonal(call)) return { ...explanation, mask: (tree) => tree };
    const lineage = explanation && lineageOf(rules.lineage, 'segment', segmentOf(subject) ?? '');
    if (explanation && lineage)
      return { ...explanation, mask: (tree) => maskExplanation(tree, lineage, ruleset.attributes) };
    const what = subject.kind === 'segment' ? 'live segment' : 'live offer with a rule';
    return { problem: 'notFound', extras: { detail: `There is no ${what} "${subject.id}".` } };
  }
  const stored = (await services.config.readDraft(space)).map(({ kind, id, body }) => ({
    kind,
    id,
    body: JSON.parse(body) as unknown,
  }));
  const { rule = '', purpose = 'personalization' } = draft ?? {};
  const explanation = explainDraftRule(rule, purpose, stored, services.now());
  if (!explanation.ok) return { problem: 'invalid', extras: { errors: explanation.error } };
  if (!seesPersonal(call)) {
    // Rules of one's own, tried one after another, would spell out what masks hide.
    const { lineage } = checkRule({ rule, as: 'segment', id: null, purpose }, stored, services.now());
    if (!lineage || isPersonal(lineage.labels))
      return forbidden('The rule reads personal data: to try it needs the permission personal.');
  }
  return { ...explanation.value, mask: (tree) => tree };
}

function seesPersonal({ operator }: AnyCall): boolean {
  return ROLES[operator.role].may.has('personal');
}

function forbidden(detail: string): Extract<AdminAnswer, { readonly problem: unknown }> {
  return { problem: 'forbidden', extras: { detail, members: { needs: 'personal', roles: rolesWith('personal') } } };
}

function noteOf(subject: LiveSubject | null): string {
  return subject ? `explained ${subject.kind} ${subject.id}` : 'explained a rule of a draft';
}

interface Item {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

function whoOf({ namespace, value, profile }: Asked, namespaces: CompiledNamespaces): Result<Who, Item> {
  if (profile !== undefined) {
    const id: ProfileId | null = namespace === undefined && value === undefined ? parseProfileId(profile) : null;
    return id
      ? ok({ profile: id })
      : err({
          pointer: '/profile',
          code: 'badProfile',
          detail: 'a profile id (prf_…), and then no namespace and value',
        });
  }
  const identity = normaliseIdentity({ namespace: namespace ?? '', value: value ?? '' }, namespaces);
  const detail = `name a person by namespace (${[...namespaces.byCode.keys()].join(', ')}) and value, or by profile`;
  return identity ? ok({ identity }) : err({ pointer: '/namespace', code: 'blockedIdentity', detail });
}

/** Null: the rule in the body. */
function subjectOf({ segment, offer }: Asked, draft: Draft | null): Result<LiveSubject | null, Item> {
  const named: readonly (LiveSubject | null)[] = [
    ...(segment === undefined ? [] : [{ kind: 'segment' as const, id: segment }]),
    ...(offer === undefined ? [] : [{ kind: 'offer' as const, id: offer }]),
    ...(draft ? [null] : []),
  ];
  const [first] = named;
  if (named.length === 1 && first !== undefined) return ok(first);
  return err({ pointer: '/segment', code: 'oneOf', detail: 'name one segment, or one offer, or give one rule' });
}

function segmentOf(subject: LiveSubject | null): string | null {
  return subject && (subject.kind === 'segment' ? subject.id : eligibilityId(subject.id));
}

/**
 * Since when it is as it is, and why. What time brought since the last visit is known before it is recorded; what a publish brought is dated by the touch
 * that it comes with.
 */
function presentRecord({ membership, outcome }: ExplainedProfile, member: boolean) {
  const isGoingOn = (membership?.member ?? false) === outcome.wasMember;
  if (isGoingOn && outcome.flippedAt !== null)
    return { since: formatInstant(outcome.flippedAt), cause: 'time' as const };
  if (membership?.member !== member) return { since: null, cause: null };
  return { since: formatInstant(membership.since), cause: membership.cause };
}

function recordOf({ membership }: ExplainedProfile) {
  if (!membership) return null;
  const { member, since, cause, sequence } = membership;
  return { member, since: formatInstant(since), cause, sequence };
}

function timeOrNull(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at);
}
