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
const PREFIX = '/_selvedge';

/** The first-party path: what the page sends to this shop goes to Selvedge as it is, and its answer comes back as it is, cookie included. */
export function passThrough(request: Request, env: ShopEnv): Promise<Response> {
  const url = new URL(request.url);
  url.pathname = url.pathname.slice(PREFIX.length) || '/';
  return env.SELVEDGE.fetch(new Request(url, request));
}

/** What the browser said that Selvedge must know too: the page is only being prefetched, or its owner wants no advertising. */
const FORWARDED = ['sec-purpose', 'purpose', 'sec-gpc'];

async function call<T>(visit: Visit, path: string, body: unknown, limitMs: number): Promise<T | null> {
  const headers = new Headers();
  for (const name of FORWARDED) {
    const value = visit.request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  headers.set('authorization', `Bearer ${visit.env.SELVEDGE_SERVER_KEY}`);
  headers.set('content-type', 'application/json');
  try {
    const response = await visit.env.SELVEDGE.fetch(`${visit.url.origin}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(limitMs),
    });
    if (response.ok) return await response.json<T>();
    console.warn(
      JSON.stringify({ call: path, status: response.status, problem: (await response.text()).slice(0, 400) }),
    );
  } catch (error) {
    console.warn(JSON.stringify({ call: path, failed: error instanceof Error ? error.name : 'unknown' }));
  }
  return null;
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

/** Reads, and changes nothing. Null when Selvedge does not answer in time: every page must do without. */
export async function decide(
  visit: Visit,
  wanted: Pick<DecideRequest, 'placements' | 'include'>,
): Promise<DecideResponse | null> {
  const body = visit.visitorToken === null ? wanted : { ...wanted, visitor: visit.visitorToken };
  const answer = await call<DecideResponse>(visit, '/v1/decide', body, DECIDE_LIMIT_MS);
  keepToken(visit, answer?.visitor.token);
  return answer;
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
  /** Must not get lost: told once more in the background when the first try fails. */
  readonly insist?: boolean;
}

/** Tells Selvedge, as the server, what just happened; and takes the decisions that follow from it out of the same answer. */
export async function interact(
  visit: Visit,
  { happenings, insist, ...rest }: Telling,
): Promise<InteractResponse | null> {
  const occurredAt = new Date(visit.nowMs).toISOString();
  // A browser without a token (scripts are off) can still be somebody whom the shop knows.
  const named = visit.visitorToken === null && visit.session ? visit.session.customerId : null;
  const request: InteractRequest = {
    ...rest,
    ...(visit.visitorToken === null ? {} : { visitor: visit.visitorToken }),
    events: happenings.map(({ type, data, id }) => ({
      id: id ?? `evt_${crypto.randomUUID()}`,
      type,
      data,
      occurredAt,
      ...(named === null ? {} : { identities: [{ namespace: 'customer', value: named }] }),
    })),
  };
  const tell = (limitMs: number): Promise<InteractResponse | null> => call(visit, '/v1/interact', request, limitMs);
  const answer = await tell(INTERACT_LIMIT_MS);
  if (!answer && insist) visit.context.waitUntil(tell(10_000));
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
