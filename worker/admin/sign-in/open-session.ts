import type { Instant, Space } from '../../../core/lib/ids.ts';
import { limit } from '../../../core/lib/limits.ts';
import { err, ok, type Result } from '../../../core/lib/result.ts';
import type { OperatorSession, SessionDraft } from '../../../core/ruleset/operator-session.ts';
import type { Actor } from '../../../core/ruleset/publisher-rpc.ts';
import type { ProblemExtras, ProblemKind } from '../../http/problem.ts';
import type { AdminServices } from '../../services/admin-services.ts';
import { sha256Base64Url } from '../../sha256.ts';
import { findSession } from '../operator-auth.ts';
import { refused } from '../publisher-answer.ts';
import { sameText } from '../same-text.ts';
import type { Assertion } from './assertion.ts';
import { mintSession } from './session-credential.ts';
import type { SignInWish } from './wish.ts';

export interface Refusal {
  readonly problem: ProblemKind;
  readonly extras?: ProblemExtras;
}

/** In which request, from where and with what. */
export interface Surroundings {
  readonly requestId: string;
  readonly from: string | null;
  readonly agent: string | null;
}

export interface OpenedSession {
  /** What the holder shows from now on. */
  readonly credential: string;
  readonly operator: string;
  readonly expiresAt: Instant;
}

/** Lets somebody in who is proven: as the operator that they were before, or as the one that was invited by their address. */
export async function openSession(
  assertion: Assertion,
  { space, cli }: SignInWish,
  services: AdminServices,
  around: Surroundings,
): Promise<Result<OpenedSession, Refusal>> {
  const { identity, email } = assertion;
  const now = services.now();
  const present = (await services.operators.list(space)).filter(
    ({ revokedAt, expiresAt }) => revokedAt === null && (expiresAt === null || expiresAt > now),
  );
  const operator =
    present.find((each) => each.identity?.issuer === identity.issuer && each.identity.subject === identity.subject) ??
    present.find((each) => each.identity === null && each.email !== null && each.email === email);
  if (!operator) return err(notInvited(space, email));
  const minted = mintSession(space, services.randomBytes);
  const kind = cli ? 'code' : 'browser';
  const lifeMs = limit(cli ? 'signInCodeMs' : 'operatorSessionMs');
  const session = await draftOf(minted, { kind, challenge: cli?.challenge ?? null, issuer: identity.issuer }, around, {
    expiresAt: earliest(now + lifeMs, operator.expiresAt),
    sha256: services.sha256,
  });
  const change = { kind: 'signIn', identity, email, session } as const;
  const actor = actorOf(operator.name, around);
  const done = await services.publisher(space).setOperator({ actor, name: operator.name, change });
  if (done.ok) return ok({ credential: minted.text, operator: operator.name, expiresAt: session.expiresAt });
  // Meanwhile revoked, or taken by somebody else.
  return err(done.error.kind === 'unavailable' ? refused(done.error) : notInvited(space, email));
}

/** Changes the code of a command line for a session of its own, once, if it is the one that asked. */
export async function exchangeCode(
  { code, verifier, space }: { readonly code: string; readonly verifier: string; readonly space: Space },
  services: AdminServices,
  around: Surroundings,
): Promise<Result<OpenedSession, Refusal>> {
  const held = await findSession(code, space, 'code', services);
  const isAsker = sameText(held?.challenge ?? '', await sha256Base64Url(verifier));
  const operator = held && (await services.operators.find(space, held.operator));
  if (!held || !isAsker || !operator) return err(BAD_CODE);
  const minted = mintSession(space, services.randomBytes);
  const { issuer } = held;
  const session = await draftOf(minted, { kind: 'cli', challenge: null, issuer }, around, {
    expiresAt: earliest(services.now() + limit('cliSessionMs'), operator.expiresAt),
    sha256: services.sha256,
  });
  const actor = actorOf(held.operator, around);
  const change = { kind: 'exchange', code: held.id, session } as const;
  const done = await services.publisher(space).setOperator({ actor, name: held.operator, change });
  if (done.ok) return ok({ credential: minted.text, operator: held.operator, expiresAt: session.expiresAt });
  return err(done.error.kind === 'unavailable' ? refused(done.error) : BAD_CODE);
}

const BAD_CODE: Refusal = {
  problem: 'signInFailed',
  extras: { detail: 'The code is unknown, used or older than a minute: sign in again.' },
};

function notInvited(space: Space, email: string | null): Refusal {
  const detail =
    email === null
      ? `You are nobody in space ${space} yet, and the identity provider does not vouch for an e-mail address of yours, by which you could be invited.`
      : `You are signed in at the identity provider, and nobody has invited you to space ${space}: ask an owner to do so with the e-mail address that you signed in with.`;
  return { problem: 'notInvited', extras: { detail } };
}

export function actorOf(name: string, { requestId, from }: Surroundings): Actor {
  return { name, requestId, ...(from === null ? {} : { from }) };
}

async function draftOf(
  { id, text }: ReturnType<typeof mintSession>,
  what: Pick<OperatorSession, 'kind' | 'challenge' | 'issuer'>,
  { from, agent }: Surroundings,
  { expiresAt, sha256 }: { readonly expiresAt: Instant; readonly sha256: (text: string) => Promise<string> },
): Promise<SessionDraft> {
  return { id, hash: await sha256(text), ...what, expiresAt, from, agent };
}

function earliest(a: number, b: Instant | null): Instant {
  return (b === null ? a : Math.min(a, b)) as Instant;
}
