import type { Identity } from '../../core/event/event.ts';
import type { ProfileId, Space } from '../../core/lib/ids.ts';
import { type Result, err, ok } from '../../core/lib/result.ts';
import { formatDeviceId, mintUuidV7 } from '../../core/lib/ids.ts';
import type { Source } from '../../core/ruleset/resources.ts';
import type { Caller } from '../http/caller.ts';
import { readVisitorCookie } from '../http/cookies.ts';
import { mintProfileId } from '../http/identity-names.ts';
import { type TokenProblem, type TokenScope, type VisitorToken, birthProfile } from '../http/visitor-token.ts';
import type { Services } from '../services.ts';

/** A device that proved itself with a token we signed, or one that we mint now. */
export interface Visitor {
  readonly token: VisitorToken;
  readonly isNew: boolean;
}

/** A token older than this is signed again, so that a visitor who comes back never runs out. */
const RENEW_SECONDS = 30 * 86_400;

export function scopeOf(caller: Pick<Caller, 'space' | 'source'>): TokenScope {
  return { space: caller.space, group: caller.source.group, jurisdiction: caller.source.jurisdiction };
}

/**
 * The visitor behind a request, by its signed token only: no id in a body can name somebody else. A cookie that does not verify is replaced in
 * silence, since its page cannot do anything about it; a token that was sent on purpose and does not verify is an error.
 */
export async function findVisitor(services: Services, caller: Caller, request: Request, sent: string | undefined): Promise<Result<Visitor | null, TokenProblem>> {
  const cookie = caller.kind === 'browser' && caller.source.identityMode === 'cookie' ? readVisitorCookie(request) : null;
  const text = cookie ?? sent;
  if (!text) return ok(null);
  const verified = await services.tokens.verify(text, scopeOf(caller), services.now());
  if (verified.ok) return ok({ token: verified.value, isNew: false });
  return cookie ? ok(null) : err(verified.error);
}

export function mintVisitor(services: Services, source: Source): Visitor {
  const now = services.now();
  const device = formatDeviceId(mintUuidV7(now, services.randomBytes(10)));
  const token = {
    device,
    profile: birthProfile(device, source.jurisdiction),
    epoch: 1,
    generation: services.tokens.current,
    issuedAt: Math.floor(now / 1000),
  };
  return { token, isNew: true };
}

/** The token for the answer, when the visitor needs a new one: just minted, moved, signed by an old key, or old. */
export async function renewedToken(
  services: Services,
  caller: Caller,
  visitor: Visitor,
  movedTo: { readonly at: ProfileId; readonly epoch: number } | null,
): Promise<string | null> {
  const { token } = visitor;
  const moved = movedTo !== null && (movedTo.at !== token.profile || movedTo.epoch !== token.epoch);
  const old = token.generation !== services.tokens.current || services.now() / 1000 - token.issuedAt > RENEW_SECONDS;
  if (!visitor.isNew && !moved && !old) return null;
  const profile = movedTo?.at ?? token.profile;
  const epoch = movedTo?.epoch ?? token.epoch;
  return services.tokens.sign({ device: token.device, profile, epoch }, scopeOf(caller), services.now());
}

/** Where a person's profile is. `create`: make it when nobody has it yet. Rejects when the directory does not answer in time. */
export async function findPerson(
  services: Services,
  space: Space,
  identity: Identity,
  source: Source,
  create: boolean,
): Promise<{ readonly profile: ProfileId; readonly epoch: number } | null> {
  if (identity.namespace === 'anonymous') {
    return { profile: await services.names.anonymousProfile(space, identity, source.jurisdiction), epoch: 1 };
  }
  const now = services.now();
  const mint = create ? mintProfileId(now, services.randomBytes(10), 0, source.jurisdiction) : null;
  const directory = services.directory(space, identity, await services.names.directory(space, identity));
  const entry = await within(directory.resolve(mint, now), services.objectBudgetMs);
  return entry ? { profile: entry.owner, epoch: entry.epoch } : null;
}

async function within<T>(work: Promise<T>, budgetMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the directory does not answer')), budgetMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Where a device goes when its person signs out: a profile that nobody has seen yet. */
export function freshProfile(services: Services, source: Source): ProfileId {
  return mintProfileId(services.now(), services.randomBytes(10), 1, source.jurisdiction);
}
