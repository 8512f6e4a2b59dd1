import type { Context } from 'hono';
import { propositionText } from '../../core/decision/contents.ts';
import type { Refusal } from '../../core/event/refusal.ts';
import { collectRequestSchema, interactRequestSchema } from '../../core/interaction/schema.ts';
import type { CollectResponse, InteractResponse, VisitorView } from '../../core/interaction/wire.ts';
import { byteLength } from '../../core/lib/byte-length.ts';
import { formatInstant } from '../../core/lib/instant.ts';
import { findCapProblem } from '../../core/lib/json.ts';
import { limit } from '../../core/lib/limits.ts';
import { isRefusal } from '../../core/policy/purposes.ts';
import type { AppEnv } from '../app-env.ts';
import { readJsonBody } from '../http/body.ts';
import { type Caller, identifyCaller, keyOf } from '../http/caller.ts';
import { readPreviewCookie, refusalCookie, visitorCookie } from '../http/cookies.ts';
import { corsHeaders } from '../http/cors.ts';
import { enrich } from '../http/enrich.ts';
import { type ProblemExtras, problem } from '../http/problem.ts';
import { schemaErrors } from '../http/schema-errors.ts';
import type { Visit, VisitOutcome, VisitRequest } from './outcome.ts';
import { openPreview } from './preview.ts';
import { signInProblem } from './sign-in.ts';
import { runVisit } from './visit.ts';

/** `POST /v1/interact`: events and wanted placements in, propositions that reflect those events out. */
export function interactRoute(c: Context<AppEnv>): Promise<Response> {
  return answerVisit(c, 'interact');
}

/** `POST /v1/collect`: events only; a server may name many people. */
export function collectRoute(c: Context<AppEnv>): Promise<Response> {
  return answerVisit(c, 'collect');
}

/** Caps for everything beside the events, which have their own. */
const REQUEST_CAPS = { maxDepth: 8, maxString: 8192, maxItems: 100 };

async function answerVisit(c: Context<AppEnv>, mode: Visit['mode']): Promise<Response> {
  const services = c.get('services');
  const receivedAt = services.now();
  const url = new URL(c.req.url);
  const request = c.req.raw as Request<unknown, IncomingRequestCfProperties>;

  // A key in the URL or the header lets a forbidden origin be refused before its body is even read.
  const early = keyOf(request, url, null);
  const first = early === null ? null : await identifyCaller(request, early, services.rulesets);
  if (first && !first.ok) return problem(c, first.error.kind, first.error.extras);
  const body = await readJsonBody(request);
  if (!body.ok)
    return problem(c, body.error.kind, { ...body.error.extras, headers: corsHeaders(first?.value.origin ?? null) });
  const late = first ?? (await identifyCaller(request, keyOf(request, url, body.value.json), services.rulesets));
  if (!late.ok) return problem(c, late.error.kind, late.error.extras);
  const caller = late.value;
  const refuse = (kind: Parameters<typeof problem>[1], extras: Parameters<typeof problem>[2]) =>
    problem(c, kind, { ...extras, headers: { ...extras?.headers, ...corsHeaders(caller.origin) } });

  const { json } = body.value;
  const events =
    typeof json === 'object' && json !== null && Object.hasOwn(json, 'events')
      ? (json as { readonly events: unknown }).events
      : undefined;
  const capped = findCapProblem(
    typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json, events: undefined } : json,
    REQUEST_CAPS,
  );
  if (capped)
    return refuse('invalid', {
      errors: [{ pointer: capped.pointer, code: capped.problem, detail: 'over the cap for requests' }],
    });
  const parsed = (mode === 'interact' ? interactRequestSchema : collectRequestSchema).safeParse(json);
  if (!parsed.success) {
    const tooMany = Array.isArray(events) && events.length > limit('requestEvents');
    return refuse(tooMany ? 'tooLarge' : 'invalid', {
      errors: schemaErrors(parsed.error.issues),
      ...(tooMany ? { detail: `a request may hold ${limit('requestEvents')} events` } : {}),
    });
  }
  if (
    parsed.data.context &&
    body.value.bytes > limit('contextBytes') &&
    byteLength(JSON.stringify(parsed.data.context)) > limit('contextBytes')
  ) {
    return refuse('invalid', {
      errors: [{ pointer: '/context', code: 'tooLarge', detail: `at most ${limit('contextBytes')} bytes` }],
    });
  }
  const wire = { ...parsed.data, events: parsed.data.events ?? [] } as VisitRequest;
  const misplaced = signInProblem(wire);
  if (misplaced) return refuse('invalid', { errors: [misplaced] });
  const enrichment = enrich(request, wire.context ?? {}, caller.kind === 'server');
  const opened = await openPreview(wire.preview ?? readPreviewCookie(request), caller, services);
  const visit: Visit = {
    services,
    caller,
    request,
    requestId: c.get('requestId'),
    // Nothing of a preview is stored.
    body: opened?.preview ? { ...wire, events: [] } : wire,
    bodyBytes: body.value.bytes,
    enrichment,
    mode,
    receivedAt,
    preview: opened?.preview ?? null,
  };
  const outcome = await runVisit(visit);
  if (!outcome.ok) {
    const { kind, extras, before } = outcome.error;
    return refuse(kind, { ...extras, ...(before && keepingVisitor(caller, before)) });
  }
  logVisit(c, caller, outcome.value, wire);
  if (outcome.value.refused.length > 0) showRefusals(visit, outcome.value.refused, wire.events);
  const nothingAnswered =
    outcome.value.degraded &&
    outcome.value.accepted + outcome.value.duplicates.length === 0 &&
    outcome.value.propositions.length === 0;
  if (nothingAnswered) {
    if (!outcome.value.overloaded) return refuse('unavailable', { retryAfter: 2 });
    return refuse('limited', { retryAfter: 2, detail: 'too many visits of one person at once: send it again later' });
  }
  return respond(visit, outcome.value, opened?.said);
}

/** To those who watch. What was refused stays unseen, but for the name of its type, where it is one. */
function showRefusals(
  { services, caller, receivedAt: at }: Visit,
  refused: readonly Refusal[],
  events: readonly unknown[],
): void {
  services.refusalWatch?.note(
    caller.space,
    refused.map(({ index, code, pointer = null }) => {
      const { type } = (events[index] ?? {}) as { readonly type?: unknown };
      const named = typeof type === 'string' && TYPE_NAME.test(type) ? type : null;
      return {
        is: 'refusal',
        at,
        source: caller.source.id,
        type: named,
        code,
        pointer: pointer?.slice(0, 200) ?? null,
      };
    }),
  );
}
const TYPE_NAME = /^[a-z][A-Za-z]{0,30}(?:\.[a-z][A-Za-z]{0,30}){1,3}$/;

function respond(visit: Visit, outcome: VisitOutcome, preview: InteractResponse['preview']): Response {
  const { caller } = visit;
  const base: CollectResponse = {
    sequence: outcome.sequence,
    receivedAt: formatInstant(visit.receivedAt),
    visitor: visitorView(caller, outcome),
    accepted: outcome.accepted,
    duplicates: outcome.duplicates,
    refused: outcome.refused,
    ...ignoredIn(outcome),
  };
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-request-id': visit.requestId,
    ...corsHeaders(caller.origin),
    ...cookieHeader(caller, outcome),
    ...(isInCookie(caller) && isGoodbye(visit, outcome) && { 'set-cookie': refusalCookie(caller.source) }),
  };
  return new Response(visit.mode === 'collect' ? JSON.stringify(base) : interactText(base, outcome, caller, preview), {
    headers,
  });
}

/** What was refused has a reason of its own. */
function ignoredIn({ ignored, refused }: VisitOutcome): Pick<CollectResponse, 'ignored'> {
  if (ignored.length === 0) return {};
  const left = ignored.filter(({ index }) => !refused.some((refusal) => refusal.index === index));
  return left.length === 0 ? {} : { ignored: left };
}

const isInCookie = ({ kind, source }: Caller): boolean => kind === 'browser' && source.identityMode === 'cookie';

function visitorView(caller: Caller, { state, isNew, token, quarantine }: VisitOutcome): VisitorView {
  return {
    state,
    isNew,
    ...(token && !isInCookie(caller) ? { token } : {}),
    ...(quarantine ? { quarantine: { reason: quarantine.reason, until: formatInstant(quarantine.until) } } : {}),
  };
}

function cookieHeader(caller: Caller, { token }: VisitOutcome): Readonly<Record<string, string>> {
  return token && isInCookie(caller) ? { 'set-cookie': visitorCookie(token, caller.source) } : {};
}

/** The sign-in is refused and the visitor remains: without a token they would be another one when everything comes again. */
function keepingVisitor(caller: Caller, before: VisitOutcome): Pick<ProblemExtras, 'members' | 'headers'> {
  return { members: { visitor: visitorView(caller, before) }, headers: cookieHeader(caller, before) };
}

/** A choice that refuses everything has arrived: the id ends with this answer. Not before the profile has heard of it. */
function isGoodbye({ body, caller: { source } }: Visit, { accepted, duplicates, degraded }: VisitOutcome): boolean {
  const chosen = body.events.some((event) => (event as { type?: unknown } | null)?.type === 'consent.updated');
  return (
    chosen && accepted + duplicates.length > 0 && !degraded && isRefusal({ ...source.defaultConsent, ...body.consent })
  );
}

/** An `InteractResponse` as JSON. Contents are the bulk of it and the same for everybody who gets them, so their text is kept. */
function interactText(
  base: CollectResponse,
  outcome: VisitOutcome,
  { ruleset }: Caller,
  preview: InteractResponse['preview'],
): string {
  const propositions = outcome.propositions.map((proposition) => propositionText(proposition, ruleset)).join(',');
  const rest: Pick<InteractResponse, 'memberships' | 'degraded' | 'preview' | 'trace'> = {
    memberships: outcome.memberships.map(({ segment, status, since }) => ({
      segment,
      status,
      since: formatInstant(since),
    })),
    ...(outcome.degraded ? { degraded: true as const } : {}),
    ...(preview === undefined ? {} : { preview }),
    ...(outcome.trace ? { trace: outcome.trace } : {}),
  };
  return `${JSON.stringify(base).slice(0, -1)},"propositions":[${propositions}],${JSON.stringify(rest).slice(1)}`;
}

function logVisit(c: Context<AppEnv>, caller: Caller, outcome: VisitOutcome, body: VisitRequest): void {
  c.set('log', {
    space: caller.space,
    source: caller.source.id,
    sequence: outcome.sequence,
    events: body.events.length,
    accepted: outcome.accepted,
    duplicates: outcome.duplicates.length,
    refused: outcome.refused.length,
    placements: outcome.propositions.length,
    hops: outcome.hops,
    rowsRead: outcome.rowsRead,
    rowsWritten: outcome.rowsWritten,
    degraded: outcome.degraded,
    ...(outcome.overloaded ? { overloaded: true } : {}),
  });
}
