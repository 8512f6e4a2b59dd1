import type { ParsedBatch } from '../../core/event/parse-events.ts';
import type { Quarantine } from '../../core/identity/hot-value.ts';
import { identityKey } from '../../core/identity/identity-key.ts';
import type { InteractAnswer, InteractCommand } from '../../core/interaction/command.ts';
import type { Sequence, SourceId } from '../../core/lib/ids.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { rulesetFor, rulesetForStrangers } from '../../core/ruleset/gradual.ts';
import type { CallerProblem } from '../http/caller.ts';
import { type Proof, proofExtras } from '../http/proof.ts';
import { askingOf, saidBy } from './asking.ts';
import { asClaims, type NamedVisitor, nameVisitor } from './named-visitor.ts';
import { budgetOf, deniedBy, NOTHING_STORED, outcomeOf, refuseAll, type Visit, type VisitOutcome } from './outcome.ts';
import { callProfile } from './profile-call.ts';
import { decideForStranger, fallbacks } from './stateless.ts';
import { deviceRef, findPerson, renewedToken, type Visitor } from './visitor.ts';
import { withRest } from './with-rest.ts';

/** One visitor, one profile: the case of every browser. */
export async function visitAs(
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
  const { command, quarantine, ignored } = asked;
  const called = await callProfile(services, caller.ruleset, command, budgetOf(visit));
  if (!called.ok) {
    if (called.why === 'proofUsed') return err({ kind: 'invalidProof', extras: proofExtras('used') });
    if (called.why === 'suppressed') return ok(forgotten(visit, held, called.hops));
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
  return ok({ ...outcomeOf(held, answer, token, visitor.isNew, hops), quarantine, ignored });
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
  readonly ignored: NamedVisitor['ignored'];
}

async function ask(visit: Visit, visitor: Visitor, proof: Proof | null, named: NamedVisitor): Promise<Asked> {
  const { services, caller } = visit;
  const { person, ignored } = named;
  // What a page claims links by itself where its namespace trusts claims.
  if (!person) return { command: commandFor(visit, visitor, named), quarantine: null, ignored };
  const home = await findPerson(services, caller, person, true, visitor.token.device);
  if (!home || home.quarantine || home.suppressed) {
    const left = asClaims(named, home?.suppressed ? person : null);
    return { command: commandFor(visit, visitor, left), quarantine: home?.quarantine ?? null, ignored: left.ignored };
  }
  const { owner, epoch, erasedAt } = home;
  const command = commandFor(visit, visitor, named);
  const login = {
    person,
    source: caller.source.id as SourceId,
    deviceAt: visitor.mayBeKnown ? visitor.token.profile : null,
    proof: proof && { jti: proof.jti, expiresAt: proof.expiresAt },
  };
  const through = { identity: person, epoch, erasedAt, mayOpen: true };
  return {
    command: { ...command, profile: owner, through, login: named.isFresh ? login : null },
    quarantine: null,
    ignored,
  };
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

/** The device was erased, and is not to be stored again: whoever uses it is nobody. */
function forgotten(visit: Visit, { parsed, refused }: ParsedBatch, hops: number): VisitOutcome {
  const caller = { ...visit.caller, ruleset: rulesetForStrangers(visit.caller.ruleset) };
  const blocked = parsed.map(({ event, index }) => ({
    index,
    id: event.id,
    code: 'blockedIdentity' as const,
    detail: 'erased, and not to be stored again',
  }));
  return {
    ...NOTHING_STORED,
    sequence: caller.ruleset.sequence,
    refused: [...refused, ...blocked],
    propositions: decideForStranger(caller, askingOf(visit)),
    hops,
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
