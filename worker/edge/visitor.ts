import type { Identity } from '../../core/event/event.ts';
import type { ParsedEvent } from '../../core/event/parse-events.ts';
import type { InteractAnswer, StrandRef } from '../../core/interaction/command.ts';
import type { DeviceId, Instant } from '../../core/lib/ids.ts';
import { formatDeviceId, mintUuidV7 } from '../../core/lib/ids.ts';
import { DAY_MS } from '../../core/lib/instant.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import type { Home } from '../directory.ts';
import type { Caller } from '../http/caller.ts';
import { readVisitorCookie } from '../http/cookies.ts';
import { type LinkTarget, verifyCrossDomain } from '../http/cross-domain.ts';
import type { TokenProblem, TokenScope, VisitorToken } from '../http/visitor-token.ts';
import { birthProfile, mintProfileId } from '../identity-names.ts';
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
 * silence, since its page cannot do anything about it; a token that was sent on purpose and does not verify is an error. Who has no token may
 * come with a link from another site of the group: it never replaces a visitor, and one that does not hold is nothing.
 */
export async function findVisitor(
  services: Services,
  caller: Caller,
  request: Request,
  sent: string | undefined,
  link?: string,
): Promise<Result<Visitor | null, TokenProblem>> {
  const cookie =
    caller.kind === 'browser' && caller.source.identityMode === 'cookie' ? readVisitorCookie(request) : null;
  const text = cookie ?? sent;
  const verified = text ? await verifyToken(services, caller, text) : null;
  if (verified?.ok) return ok({ token: verified.value, isNew: false, mayBeKnown: true });
  if (verified && !cookie) return verified;
  return ok(link ? await linkedVisitor(services, caller, request, link) : null);
}

async function verifyToken(
  services: Services,
  caller: Caller,
  text: string,
): Promise<Result<VisitorToken, TokenProblem>> {
  const verified = await services.tokens.verify(text, scopeOf(caller), services.now());
  const revokedBefore = caller.ruleset.revokedBefore.get(caller.source.group) ?? 0;
  return verified.ok && verified.value.issuedAt < revokedBefore ? err('revoked') : verified;
}

/** What links to the site behind a caller, opened in the browser that asks, must be signed for; null: no browser asks. */
export function linkTargetOf(
  { space, source, origin }: Pick<Caller, 'space' | 'source' | 'origin'>,
  request: Request,
): LinkTarget | null {
  if (origin === null) return null;
  const userAgent = request.headers.get('user-agent') ?? '';
  return { ...scopeOf({ space, source }), host: new URL(origin).host, userAgent };
}

/** The visitor whom a link from another site of the group carries. The generation 0 has the token signed with the answer. */
async function linkedVisitor(
  services: Services,
  caller: Caller,
  request: Request,
  link: string,
): Promise<Visitor | null> {
  const target = linkTargetOf(caller, request);
  if (!target) return null;
  const carried = await verifyCrossDomain(link, target, services.visitorKeys, services.now());
  const revokedBefore = caller.ruleset.revokedBefore.get(caller.source.group) ?? 0;
  if (!carried.ok || carried.value.issuedAt < revokedBefore) return null;
  return { token: { ...carried.value, generation: 0 }, isNew: false, mayBeKnown: true };
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
  answer: Pick<InteractAnswer, 'device' | 'sequence'> | null,
): Promise<string | null> {
  const { token } = visitor;
  const movedTo = answer?.device ?? null;
  const moved = movedTo !== null && (movedTo.at !== token.profile || movedTo.epoch !== token.epoch);
  const old = token.generation !== services.tokens.current || services.now() / 1000 - token.issuedAt > RENEW_SECONDS;
  if (!visitor.isNew && !moved && !old) return null;
  const profile = movedTo?.at ?? token.profile;
  const epoch = movedTo?.epoch ?? token.epoch;
  // Another profile may have applied less than this visitor has seen.
  const floor = moved ? answer?.sequence : token.floor;
  const signed = { device: token.device, profile, epoch, ...(floor === undefined ? {} : { floor }) };
  return services.tokens.sign(signed, scopeOf(caller), services.now());
}

/** Where a person's profile is. `create`: make it when nobody has it yet. `device`: wants to be joined to the person. Rejects when the directory does not answer in time. */
export async function findPerson(
  services: Services,
  { space, source, ruleset }: Pick<Caller, 'space' | 'source' | 'ruleset'>,
  identity: Identity,
  create: boolean,
  device?: DeviceId,
): Promise<Home | null> {
  const { jurisdiction } = source;
  // Where it was born can be told without asking, and its profile knows whether it has moved.
  const born = await services.directory.birthOf(space, identity, jurisdiction);
  if (born) return { owner: born, epoch: 1, erasedAt: -1, quarantine: null, suppressed: false };
  const tier = ruleset.stitch.namespaces.byCode.get(identity.namespace)?.unique ? 0 : 1;
  const mint = create ? mintProfileId(services.now(), services.randomBytes(10), tier, jurisdiction) : null;
  return within(services.directory.find(space, identity, mint, jurisdiction, device), services.objectBudgetMs);
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

/** The device as its profile is asked for it. While a token is young nothing that it points at has been cleared away, so an empty place means a new one. */
export function deviceRef({ token }: Visitor, now: Instant): StrandRef {
  return {
    identity: { namespace: 'device', value: token.device },
    epoch: token.epoch,
    erasedAt: -1,
    mayOpen: now / 1000 - token.issuedAt <= RENEW_SECONDS,
  };
}
