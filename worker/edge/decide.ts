import type { Context } from 'hono';
import type { Preview } from '../../core/decision/decision-subject.ts';
import type { Reason } from '../../core/decision/proposition.ts';
import type { AuthState, Identity } from '../../core/event/event.ts';
import { normaliseIdentity } from '../../core/identity/normalise-identity.ts';
import type { InteractAnswer, InteractCommand } from '../../core/interaction/command.ts';
import { decideRequestSchema } from '../../core/interaction/schema.ts';
import type { DecideRequest, DecideResponse } from '../../core/interaction/wire.ts';
import type { Sequence } from '../../core/lib/ids.ts';
import { formatInstant } from '../../core/lib/instant.ts';
import { findCapProblem } from '../../core/lib/json.ts';
import { GPC_DENIES } from '../../core/policy/purposes.ts';
import { rulesetFor, rulesetForStrangers } from '../../core/ruleset/gradual.ts';
import type { AppEnv } from '../app-env.ts';
import { readJsonBody } from '../http/body.ts';
import { type Caller, identifyCaller, keyOf } from '../http/caller.ts';
import { type Enrichment, enrich } from '../http/enrich.ts';
import { problem } from '../http/problem.ts';
import { schemaErrors } from '../http/schema-errors.ts';
import type { Services } from '../services.ts';
import { openPreview } from './preview.ts';
import { callProfile } from './profile-call.ts';
import { decideForStranger, fallbacks } from './stateless.ts';
import { deviceRef, findPerson, findVisitor, renewedToken } from './visitor.ts';

/** `POST /v1/decide`: what a server would show this person now. Writes no event and makes no profile. */
export async function decideRoute(c: Context<AppEnv>): Promise<Response> {
  const services = c.get('services');
  const request = c.req.raw as Request<unknown, IncomingRequestCfProperties>;
  const url = new URL(c.req.url);
  const body = await readJsonBody(request);
  if (!body.ok) return problem(c, body.error.kind, body.error.extras);
  const caller = await identifyCaller(request, keyOf(request, url, null), services.rulesets);
  if (!caller.ok) return problem(c, caller.error.kind, caller.error.extras);
  if (caller.value.kind !== 'server')
    return problem(c, 'keyKindNotAllowed', { detail: 'decide takes a server key; a page asks /v1/interact' });
  const capped = findCapProblem(body.value.json, { maxDepth: 8, maxString: 8192, maxItems: 100 });
  if (capped)
    return problem(c, 'invalid', {
      errors: [{ pointer: capped.pointer, code: capped.problem, detail: 'over the cap for requests' }],
    });
  const parsed = decideRequestSchema.safeParse(body.value.json);
  if (!parsed.success) return problem(c, 'invalid', { errors: schemaErrors(parsed.error.issues) });
  const wanted = parsed.data as DecideRequest;

  const visitor = await findVisitor(services, caller.value, request, wanted.visitor);
  if (!visitor.ok)
    return problem(c, 'invalidVisitor', { detail: `the visitor token is not valid here: ${visitor.error}` });
  const person = wanted.identity ? normaliseIdentity(wanted.identity, caller.value.ruleset.stitch.namespaces) : null;
  if (wanted.identity && (!person || person.namespace === 'device')) {
    return problem(c, 'invalid', {
      errors: [
        { pointer: '/identity', code: 'blockedIdentity', detail: 'an unknown namespace, or a value that names nobody' },
      ],
    });
  }
  const opened = await openPreview(wanted.preview, caller.value, services);
  const decided = await decideFor(services, caller.value, wanted, visitor.value, person, c.get('requestId'), {
    ...enrich(request, {}, true),
    preview: opened?.preview ?? null,
  });
  const answer = opened ? { ...decided, preview: opened.said } : decided;
  c.set('log', {
    space: caller.value.space,
    source: caller.value.source.id,
    sequence: answer.sequence,
    placements: answer.propositions.length,
  });
  return c.json(answer, 200, { 'cache-control': 'no-store' });
}

type FoundVisitor = Extract<Awaited<ReturnType<typeof findVisitor>>, { ok: true }>['value'];

/** What the request says beside its body: links, and headers that speak for the visitor. */
type Beside = Pick<Enrichment, 'globalPrivacyControl' | 'prefetch'> & { readonly preview: Preview | null };

async function decideFor(
  services: Services,
  caller: Caller,
  wanted: DecideRequest,
  visitor: FoundVisitor,
  person: Identity | null,
  requestId: string,
  { preview, prefetch, globalPrivacyControl }: Beside,
): Promise<DecideResponse> {
  const now = services.now();
  const denied = globalPrivacyControl ? GPC_DENIES : 0;
  const placements = wanted.placements ?? [];
  const said = {
    ...(wanted.context && { context: wanted.context }),
    ...(wanted.languages && { languages: wanted.languages }),
    ...(preview && { preview }),
  };
  const unknown = { ...caller, ruleset: rulesetForStrangers(caller.ruleset) };
  const stranger = (): DecideResponse => ({
    sequence: unknown.ruleset.sequence,
    visitor: { state: 'anonymous', isNew: false },
    propositions: decideForStranger(unknown, { placements, requestId, now, denied, ...said }),
    memberships: [],
    ...(wanted.include?.includes('recent') ? { recent: [] } : {}),
  });
  const withFallbacks = (reason: Reason): DecideResponse => ({
    ...stranger(),
    propositions: fallbacks(unknown, placements, requestId, reason),
  });
  const degraded = (): DecideResponse => ({ ...withFallbacks('degraded'), degraded: true });
  // Nobody looks yet: nothing of it may count.
  if (prefetch) return withFallbacks('prefetch');
  let home: Awaited<ReturnType<typeof findPerson>> = null;
  try {
    if (!visitor && person) home = await findPerson(services, caller, person, false);
  } catch {
    return degraded();
  }
  if (!visitor && !home) return stranger();
  const device = visitor ? deviceRef(visitor, now) : null;
  const through =
    device ?? (person && home ? { identity: person, epoch: home.epoch, erasedAt: home.erasedAt, mayOpen: true } : null);
  const profile = visitor?.token.profile ?? home?.owner;
  if (!through || !profile) return stranger();
  const ruleset = rulesetFor(caller.ruleset, profile, visitor?.token.floor ?? 0);
  const command: InteractCommand = {
    space: caller.space,
    profile,
    sequence: Math.max(ruleset.sequence, visitor?.token.floor ?? 0) as Sequence,
    now,
    through,
    device,
    defaultConsent: caller.source.defaultConsent,
    denied,
    events: [],
    login: null,
    hints: {},
    assertedState: wanted.authState ?? ('recognised' satisfies AuthState),
    placements,
    ...said,
    include: {
      profile: wanted.include?.includes('profile') ?? false,
      recent: wanted.include?.includes('recent') ?? false,
      trace: wanted.include?.includes('trace') ?? false,
      allMemberships: true,
    },
    requestId,
  };
  const called = await callProfile(services, ruleset, command, services.objectBudgetMs);
  if (!called.ok) return called.why === 'suppressed' ? stranger() : degraded();
  const token = visitor ? await renewedToken(services, caller, visitor, called.answer) : null;
  return responseOf(called.answer, token);
}

function responseOf(answer: InteractAnswer, token: string | null): DecideResponse {
  return {
    sequence: answer.sequence,
    visitor: { state: answer.state, isNew: false, ...(token ? { token } : {}) },
    propositions: answer.propositions,
    memberships: answer.memberships.map(({ segment, status, since }) => ({
      segment,
      status,
      since: formatInstant(since),
    })),
    ...(answer.profile ? { profile: answer.profile } : {}),
    ...(answer.recent ? { recent: answer.recent } : {}),
    ...(answer.trace ? { trace: answer.trace } : {}),
  };
}
