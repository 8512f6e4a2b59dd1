import type { Reason } from '../../core/decision/proposition.ts';
import { clockSkew } from '../../core/event/event-time.ts';
import { type ParsedBatch, parseEvents } from '../../core/event/parse-events.ts';
import type { Refusal } from '../../core/event/refusal.ts';
import type { Quarantine } from '../../core/identity/hot-value.ts';
import { identityKey } from '../../core/identity/identity-key.ts';
import type { InteractAnswer, InteractCommand } from '../../core/interaction/command.ts';
import type { Sequence, SourceId } from '../../core/lib/ids.ts';
import { parseInstant } from '../../core/lib/instant.ts';
import { limit } from '../../core/lib/limits.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { rulesetFor, rulesetForStrangers } from '../../core/ruleset/gradual.ts';
import { keepToPlan } from '../../core/source/keep-to-plan.ts';
import type { CallerProblem } from '../http/caller.ts';
import { isForDevice, type Proof, type ProofProblem, proofExtras, verifyProof } from '../http/proof.ts';
import { askingOf, saidBy } from './asking.ts';
import { asClaims, type NamedVisitor, nameVisitor } from './named-visitor.ts';
import { budgetOf, deniedBy, NOTHING_STORED, outcomeOf, refuseAll, type Visit, type VisitOutcome } from './outcome.ts';
import { collectForPeople } from './people.ts';
import { callProfile } from './profile-call.ts';
import { decideForStranger, fallbacks } from './stateless.ts';
import { addressOf, deviceRef, findPerson, findVisitor, mintVisitor, renewedToken, type Visitor } from './visitor.ts';
import { withRest } from './with-rest.ts';

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
  let proof: Proof | null = null;
  if (body.proof !== undefined) {
    const proven = await verifyProof(body.proof, caller, services.secrets, services.now());
    if (!proven.ok) return err(badProof(proven.error));
    proof = proven.value;
  }
  const found = await findVisitor(services, caller, visit.request, body.visitor, body.visitorLink);
  if (!found.ok)
    return err({ kind: 'invalidVisitor', extras: { detail: `the visitor token is not valid here: ${found.error}` } });
  if (proof && !(await isForDevice(proof, found.value?.token.device ?? null))) return err(badProof('otherDevice'));

  if (caller.kind === 'server' && !found.value && !proof && batch.parsed.some((event) => event.identities.length > 0)) {
    return collectForPeople(visit, batch);
  }
  if (caller.kind === 'server' && !found.value && !proof && visit.mode === 'collect') {
    return ok(stateless(visit, null, [...batch.refused, ...refuseAll(batch.parsed, 'noIdentity')]));
  }
  if (!found.value && batch.parsed.length === 0 && !proof) return ok(stateless(visit, null, batch.refused));

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
  return visitAs(visit, visitor, proof, batch);
}

const badProof = (problem: ProofProblem): CallerProblem => ({ kind: 'invalidProof', extras: proofExtras(problem) });

/** One visitor, one profile: the case of every browser. */
async function visitAs(
  arrived: Visit,
  visitor: Visitor,
  proof: Proof | null,
  batch: ParsedBatch,
): Promise<Result<VisitOutcome, CallerProblem>> {
  const { services } = arrived;
  const ruleset = rulesetFor(arrived.caller.ruleset, visitor.token.profile, visitor.token.floor ?? 0);
  // The same for all but while a publish is gradual.
  const visit = ruleset === arrived.caller.ruleset ? arrived : { ...arrived, caller: { ...arrived.caller, ruleset } };
  const { caller } = visit;
  const named = nameVisitor(batch, proof?.person ?? null, visitor, caller);
  const held: ParsedBatch = { parsed: named.parsed, refused: [...batch.refused, ...named.refused] };
  // Only the directory can fail here; like a profile that does not answer, it costs the page nothing but the better answer.
  const asked = await ask(visit, visitor, proof, named).catch(() => null);
  if (!asked) return ok(degraded(visit, visitor, held, 1));
  const { command, quarantine } = asked;
  const called = await callProfile(services, caller.ruleset, command, budgetOf(visit));
  if (!called.ok) {
    if (called.why === 'proofUsed') return err(badProof('used'));
    return ok({ ...degraded(visit, visitor, held, called.hops), overloaded: called.why === 'overloaded' });
  }
  let { answer } = called;
  let { hops } = called;
  if (answer.leftOver.length > 0) {
    const rest = await visitRest(visit, command, answer);
    answer = rest.answer;
    hops += rest.hops;
  }
  const token = await renewedToken(services, caller, visitor, answer);
  return ok({ ...outcomeOf(held, answer, token, visitor.isNew, hops), quarantine });
}

/** Events after a sign-out belong to whoever comes next: the device's new, empty profile. */
async function visitRest(
  visit: Visit,
  command: InteractCommand,
  first: InteractAnswer,
): Promise<{ readonly answer: InteractAnswer; readonly hops: number }> {
  const events = command.events.filter((event) => first.leftOver.includes(event.id));
  if (!first.device || !command.device) return { answer: withRest(first, null), hops: 0 };
  const ref = { ...command.device, epoch: first.device.epoch, mayOpen: true };
  const called = await callProfile(
    visit.services,
    visit.caller.ruleset,
    { ...command, profile: first.device.at, through: ref, device: ref, events, login: null, hints: {} },
    budgetOf(visit),
  );
  return { answer: withRest(first, called.ok ? called.answer : null), hops: called.hops };
}

interface Asked {
  readonly command: InteractCommand;
  /** The person was named and does not count: too many share the id. */
  readonly quarantine: Quarantine | null;
}

async function ask(visit: Visit, visitor: Visitor, proof: Proof | null, named: NamedVisitor): Promise<Asked> {
  const { services, caller } = visit;
  const { person } = named;
  // What a page claims links by itself where its namespace trusts claims.
  if (!person) return { command: commandFor(visit, visitor, named), quarantine: null };
  const home = await findPerson(services, caller, person, true, visitor.token.device);
  if (!home || home.quarantine || home.suppressed) {
    const left = asClaims(named, home?.suppressed ? person : null);
    return { command: commandFor(visit, visitor, left), quarantine: home?.quarantine ?? null };
  }
  const { owner, epoch, erasedAt } = home;
  const command = commandFor(visit, visitor, named);
  const login = {
    person,
    deviceAt: visitor.mayBeKnown ? visitor.token.profile : null,
    proof: proof && { jti: proof.jti, expiresAt: proof.expiresAt },
  };
  const through = { identity: person, epoch, erasedAt, mayOpen: true };
  return { command: { ...command, profile: owner, through, login: named.isFresh ? login : null }, quarantine: null };
}

/** What the device alone would ask. */
function commandFor(visit: Visit, visitor: Visitor, { events }: NamedVisitor): InteractCommand {
  const { caller, body } = visit;
  const { token } = visitor;
  const device = deviceRef(visitor, visit.receivedAt);
  return {
    space: caller.space,
    profile: token.profile,
    sequence: Math.max(caller.ruleset.sequence, token.floor ?? 0) as Sequence,
    now: visit.receivedAt,
    through: device,
    device,
    defaultConsent: caller.source.defaultConsent,
    denied: deniedBy(visit),
    events,
    login: null,
    hints: { [identityKey(device.identity)]: { owner: token.profile, epoch: token.epoch, erasedAt: -1 } },
    assertedState: null,
    placements: body.placements ?? [],
    ...saidBy(visit),
    include: { profile: false, recent: false, trace: visit.preview !== null, allMemberships: false },
    requestId: visit.requestId,
  };
}

function parseBatch(visit: Visit): ParsedBatch {
  const { caller, body, receivedAt, enrichment } = visit;
  const sentAt = body.sentAt === undefined ? null : parseInstant(body.sentAt);
  const batch = parseEvents(body.events, {
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
  return keepToPlan(batch, caller.ruleset.plans.get(caller.source.id));
}

function stateless(visit: Visit, reason: Reason | null, refused: readonly Refusal[]): VisitOutcome {
  const placements = visit.body.placements ?? [];
  const caller = { ...visit.caller, ruleset: rulesetForStrangers(visit.caller.ruleset) };
  return {
    ...NOTHING_STORED,
    sequence: caller.ruleset.sequence,
    refused,
    propositions:
      reason === null
        ? decideForStranger(caller, askingOf(visit))
        : fallbacks(caller, placements, visit.requestId, reason),
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
