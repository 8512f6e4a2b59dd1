import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { parseSpace } from '../../../core/lib/ids.ts';
import { formatInstant } from '../../../core/lib/instant.ts';
import { spaceOfKey } from '../../../core/ruleset/names.ts';
import { readJsonBody } from '../../http/body.ts';
import { problem } from '../../http/problem.ts';
import { logLine } from '../../observe/log.ts';
import type { AdminServices } from '../../services/admin-services.ts';
import { type GuessLimit, guesserOf } from '../guess-limit.ts';
import { FOREIGN_PAGE, findSession, placeOf, refuseAddress } from '../operator-auth.ts';
import { sameText } from '../same-text.ts';
import { type Assertion, type AssertionProblem, readAccessToken } from './assertion.ts';
import { beginSignIn, openSignIn, sealSignIn } from './begun-sign-in.ts';
import { COOKIES, cookieLine, readCookie } from './cookies.ts';
import { isLoopback } from './fetch-json.ts';
import { authorizationUrl, takeCode } from './oidc-flow.ts';
import { actorOf, exchangeCode, openSession, type Refusal, type Surroundings } from './open-session.ts';
import { type Asking, createProviders, type ProviderProblem, type Providers } from './providers.ts';
import { isFromOwnPage } from './same-origin.ts';
import { parseWish, type SignInWish } from './wish.ts';

const ACCESS_HEADER = 'cf-access-jwt-assertion';
const MAX_AGENT = 120;

export const exchangeBody = z.strictObject({ code: z.string().max(200), verifier: z.string().min(43).max(128) });

interface SignInEnv {
  Variables: { requestId: string };
}

/** What one request needs to be answered. */
interface Visit {
  readonly c: Context;
  readonly services: AdminServices;
  readonly providers: Providers;
  readonly guesses: GuessLimit;
}

/** Sign-in and sign-out of people: before the gate, since who comes here is nobody yet. */
export function mountSignIn<E extends SignInEnv>(
  app: Hono<E>,
  servicesOf: (c: Context) => AdminServices,
  guesses: GuessLimit,
): void {
  const providers = createProviders();
  const on = (method: 'GET' | 'POST', path: string, answer: (visit: Visit) => Promise<Response>) => {
    app.on(method, path, async (c) => {
      const services = servicesOf(c);
      const visit = { c: c as unknown as Context, services, providers, guesses };
      const refusal = await refuseAddress(c.req.raw, services, guesses);
      return refusal ? refuse(visit, refusal) : answer(visit);
    });
    app.all(path, (c) => problem(c.get('requestId'), 'methodNotAllowed', { allow: [method] }));
  };
  on('GET', '/sign-in', begin);
  on('GET', '/sign-in/callback', comeBack);
  on('POST', '/sign-in/token', takeToken);
  on('POST', '/sign-out', signOut);
}

/** To the identity provider, or straight in where Cloudflare Access has asked already. */
async function begin(visit: Visit): Promise<Response> {
  const { c, services, providers } = visit;
  const { origin, searchParams } = new URL(c.req.url);
  const wish = parseWish(searchParams, origin);
  if (!wish)
    return refuse(visit, {
      problem: 'badRequest',
      extras: { detail: 'space names a space, and return a path of this deployment such as /console/.' },
    });
  const { oidc = null, access = null } = services.signIn ?? {};
  const jwt = c.req.header(ACCESS_HEADER);
  if (access && jwt !== undefined) {
    const read = await readAccessToken(jwt, access, providers, askingOf(visit));
    return read.ok ? letIn(visit, read.value, wish) : failed(visit, read.error, jwt);
  }
  if (!oidc) {
    const detail = access
      ? 'Sign-in is by Cloudflare Access, and this request did not come through it.'
      : 'No identity provider is configured here: use an operator token.';
    return refuse(visit, { problem: 'notFound', extras: { detail } });
  }
  const document = await providers.discover(oidc.issuer, askingOf(visit));
  if (!document.ok) return failed(visit, document.error, null);
  const begun = beginSignIn(wish, services.now(), services.randomBytes);
  const location = await authorizationUrl(oidc, document.value, redirectUri(origin), begun);
  return redirect(location, [cookieLine('signIn', await sealSignIn(begun, services.secrets))]);
}

/** From the identity provider, in the browser that left for it. */
async function comeBack(visit: Visit): Promise<Response> {
  const { c, services, providers } = visit;
  const { origin, searchParams } = new URL(c.req.url);
  const cookie = readCookie(c.req.raw.headers, COOKIES.signIn);
  const begun = cookie === null ? null : await openSignIn(cookie, services.secrets, services.now());
  const oidc = services.signIn?.oidc ?? null;
  if (!begun || !oidc) return failed(visit, 'notBegun', null);
  if (!sameText(searchParams.get('state') ?? '', begun.state)) return failed(visit, 'otherState', cookie);
  // Named by providers that guard against being mistaken for another (RFC 9207).
  if ((searchParams.get('iss') ?? oidc.issuer) !== oidc.issuer) return failed(visit, 'otherIssuer', cookie);
  const code = searchParams.get('code');
  if (code === null || code.length > 4096) return failed(visit, 'declined', null);
  const document = await providers.discover(oidc.issuer, askingOf(visit));
  if (!document.ok) return failed(visit, document.error, null);
  const taken = await takeCode(code, oidc, document.value, redirectUri(origin), begun, providers, askingOf(visit));
  return taken.ok ? letIn(visit, taken.value, begun) : failed(visit, taken.error, code);
}

/** Makes the session, and goes where the person, or their command line, waits. */
async function letIn(visit: Visit, assertion: Assertion, wish: SignInWish): Promise<Response> {
  const opened = await openSession(assertion, wish, visit.services, await surroundingsOf(visit));
  const over = cookieLine('signIn', null);
  if (!opened.ok) {
    logLine({ kind: 'signIn', requestId: visit.c.get('requestId'), outcome: opened.error.problem });
    return refuse(visit, opened.error, [over]);
  }
  if (wish.cli === null) return redirect(wish.returnTo, [over, cookieLine('session', opened.value.credential)]);
  const url = new URL(`http://127.0.0.1:${wish.cli.port}/`);
  url.searchParams.set('code', opened.value.credential);
  url.searchParams.set('state', wish.cli.state);
  return redirect(url.href, [over]);
}

/** A command line changes its code for a token of its own. */
async function takeToken(visit: Visit): Promise<Response> {
  const read = await readJsonBody(visit.c.req.raw, 4096);
  if (!read.ok) return refuse(visit, { problem: read.error.kind, extras: read.error.extras });
  const parsed = exchangeBody.safeParse(read.value.json);
  if (!parsed.success)
    return refuse(visit, {
      problem: 'invalid',
      extras: { errors: [{ pointer: '', code: 'shape', detail: 'wanted: {"code": …, "verifier": …}' }] },
    });
  const { code, verifier } = parsed.data;
  const space = parseSpace(spaceOfKey(code, 'op') ?? '');
  if (space === null) return failed(visit, 'badCode', code);
  const opened = await exchangeCode({ code, verifier, space }, visit.services, await surroundingsOf(visit));
  if (!opened.ok) {
    await countWrong(visit, code);
    return refuse(visit, opened.error);
  }
  const { credential, operator, expiresAt } = opened.value;
  return Response.json({ token: credential, space, name: operator, expiresAt: formatInstant(expiresAt) });
}

/** Ends the session of this browser. Nobody is signed in afterwards, whoever was before. */
async function signOut(visit: Visit): Promise<Response> {
  const { c, services } = visit;
  const cookie = readCookie(c.req.raw.headers, COOKIES.session);
  if (cookie !== null && !isFromOwnPage(c.req.raw)) return refuse(visit, FOREIGN_PAGE);
  const space = cookie === null ? null : parseSpace(spaceOfKey(cookie, 'op') ?? '');
  const session = cookie === null || space === null ? null : await findSession(cookie, space, 'browser', services);
  if (space !== null && session) {
    const actor = actorOf(session.operator, await surroundingsOf(visit));
    const change = { kind: 'signOut', session: session.id } as const;
    const done = await services.publisher(space).setOperator({ actor, name: session.operator, change });
    if (!done.ok && done.error.kind === 'unavailable')
      return refuse(visit, { problem: 'unavailable', extras: { retryAfter: 2 } });
  }
  return new Response(null, { status: 204, headers: { 'set-cookie': cookieLine('session', null) } });
}

type Failure = AssertionProblem | ProviderProblem | 'notBegun' | 'otherState' | 'declined' | 'badCode';

/** What the person is told. The log has the exact reason. */
function explain(failure: Failure): string {
  switch (failure) {
    case 'notBegun':
      return 'This sign-in did not begin in this browser, or more than ten minutes ago: begin again.';
    case 'otherState':
    case 'nonce':
      return 'This answer belongs to another sign-in: begin again.';
    case 'declined':
      return 'The identity provider did not let you in.';
    case 'badCode':
      return 'The code is unknown, used or older than a minute: sign in again.';
    case 'expiredToken':
      return 'What the identity provider says of you is too old: begin again.';
    case 'badToken':
    case 'otherIssuer':
      return 'What came does not prove to be from the identity provider that is configured here.';
    default:
      return 'The identity provider cannot be asked, or answers what it should not: an owner finds the reason in the log, under the id of this request.';
  }
}

async function failed(visit: Visit, failure: Failure, tried: string | null): Promise<Response> {
  logLine({ kind: 'signIn', requestId: visit.c.get('requestId'), outcome: failure });
  if (tried !== null) await countWrong(visit, tried);
  // A provider that is down comes back: the same cookie is good for another try of its answer.
  const over = failure === 'notBegun' || failure === 'unreachable' ? [] : [cookieLine('signIn', null)];
  return refuse(visit, { problem: 'signInFailed', extras: { detail: explain(failure) } }, over);
}

/** Guessed codes, states and assertions count as guessed tokens do. */
async function countWrong({ c, services, guesses }: Visit, tried: string): Promise<void> {
  guesses.wrong(guesserOf(c.req.raw.headers), await services.sha256(tried), services.now());
}

function askingOf({ c, services }: Visit): Asking {
  return { now: services.now(), isLocal: isLoopback(new URL(c.req.url).hostname) };
}

async function surroundingsOf({ c, services }: Visit): Promise<Surroundings> {
  const agent =
    c.req
      .header('user-agent')
      ?.replaceAll(/[^\x20-\x7e]/g, '')
      .slice(0, MAX_AGENT) || null;
  return { requestId: c.get('requestId') as string, from: await placeOf(c.req.raw, services), agent };
}

function redirectUri(origin: string): string {
  return `${origin}/v1/admin/sign-in/callback`;
}

function redirect(location: string, cookies: readonly string[]): Response {
  return withCookies(new Response(null, { status: 303, headers: { location } }), cookies);
}

function refuse({ c }: Visit, { problem: kind, extras }: Refusal, cookies: readonly string[] = []): Response {
  return withCookies(problem(c.get('requestId') as string, kind, extras), cookies);
}

function withCookies(response: Response, cookies: readonly string[]): Response {
  for (const line of cookies) response.headers.append('set-cookie', line);
  return response;
}
