import { parseSpace, type Space } from '../../core/lib/ids.ts';
import { dayOf } from '../../core/lib/instant.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { spaceOfKey } from '../../core/ruleset/names.ts';
import type { OperatorRights } from '../../core/ruleset/operator-rights.ts';
import type { ProblemExtras, ProblemKind } from '../http/problem.ts';
import type { AdminServices } from '../services/admin-services.ts';
import { createGuessLimit, guesserOf } from './guess-limit.ts';

/** Name of whoever holds the bootstrap token; no operator may be called so. */
export const BOOTSTRAP = 'bootstrap';

export interface KnownOperator extends OperatorRights {
  readonly space: Space;
  readonly name: string;
}

export interface Unidentified {
  readonly problem: ProblemKind;
  readonly extras?: ProblemExtras;
}

/** Asks who somebody is, unless too many wrong tokens came from where they are. One for each isolate. */
export function createGate() {
  const guesses = createGuessLimit();
  return async (
    { headers }: Request,
    services: AdminServices,
    defer: (work: Promise<unknown>) => void,
  ): Promise<Result<KnownOperator, Unidentified>> => {
    const guesser = guesserOf(headers);
    const waitMs = guesses.waitMs(guesser, services.now());
    if (waitMs > 0) {
      const detail = 'Too many wrong operator tokens came from this address.';
      return err({ problem: 'limited', extras: { detail, retryAfter: Math.ceil(waitMs / 1000) } });
    }
    const authorization = headers.get('authorization') ?? undefined;
    const known = await identifyOperator(authorization, services, defer);
    if (known.ok) return known;
    if (known.error === 'unknownToken')
      guesses.wrong(guesser, await services.sha256(authorization ?? ''), services.now());
    return err({ problem: known.error });
  };
}

/**
 * Who holds this `Authorization` header: an operator of the space that the token names, or the bootstrap operator of it, who is an owner. Unknown,
 * revoked and expired tokens get the same answer after the same work.
 */
export async function identifyOperator(
  authorization: string | undefined,
  services: AdminServices,
  defer: (work: Promise<unknown>) => void,
): Promise<Result<KnownOperator, 'missingToken' | 'unknownToken'>> {
  const token = /^Bearer +(\S{1,200})$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) return err('missingToken');
  const space = parseSpace(spaceOfKey(token, 'op') ?? '');
  if (space === null) return err('unknownToken');
  const hash = await services.sha256(token);
  if (services.bootstrapTokenHash !== null && sameText(hash, services.bootstrapTokenHash.toLowerCase()))
    return ok({ space, name: BOOTSTRAP, kind: 'personal', role: 'owner', scopes: null, expiresAt: null });
  // All of the space, since no index leads to a hash: the database reads as many rows either way, and here none is compared faster than another.
  const held = (await services.operators.withHashes(space)).filter((each) => sameText(each.hash, hash))[0]?.operator;
  const now = services.now();
  const isOver = !held || held.revokedAt !== null || (held.expiresAt !== null && held.expiresAt <= now);
  if (isOver) return err('unknownToken');
  const { name, kind, role, scopes, expiresAt } = held;
  const today = dayOf(now);
  if (held.lastUsedDay !== today) defer(services.operators.used(space, name, today).catch(() => undefined));
  return ok({ space, name, kind, role, scopes, expiresAt });
}

/** Where a request came from, for the audit: its country and a keyed hash of its address, which is not kept itself. */
export async function placeOf({ headers, cf }: Request, { secrets }: AdminServices): Promise<string | null> {
  const address = headers.get('cf-connecting-ip');
  if (address === null) return null;
  return `${(cf as IncomingRequestCfProperties | undefined)?.country ?? 'XX'} ${await secrets.fingerprint(address)}`;
}

const encoder = new TextEncoder();

/** Takes as long for a wrong text as for the right one. */
function sameText(a: string, b: string): boolean {
  const left = encoder.encode(a);
  const right = encoder.encode(b);
  return left.byteLength === right.byteLength && crypto.subtle.timingSafeEqual(left, right);
}
