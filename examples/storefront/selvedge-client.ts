import type { paths } from '../../client-edge/api.d.ts';
import { visitorSignals } from '../../client-edge/src/edge.ts';
import type { Proposition } from '../../core/decision/proposition.ts';
import type { DecideRequest, DecideResponse, InteractRequest, InteractResponse } from '../../core/interaction/wire.ts';
import { hostCookie } from './cookies.ts';
import type { ShopEnv } from './env.ts';
import { VISITOR_COOKIE, type Visit } from './visit.ts';

export type { DecideResponse, InteractResponse, Proposition };

/** A page waits this long for decisions, then goes out with the shop's own content. */
const DECIDE_LIMIT_MS = 300;
/** A sign-in or an order changes what the next page may show, so it may take a little longer. */
const INTERACT_LIMIT_MS = 1500;
/** 400 days: the longest that browsers keep a cookie. */
const VISITOR_SECONDS = 400 * 86_400;
/** A Worker may go on for 30 seconds after its answer. A real shop has a queue. */
const AGAIN_AFTER_MS = [1_000, 3_000, 6_000, 10_000];
const PREFIX = '/_selvedge';

/** The first-party path: what the page sends to this shop goes to Selvedge as it is, and its answer comes back as it is, cookie included. */
export function passThrough(request: Request, env: ShopEnv): Promise<Response> {
  const url = new URL(request.url);
  url.pathname = url.pathname.slice(PREFIX.length) || '/';
  return env.SELVEDGE.fetch(new Request(url, request));
}

/** Null when it fails or takes longer: every page must do without. */
async function within<T>(name: string, work: Promise<T>, limitMs: number): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    console.warn(
      JSON.stringify({ call: name, failed: error instanceof Error ? error.message.slice(0, 400) : 'unknown' }),
    );
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** Any answer may bring a newer token; the browser keeps the newest. */
function keepToken(visit: Visit, token: string | undefined): void {
  if (!token || token === visit.visitorToken) return;
  visit.visitorToken = token;
  visit.outgoing.set('visitor', hostCookie(VISITOR_COOKIE, token, VISITOR_SECONDS));
}

/** Nobody may be recognised by this browser any more. */
export function dropVisitor(visit: Visit): void {
  visit.visitorToken = null;
  visit.outgoing.set('visitor', hostCookie(VISITOR_COOKIE, '', 0));
}

/** Reads, and changes nothing: a typed call over the service binding. Null when Selvedge does not answer in time. */
export async function decide(
  visit: Visit,
  wanted: Pick<DecideRequest, 'placements' | 'include' | 'context'>,
): Promise<DecideResponse | null> {
  const { env, visitorToken } = visit;
  const body = { ...wanted, languages: languagesOf(visit), ...(visitorToken !== null && { visitor: visitorToken }) };
  const call = env.SELVEDGE_RPC.decide(env.SELVEDGE_SERVER_KEY, body, visitorSignals(visit.request));
  const answer = await within('decide', call, DECIDE_LIMIT_MS);
  keepToken(visit, answer?.visitor.token);
  return answer;
}

/** The visitor's own order is good enough: browsers write the best first. */
function languagesOf({ request }: Visit): readonly string[] {
  return (request.headers.get('accept-language') ?? '')
    .split(',')
    .map((each) => (each.split(';')[0] ?? '').trim())
    .filter((tag) => /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/.test(tag))
    .slice(0, 5);
}

export interface Happening {
  readonly type: string;
  readonly data: InteractEventData;
  /** Idempotency key, when the same thing may be told twice. */
  readonly id?: string;
}
type InteractEventData = NonNullable<InteractRequest['events']>[number]['data'];

export interface Telling extends Pick<InteractRequest, 'placements' | 'proof'> {
  readonly happenings: readonly Happening[];
}

/** Tells Selvedge, as the server, what just happened; and takes the decisions that follow from it out of the same answer. By a typed call. */
export async function interact(visit: Visit, telling: Telling): Promise<InteractResponse | null> {
  const { SELVEDGE_RPC, SELVEDGE_SERVER_KEY } = visit.env;
  const call = SELVEDGE_RPC.interact(SELVEDGE_SERVER_KEY, requestOf(visit, telling), visitorSignals(visit.request));
  return take(visit, await within('interact', call, INTERACT_LIMIT_MS));
}

/** The contract of the HTTP door, as made from `/openapi.json`. */
type InteractCall = paths['/v1/interact']['post'];
type HttpRequest = InteractCall['requestBody']['content']['application/json'];
type HttpResponse = InteractCall['responses'][200]['content']['application/json'];
type HttpProblem = InteractCall['responses'][422]['content']['application/problem+json'];

/** The same by HTTP, as a server in any language does it. What must not get lost is told again in the background when the first try fails. */
export async function interactByHttp(visit: Visit, telling: Telling): Promise<InteractResponse | null> {
  const body: HttpRequest = requestOf(visit, telling);
  const tell = (limitMs: number): Promise<InteractResponse | null> =>
    within('/v1/interact', post(visit, body, limitMs), limitMs);
  const answer = await tell(INTERACT_LIMIT_MS);
  if (!isStored(answer)) visit.context.waitUntil(tellAgain(tell));
  return take(visit, answer);
}

/** Under the same event id: what arrived after all is a duplicate, and counts once. */
async function tellAgain(tell: (limitMs: number) => Promise<InteractResponse | null>): Promise<void> {
  for (const waitMs of AGAIN_AFTER_MS) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (isStored(await tell(INTERACT_LIMIT_MS))) return;
  }
}

function isStored(answer: InteractResponse | null): boolean {
  return answer !== null && !answer.refused.some(({ code }) => code === 'unavailable');
}

async function post(visit: Visit, body: HttpRequest, limitMs: number): Promise<HttpResponse> {
  const headers = {
    ...visitorSignals(visit.request),
    authorization: `Bearer ${visit.env.SELVEDGE_SERVER_KEY}`,
    'content-type': 'application/json',
  };
  const response = await visit.env.SELVEDGE.fetch(`${visit.url.origin}/v1/interact`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(limitMs),
  });
  if (response.ok) return response.json<HttpResponse>();
  const { title, detail, errors = [] } = await response.json<HttpProblem>();
  const places = errors.map(({ pointer, code }) => `${pointer} ${code}`);
  throw new Error(`${response.status}: ${detail ?? title} ${places.join(', ')}`);
}

function requestOf(visit: Visit, { happenings, ...rest }: Telling): InteractRequest {
  const occurredAt = new Date(visit.nowMs).toISOString();
  // A browser without a token (scripts are off) can still be somebody whom the shop knows.
  const named = visit.visitorToken === null && visit.session ? visit.session.customerId : null;
  return {
    ...rest,
    ...(visit.visitorToken !== null && { visitor: visit.visitorToken }),
    events: happenings.map(({ type, data, id }) => ({
      id: id ?? `evt_${crypto.randomUUID()}`,
      type,
      data,
      occurredAt,
      ...(named !== null && { identities: [{ namespace: 'customer', value: named }] }),
    })),
  };
}

function take(visit: Visit, answer: InteractResponse | null): InteractResponse | null {
  if (answer?.refused.length)
    console.warn(JSON.stringify({ refused: answer.refused.map(({ code, detail }) => ({ code, detail })) }));
  keepToken(visit, answer?.visitor.token);
  return answer;
}

export function propositionOf(
  answer: { readonly propositions: readonly Proposition[] } | null,
  placement: string,
): Proposition | null {
  return answer?.propositions.find((proposition) => proposition.placement === placement) ?? null;
}
