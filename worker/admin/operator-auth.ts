import { type Instant, parseSpace, type Space } from '../../core/lib/ids.ts';
import { dayOf } from '../../core/lib/instant.ts';
import { limit } from '../../core/lib/limits.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { spaceOfKey } from '../../core/ruleset/names.ts';
import type { OperatorRights } from '../../core/ruleset/operator-rights.ts';
import type { OperatorSession } from '../../core/ruleset/operator-session.ts';
import type { ProblemExtras, ProblemKind } from '../http/problem.ts';
import type { AdminServices } from '../services/admin-services.ts';
import { type GuessLimit, guesserOf } from './guess-limit.ts';
import { sameText } from './same-text.ts';
import { COOKIES, readCookie } from './sign-in/cookies.ts';
import { CSRF_HEADER, isFromOwnPage } from './sign-in/same-origin.ts';
import { sessionIdOf } from './sign-in/session-credential.ts';

/** Name of whoever holds the bootstrap token; no operator may be called so. */
export const BOOTSTRAP = 'bootstrap';

export interface KnownOperator extends OperatorRights {
  readonly space: Space;
  readonly name: string;
  /** Id of the sign-in that this is part of; null: it shows a token. */
  readonly session: string | null;
}

export interface Unidentified {
  readonly problem: ProblemKind;
  readonly extras?: ProblemExtras;
}

/** Seconds: the binding does not say when its minute ends. */
const LIMITED_RETRY = 10;
/** How often the last use of a session is written at most. */
const SEEN_EVERY_MS = 5 * 60_000;

type Defer = (work: Promise<unknown>) => void;
type Unknown = 'missingToken' | 'unknownToken' | 'foreignPage';

/** Whether anything is taken from where a request comes from; null: yes. */
export async function refuseAddress(
  { headers }: Request,
  services: AdminServices,
  guesses: GuessLimit,
): Promise<Unidentified | null> {
  const guesser = guesserOf(headers);
  const waitMs = guesses.waitMs(guesser, services.now());
  if (waitMs > 0) {
    const detail = 'Too many wrong operator tokens came from this address.';
    return { problem: 'limited', extras: { detail, retryAfter: Math.ceil(waitMs / 1000) } };
  }
  return (await isTooFast(services, `from:${guesser}`)) ? tooFast('This address') : null;
}

/** Asks who somebody is, unless too many wrong tokens, or too many requests, came from where they are. */
export function createGate(guesses: GuessLimit) {
  return async (
    request: Request,
    services: AdminServices,
    defer: Defer,
  ): Promise<Result<KnownOperator, Unidentified>> => {
    const refused = await refuseAddress(request, services, guesses);
    if (refused) return err(refused);
    const { headers } = request;
    const authorization = headers.get('authorization');
    const cookie = authorization === null ? readCookie(headers, COOKIES.session) : null;
    const known =
      cookie === null
        ? await identifyOperator(authorization ?? undefined, services, defer)
        : await identifyBrowser(cookie, request, services, defer);
    if (!known.ok) {
      if (known.error === 'foreignPage') return err(FOREIGN_PAGE);
      // A cookie that is over is no guess: on a Monday a whole office comes with them from one address.
      if (known.error === 'unknownToken' && cookie === null)
        guesses.wrong(guesserOf(headers), await services.sha256(authorization ?? ''), services.now());
      return err({ problem: known.error });
    }
    const { space, name } = known.value;
    return (await isTooFast(services, `op:${space}:${name}`)) ? err(tooFast('This operator')) : known;
  };
}

/**
 * Who holds this `Authorization` header: an operator of the space that the token names, or the bootstrap operator of it, who is an owner. Unknown,
 * revoked and expired tokens get the same answer after the same work.
 */
export async function identifyOperator(
  authorization: string | undefined,
  services: AdminServices,
  defer: Defer,
): Promise<Result<KnownOperator, 'missingToken' | 'unknownToken'>> {
  const token = /^Bearer +(\S{1,200})$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) return err('missingToken');
  const space = parseSpace(spaceOfKey(token, 'op') ?? '');
  if (space === null) return err('unknownToken');
  if (sessionIdOf(token) !== null) return identifySession(token, space, 'cli', services, defer);
  const hash = await services.sha256(token);
  if (services.bootstrapTokenHash !== null && sameText(hash, services.bootstrapTokenHash.toLowerCase())) {
    const rights = { kind: 'personal', role: 'owner', scopes: null, expiresAt: null } as const;
    return ok({ space, name: BOOTSTRAP, ...rights, session: null });
  }
  // All of the space, since no index leads to a hash: the database reads as many rows either way, and here none is compared faster than another.
  const held = (await services.operators.withHashes(space)).filter((each) => sameText(each.hash, hash))[0]?.operator;
  return knownAs(held ?? null, space, null, services, defer);
}

/** Who a browser is signed in as. What changes something must come from a page of ours: a browser sends cookies whoever asks it to. */
async function identifyBrowser(
  cookie: string,
  request: Request,
  services: AdminServices,
  defer: Defer,
): Promise<Result<KnownOperator, Unknown>> {
  const space = parseSpace(spaceOfKey(cookie, 'op') ?? '');
  if (space === null) return err('unknownToken');
  const known = await identifySession(cookie, space, 'browser', services, defer);
  if (!known.ok) return known;
  return isReading(request) || isFromOwnPage(request) ? known : err('foreignPage');
}

function isReading({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

async function identifySession(
  credential: string,
  space: Space,
  kind: OperatorSession['kind'],
  services: AdminServices,
  defer: Defer,
): Promise<Result<KnownOperator, 'unknownToken'>> {
  const session = await findSession(credential, space, kind, services);
  if (!session) return err('unknownToken');
  const now = services.now();
  const operator = await services.operators.find(space, session.operator);
  // Somebody else of the same name was never signed in.
  const isSomeoneElse = operator !== null && operator.createdAt > session.createdAt;
  const known = knownAs(isSomeoneElse ? null : operator, space, session.id, services, defer);
  if (known.ok && now - session.seenAt > SEEN_EVERY_MS)
    defer(services.sessions.seen(space, session.id, now).catch(() => undefined));
  return known;
}

/** The session that a credential is for, while it goes on. */
export async function findSession(
  credential: string,
  space: Space,
  kind: OperatorSession['kind'],
  { sessions, sha256, now }: Pick<AdminServices, 'sessions' | 'sha256' | 'now'>,
): Promise<OperatorSession | null> {
  const id = sessionIdOf(credential);
  const found = id === null ? null : await sessions.find(space, id);
  const isRight = sameText(found?.hash ?? '', await sha256(credential));
  if (!found || !isRight || found.session.kind !== kind || isOver(found.session, now())) return null;
  return found.session;
}

/** A browser is left alone; a program runs when it is wanted. */
export function isOver({ kind, seenAt, expiresAt }: OperatorSession, now: Instant): boolean {
  return expiresAt <= now || (kind === 'browser' && seenAt + limit('operatorSessionIdleMs') <= now);
}

function knownAs(
  held: Awaited<ReturnType<AdminServices['operators']['find']>>,
  space: Space,
  session: string | null,
  services: AdminServices,
  defer: Defer,
): Result<KnownOperator, 'unknownToken'> {
  const now = services.now();
  if (!held || held.revokedAt !== null || (held.expiresAt !== null && held.expiresAt <= now))
    return err('unknownToken');
  const { name, kind, role, scopes, expiresAt } = held;
  const today = dayOf(now);
  if (held.lastUsedDay !== today) defer(services.operators.used(space, name, today).catch(() => undefined));
  return ok({ space, name, kind, role, scopes, expiresAt, session });
}

export const FOREIGN_PAGE: Unidentified = {
  problem: 'forbidden',
  extras: {
    detail: `With the cookie of a sign-in, changes are taken only from a page of this origin, with the header ${CSRF_HEADER}.`,
  },
};

async function isTooFast({ mayAsk }: AdminServices, key: string): Promise<boolean> {
  return mayAsk !== undefined && !(await mayAsk(key));
}

function tooFast(who: string): Unidentified {
  return {
    problem: 'limited',
    extras: { detail: `${who} asks more often than it may.`, retryAfter: LIMITED_RETRY },
  };
}

/** Where a request came from, for the audit: its country and a keyed hash of its address, which is not kept itself. */
export async function placeOf({ headers, cf }: Request, { secrets }: AdminServices): Promise<string | null> {
  const address = headers.get('cf-connecting-ip');
  if (address === null) return null;
  return `${(cf as IncomingRequestCfProperties | undefined)?.country ?? 'XX'} ${await secrets.fingerprint(address)}`;
}
