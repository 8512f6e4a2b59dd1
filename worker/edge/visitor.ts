import type { Identity } from '../../core/event/event.ts';
import type { ParsedEvent } from '../../core/event/parse-events.ts';
import type { ProfileId, Space } from '../../core/lib/ids.ts';
import { formatDeviceId, mintUuidV7 } from '../../core/lib/ids.ts';
import { DAY_MS } from '../../core/lib/instant.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import type { Source } from '../../core/ruleset/resources.ts';
import type { Caller } from '../http/caller.ts';
import { readVisitorCookie } from '../http/cookies.ts';
import { mintProfileId } from '../http/identity-names.ts';
import { birthProfile, type TokenProblem, type TokenScope, type VisitorToken } from '../http/visitor-token.ts';
import type { Services } from '../services.ts';

/** A device that proved itself with a token we signed, or one that we mint now. */
export interface Visitor {
  readonly token: VisitorToken;
  readonly isNew: boolean;
  /** Minted for a visit that may have been here before: its profile may exist already. */
  readonly mayBeKnown: boolean;
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
export async function findVisitor(
  services: Services,
  caller: Caller,
  request: Request,
  sent: string | undefined,
): Promise<Result<Visitor | null, TokenProblem>> {
  const cookie =
    caller.kind === 'browser' && caller.source.identityMode === 'cookie' ? readVisitorCookie(request) : null;
  const text = cookie ?? sent;
  if (!text) return ok(null);
  const verified = await services.tokens.verify(text, scopeOf(caller), services.now());
  if (verified.ok) return ok({ token: verified.value, isNew: false, mayBeKnown: true });
  return cookie ? ok(null) : err(verified.error);
}

/** Shorter event ids may be counters that many visitors share: then nothing can be told from them. */
const UNIQUE_ID_LENGTH = 20;

/**
 * A device for somebody who came without a token. When the answer to a first visit is lost, the same visit comes again without one: so the
 * device follows from that visit (its first event, address and agent, by a keyed hash), and coming again it is the same visitor. Where
 * the visit is not told apart so surely, the device is random.
 */
export async function mintVisitor(
  services: Services,
  caller: Caller,
  request: Request,
  first: ParsedEvent | undefined,
): Promise<Visitor> {
  const now = services.now();
  const again =
    caller.kind === 'browser' &&
    first &&
    first.event.id.length >= UNIQUE_ID_LENGTH &&
    Math.abs(first.occurredAt - now) < DAY_MS;
  const random = again
    ? await services.names.deviceSeed(
        caller.space,
        [caller.source.id, first.event.id, addressOf(request), request.headers.get('user-agent')].join('\n'),
      )
    : services.randomBytes(10);
  const device = formatDeviceId(mintUuidV7(again ? first.occurredAt : now, random));
  const token = {
    device,
    profile: birthProfile(device, caller.source.jurisdiction),
    epoch: 1,
    generation: services.tokens.current,
    issuedAt: Math.floor(now / 1000),
  };
  return { token, isNew: true, mayBeKnown: again === true };
}

/** The visitor's address as Cloudflare saw it; never stored. */
export function addressOf(request: Request): string {
  return request.headers.get('cf-connecting-ip') ?? 'local';
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
