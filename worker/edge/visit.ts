import type { Reason } from '../../core/decision/proposition.ts';
import type { AcceptedEvent, Identity } from '../../core/event/event.ts';
import { clockSkew } from '../../core/event/event-time.ts';
import { type ParsedBatch, type ParsedEvent, parseEvents } from '../../core/event/parse-events.ts';
import type { Refusal } from '../../core/event/refusal.ts';
import { normaliseIdentity } from '../../core/identity/namespaces.ts';
import type { InteractAnswer, InteractCommand } from '../../core/interaction/command.ts';
import type { SourceId } from '../../core/lib/ids.ts';
import { parseInstant } from '../../core/lib/instant.ts';
import { limit } from '../../core/lib/limits.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import type { CallerProblem } from '../http/caller.ts';
import { verifyProof } from '../http/proof.ts';
import { budgetOf, deniedBy, NOTHING_STORED, outcomeOf, refuseAll, type Visit, type VisitOutcome } from './outcome.ts';
import { collectForPeople } from './people.ts';
import { callProfile } from './profile-call.ts';
import { decideForStranger, fallbacks } from './stateless.ts';
import {
  addressOf,
  findPerson,
  findVisitor,
  freshProfile,
  mintVisitor,
  renewedToken,
  type Visitor,
} from './visitor.ts';

/** Runs one visit: parse, find the visitor, one call to the profile, answer. */
export async function runVisit(visit: Visit): Promise<Result<VisitOutcome, CallerProblem>> {
  const { services, caller, body } = visit;
  const batch = parseBatch(visit);
  if (visit.enrichment.bot || visit.enrichment.prefetch) {
    return ok(
      stateless(visit, visit.enrichment.bot ? 'bot' : 'prefetch', [
        ...batch.refused,
        ...refuseAll(batch.parsed, 'automated'),
      ]),
    );
  }
  let person: Identity | null = null;
  if (body.proof !== undefined) {
    const proven = await verifyProof(body.proof, caller.source, services.secrets, services.now());
    if (!proven.ok) return err({ kind: 'invalidProof', extras: { detail: proven.error } });
    person = proven.value;
  }
  const found = await findVisitor(services, caller, visit.request, body.visitor);
  if (!found.ok)
    return err({ kind: 'invalidVisitor', extras: { detail: `the visitor token is not valid here: ${found.error}` } });

  if (
    caller.kind === 'server' &&
    !found.value &&
    !person &&
    batch.parsed.some((event) => event.identities.length > 0)
  ) {
    return collectForPeople(visit, batch);
  }
  if (caller.kind === 'server' && !found.value && !person && visit.mode === 'collect') {
    return ok(stateless(visit, null, [...batch.refused, ...refuseAll(batch.parsed, 'noIdentity')]));
  }
  if (!found.value && batch.parsed.length === 0 && !person) return ok(stateless(visit, null, batch.refused));

  let visitor = found.value;
  if (!visitor) {
    if (
      caller.kind === 'browser' &&
      !(await services.mayMint(caller.space, caller.source.id, addressOf(visit.request)))
    ) {
      return ok(stateless(visit, 'limited', [...batch.refused, ...refuseAll(batch.parsed, 'unavailable')]));
    }
    visitor = await mintVisitor(services, caller, visit.request, batch.parsed[0]);
  }
  return ok(await visitAs(visit, visitor, person, batch));
}

/** One visitor, one profile: the case of every browser. */
async function visitAs(
  visit: Visit,
  visitor: Visitor,
  person: Identity | null,
  batch: ParsedBatch,
): Promise<VisitOutcome> {
  const { services, caller } = visit;
  const events = batch.parsed.map(withClaims);
  // Only the directory can fail here; like a profile that does not answer, it costs the page nothing but the better answer.
  const command = await commandFor(visit, visitor, person, events).catch(() => null);
  if (!command) return degraded(visit, visitor, batch, 1);
  const called = await callProfile(services, caller.ruleset, command, budgetOf(visit));
  if (!called.ok) return degraded(visit, visitor, batch, called.hops);
  let { answer } = called;
  let { hops } = called;
  if (answer.leftOver.length > 0 && answer.device) {
    const rest = await visitRest(visit, command, answer);
    answer = rest.answer;
    hops += rest.hops;
  }
  return outcomeOf(batch, answer, await renewedToken(services, caller, visitor, answer.device), visitor.isNew, hops);
}

/** Events after a sign-out belong to whoever comes next: the device's new, empty profile. */
async function visitRest(
  visit: Visit,
  command: InteractCommand,
  first: InteractAnswer,
): Promise<{ readonly answer: InteractAnswer; readonly hops: number }> {
  if (!first.device || !command.device) return { answer: first, hops: 0 };
  const ref = { identity: command.device.identity, epoch: first.device.epoch };
  const events = command.events.filter((event) => first.leftOver.includes(event.id));
  const called = await callProfile(
    visit.services,
    visit.caller.ruleset,
    { ...command, profile: first.device.at, through: ref, device: ref, events, login: null },
    budgetOf(visit),
  );
  if (!called.ok) {
    const refused = events.map((event) => ({ id: event.id, code: 'unavailable' as const, detail: 'send it again' }));
    return { answer: { ...first, refused: [...first.refused, ...refused] }, hops: called.hops };
  }
  const answer = {
    ...called.answer,
    accepted: first.accepted + called.answer.accepted,
    duplicates: [...first.duplicates, ...called.answer.duplicates],
    device: first.device,
  };
  return { answer, hops: called.hops };
}

async function commandFor(
  visit: Visit,
  visitor: Visitor,
  person: Identity | null,
  events: readonly AcceptedEvent[],
): Promise<InteractCommand> {
  const { services, caller, body } = visit;
  const device = { identity: { namespace: 'device', value: visitor.token.device }, epoch: visitor.token.epoch };
  const home = person ? await findPerson(services, caller.space, person, caller.source, true) : null;
  const signsOut = events.some((event) => event.type === 'signed.out');
  return {
    space: caller.space,
    profile: home?.profile ?? visitor.token.profile,
    sequence: caller.ruleset.sequence,
    now: visit.receivedAt,
    through: person && home ? { identity: person, epoch: home.epoch } : device,
    device,
    defaultConsent: caller.source.defaultConsent,
    denied: deniedBy(visit),
    events,
    login: person ? { person, deviceAt: visitor.mayBeKnown ? visitor.token.profile : null } : null,
    afterSignOut: signsOut ? freshProfile(services, caller.source) : null,
    assertedState: null,
    placements: body.placements ?? [],
    include: { profile: false, recent: false, trace: false, allMemberships: false },
    requestId: visit.requestId,
  };
}

function parseBatch(visit: Visit): ParsedBatch {
  const { caller, body, receivedAt, enrichment } = visit;
  const sentAt = body.sentAt === undefined ? null : parseInstant(body.sentAt);
  return parseEvents(body.events, {
    source: caller.source.id as SourceId,
    sentBy: caller.kind,
    trustBrowserMoney: caller.source.trustBrowserMoney,
    receivedAt,
    skewMs: clockSkew(sentAt, receivedAt),
    defaultConsent: caller.source.defaultConsent,
    consent: body.consent,
    globalPrivacyControl: enrichment.globalPrivacyControl,
    context: enrichment.context,
    observed: enrichment.observed,
    mayHoldLargeEvents: visit.bodyBytes > limit('eventBytes'),
  });
}

/** Ids that a page names are claims: stored as such, they link nothing. */
function withClaims({ event, identities }: ParsedEvent): AcceptedEvent {
  if (identities.length === 0) return event;
  const claims = identities.map(normaliseIdentity).filter((identity) => identity !== null);
  return claims.length === 0 ? event : { ...event, claims };
}

function stateless(visit: Visit, reason: Reason | null, refused: readonly Refusal[]): VisitOutcome {
  const placements = visit.body.placements ?? [];
  return {
    ...NOTHING_STORED,
    sequence: visit.caller.ruleset.sequence,
    refused,
    propositions:
      reason === null
        ? decideForStranger(visit.caller, placements, visit.requestId, visit.receivedAt, deniedBy(visit))
        : fallbacks(visit.caller, placements, visit.requestId, reason),
  };
}

/** The profile did not answer: the page gets its fallbacks, the events are asked for again, and a new visitor keeps no token to nowhere. */
function degraded(visit: Visit, visitor: Visitor, batch: ParsedBatch, hops: number): VisitOutcome {
  return {
    ...NOTHING_STORED,
    sequence: visit.caller.ruleset.sequence,
    isNew: visitor.isNew,
    refused: [...batch.refused, ...refuseAll(batch.parsed, 'unavailable')],
    propositions: fallbacks(visit.caller, visit.body.placements ?? [], visit.requestId, 'degraded'),
    degraded: true,
    hops,
  };
}
