import type { ParsedBatch } from '../../core/event/parse-events.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import type { ProblemItem } from '../http/problem.ts';
import type { Proof } from '../http/proof.ts';
import { refuseAll, type Visit, type VisitOutcome, type VisitProblem, type VisitRequest } from './outcome.ts';
import { fallbacks } from './stateless.ts';
import { visitAs } from './visit-as.ts';
import { scopeOf, type Visitor } from './visitor.ts';

/** What is wrong with the place that a request names for its sign-in. A guess would give somebody's events to somebody else. */
export function signInProblem({ proof, proofFrom, events }: VisitRequest): ProblemItem | null {
  if (proofFrom === undefined) return null;
  const pointer = '/proofFrom';
  if (proof === undefined)
    return { pointer, code: 'withoutProof', detail: 'it says where a proof begins to hold: send it with one' };
  if (beginOf({ proofFrom, events }) < 0)
    return { pointer, code: 'unknownEvent', detail: 'no event of this request has that id' };
  return null;
}

/** Position of the first event of the sign-in; -1: all of them are. */
function beginOf({ proofFrom, events }: Pick<VisitRequest, 'proofFrom' | 'events'>): number {
  return proofFrom === undefined
    ? -1
    : events.findIndex((event) => (event as { readonly id?: unknown } | null)?.id === proofFrom);
}

/**
 * A visit that signs in: events before the sign-in are those of whoever the visitor was until then, so they are a visit of their own, and the
 * sign-in follows it. It waits for all of them: what is not stored now and comes again would meet the person on the device.
 */
export async function visitAndSignIn(
  visit: Visit,
  visitor: Visitor,
  proof: Proof,
  batch: ParsedBatch,
): Promise<Result<VisitOutcome, VisitProblem>> {
  const begin = beginOf(visit.body);
  const before = batch.parsed.filter(({ index }) => index < begin);
  if (before.length === 0) return visitAs(visit, visitor, proof, batch);
  const told = new Set(before.map(({ event }) => event.id));
  const rest = batch.parsed.filter(({ index }) => index >= begin);
  const fresh = rest.filter(({ event }) => !told.has(event.id));

  const silent = { ...visit, body: { ...visit.body, placements: [] } };
  const held = await visitAs(silent, visitor, null, { ...batch, parsed: before });
  if (!held.ok) return held;
  const first = held.value;
  if (first.degraded || first.refused.some(({ code }) => code === 'unavailable')) {
    return ok({
      ...first,
      refused: [...first.refused, ...refuseAll(rest, 'unavailable')],
      propositions: fallbacks(visit.caller, visit.body.placements ?? [], visit.requestId, 'degraded'),
      degraded: true,
    });
  }
  // Later than what it follows, as a request of its own would be: a page's clock may put both at this very instant.
  const receivedAt = Math.max(visit.services.now(), visit.receivedAt + 1) as Instant;
  const then = await visitAs({ ...visit, receivedAt }, await afterwards(visit, visitor, first.token), proof, {
    parsed: fresh,
    refused: [],
  });
  if (!then.ok) return err({ ...then.error, before: first });
  const repeated = rest.filter(({ event }) => told.has(event.id)).map(({ event }) => event.id);
  return ok(inOne(first, { ...then.value, duplicates: [...then.value.duplicates, ...repeated] }));
}

/** The visitor as the first visit left them: their device may live elsewhere since. */
async function afterwards({ services, caller }: Visit, { token }: Visitor, renewed: string | null): Promise<Visitor> {
  const read = renewed === null ? null : await services.tokens.verify(renewed, scopeOf(caller), services.now());
  return { token: read?.ok ? read.value : token, isNew: false, mayBeKnown: true };
}

/** One answer, about the person who is there now. */
function inOne(first: VisitOutcome, then: VisitOutcome): VisitOutcome {
  const told = new Set(then.memberships.map(({ segment }) => segment));
  return {
    ...then,
    isNew: first.isNew,
    token: then.token ?? first.token,
    accepted: first.accepted + then.accepted,
    duplicates: [...first.duplicates, ...then.duplicates],
    refused: [...first.refused, ...then.refused],
    ignored: [...first.ignored, ...then.ignored],
    // With another profile behind the device, what changed before is not the person's.
    memberships:
      then.token === null
        ? [...first.memberships.filter(({ segment }) => !told.has(segment)), ...then.memberships]
        : then.memberships,
    hops: first.hops + then.hops,
    rowsRead: first.rowsRead + then.rowsRead,
    rowsWritten: first.rowsWritten + then.rowsWritten,
  };
}
