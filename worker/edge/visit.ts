import type { Reason } from '../../core/decision/proposition.ts';
import { clockSkew } from '../../core/event/event-time.ts';
import { type ParsedBatch, parseEvents } from '../../core/event/parse-events.ts';
import type { Refusal } from '../../core/event/refusal.ts';
import type { SourceId } from '../../core/lib/ids.ts';
import { parseInstant } from '../../core/lib/instant.ts';
import { limit } from '../../core/lib/limits.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { rulesetForStrangers } from '../../core/ruleset/gradual.ts';
import { keepToPlan } from '../../core/source/keep-to-plan.ts';
import type { CallerProblem } from '../http/caller.ts';
import { isForDevice, type Proof, type ProofProblem, proofExtras, verifyProof } from '../http/proof.ts';
import { askingOf } from './asking.ts';
import { isRefusing, NOTHING_STORED, refuseAll, type Visit, type VisitOutcome, type VisitProblem } from './outcome.ts';
import { collectForPeople } from './people.ts';
import { visitAndSignIn } from './sign-in.ts';
import { decideForStranger, fallbacks } from './stateless.ts';
import { visitAs } from './visit-as.ts';
import { addressOf, findVisitor, mintVisitor } from './visitor.ts';

/** Runs one visit: parse, find the visitor, one call to the profile, answer. */
export async function runVisit(visit: Visit): Promise<Result<VisitOutcome, VisitProblem>> {
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

  if (!found.value && !proof && isRefusing(visit))
    return ok(stateless(visit, null, [...batch.refused, ...refuseAll(batch.parsed, 'noConsent')]));

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
  return proof ? visitAndSignIn(visit, visitor, proof, batch) : visitAs(visit, visitor, null, batch);
}

const badProof = (problem: ProofProblem): CallerProblem => ({ kind: 'invalidProof', extras: proofExtras(problem) });

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
