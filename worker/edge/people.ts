import type { AcceptedEvent, AuthState, Identity } from '../../core/event/event.ts';
import type { ParsedBatch, ParsedEvent } from '../../core/event/parse-events.ts';
import type { Refusal, RefusalCode } from '../../core/event/refusal.ts';
import type { Quarantine } from '../../core/identity/hot-value.ts';
import { identitiesOf, refusalOf } from '../../core/identity/identities-of.ts';
import type { IgnoredIdentity } from '../../core/identity/ignored-identity.ts';
import { readIdentity } from '../../core/identity/normalise-identity.ts';
import type { InteractCommand } from '../../core/interaction/command.ts';
import type { EventId } from '../../core/lib/ids.ts';
import { formatInstant } from '../../core/lib/instant.ts';
import { limit } from '../../core/lib/limits.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import { sameIdentity } from '../../core/profile/strand.ts';
import { rulesetFor, rulesetForStrangers } from '../../core/ruleset/gradual.ts';
import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import type { CallerProblem } from '../http/caller.ts';
import { askingOf } from './asking.ts';
import { identified } from './named-visitor.ts';
import { budgetOf, deniedBy, NOTHING_STORED, outcomeOf, refuseAll, type Visit, type VisitOutcome } from './outcome.ts';
import { callProfile } from './profile-call.ts';
import { decideForStranger, fallbacks } from './stateless.ts';
import { findPerson } from './visitor.ts';

interface Group {
  readonly person: Identity;
  readonly parsed: ParsedEvent[];
  readonly events: AcceptedEvent[];
  authState: AuthState;
}

/** A server batch about people it names: grouped, one call per profile, a few side by side. */
export async function collectForPeople(visit: Visit, batch: ParsedBatch): Promise<Result<VisitOutcome, CallerProblem>> {
  const { groups, refused, repeated, ignored } = groupByPerson(batch, visit.caller.ruleset);
  if (visit.mode === 'interact' && (visit.body.placements ?? []).length > 0 && groups.length > 1) {
    return err({
      kind: 'invalid',
      extras: { detail: 'placements can be decided for one person only; use /v1/collect for batches', errors: [] },
    });
  }
  const within = groups.slice(0, limit('profilesPerRequest'));
  const beyond = groups
    .slice(limit('profilesPerRequest'))
    .flatMap((group) =>
      refuse(group.parsed, 'tooManyProfiles', `at most ${limit('profilesPerRequest')} profiles a request`),
    );
  const outcomes = await inParallel(within, limit('profileConcurrency'), (group) => collectGroup(visit, group));
  const total = sum(outcomes, [...batch.refused, ...refused, ...beyond], ignored, visit);
  return ok({ ...total, duplicates: [...total.duplicates, ...repeated] });
}

/** The first event with an id wins, also when a later one names somebody else. */
function groupByPerson(
  batch: ParsedBatch,
  { stitch }: LoadedRuleset,
): {
  readonly groups: readonly Group[];
  readonly refused: readonly Refusal[];
  readonly repeated: readonly EventId[];
  readonly ignored: readonly IgnoredIdentity[];
} {
  const seen = new Set<EventId>();
  const repeated: EventId[] = [];
  const groups = new Map<string, Group>();
  const refused: Refusal[] = [];
  const ignored: IgnoredIdentity[] = [];
  for (const parsed of batch.parsed) {
    const { links, claims, dropped, problem } = identitiesOf(parsed.identities, { verified: true }, stitch);
    for (const { identity, reason } of dropped)
      ignored.push({ index: parsed.index, namespace: identity.namespace, reason });
    const [person] = links;
    if (!person) {
      const { code, detail } = problem ? refusalOf(problem) : NOBODY;
      refused.push(...refuse([parsed], code, detail));
      continue;
    }
    if (seen.has(parsed.event.id)) {
      repeated.push(parsed.event.id);
      continue;
    }
    seen.add(parsed.event.id);
    const key = `${person.namespace}\n${person.value}`;
    const group = groups.get(key) ?? { person, parsed: [], events: [], authState: 'recognised' };
    group.parsed.push(parsed);
    group.events.push(identified(parsed.event, links, claims));
    group.authState = parsed.authState ?? group.authState;
    groups.set(key, group);
  }
  return { groups: [...groups.values()], refused, repeated, ignored };
}

const NOBODY = { code: 'noIdentity', detail: 'name a person in identities, or send a visitor token' } as const;

async function collectGroup(visit: Visit, group: Group): Promise<VisitOutcome> {
  const { services, caller } = visit;
  const batch: ParsedBatch = { parsed: group.parsed, refused: [] };
  try {
    const home = await findPerson(services, caller, group.person, true);
    if (!home) return unavailable(visit, group);
    if (home.suppressed) return collectWithout(visit, group);
    if (home.quarantine) return quarantined(group, home.quarantine);
    const ruleset = rulesetFor(caller.ruleset, home.owner, 0);
    const command: InteractCommand = {
      space: caller.space,
      profile: home.owner,
      sequence: ruleset.sequence,
      now: visit.receivedAt,
      through: { identity: group.person, epoch: home.epoch, erasedAt: home.erasedAt, mayOpen: true },
      device: null,
      hints: {},
      defaultConsent: caller.source.defaultConsent,
      denied: deniedBy(visit),
      events: group.events,
      login: null,
      assertedState: group.authState,
      placements: visit.body.placements ?? [],
      include: { profile: false, recent: false, trace: false, allMemberships: false },
      requestId: visit.requestId,
    };
    const called = await callProfile(services, ruleset, command, budgetOf(visit));
    if (called.ok) return outcomeOf(batch, called.answer, null, false, called.hops + 1);
    if (called.why === 'suppressed') return collectWithout(visit, group);
    return { ...unavailable(visit, group), overloaded: called.why === 'overloaded' };
  } catch {
    return unavailable(visit, group);
  }
}

/** Erased, and not to be stored again: its events are those of whom they name beside that id. */
async function collectWithout(visit: Visit, group: Group): Promise<VisitOutcome> {
  const { ruleset } = visit.caller;
  const isErased = (identity: Identity): boolean => {
    const read = readIdentity(identity, ruleset.stitch.namespaces);
    return typeof read !== 'string' && sameIdentity(read, group.person);
  };
  const parsed = group.parsed.map((one) => ({ ...one, identities: one.identities.filter((id) => !isErased(id)) }));
  const { groups } = groupByPerson({ parsed, refused: [] }, ruleset);
  const known = groups.flatMap((other) => other.parsed.map(({ index }) => index));
  const nobodys = suppressed(group.parsed.filter(({ index }) => !known.includes(index)));
  if (groups.length === 0) return nobodys;
  const { namespace } = group.person;
  const ignored = known.map((index) => ({ index, namespace, reason: 'suppressed' as const }));
  const outcomes = await inParallel(groups, 1, (other) => collectGroup(visit, other));
  return sum(outcomes, nobodys.refused, ignored, visit);
}

function suppressed(parsed: readonly ParsedEvent[]): VisitOutcome {
  return {
    ...NOTHING_STORED,
    refused: refuse(parsed, 'blockedIdentity', 'erased, and not to be stored again'),
    hops: 1,
  };
}

/** Stored nowhere: a value that names nobody must not become the profile of everybody. */
function quarantined({ parsed }: Group, { reason, until }: Quarantine): VisitOutcome {
  const detail = `in quarantine (${reason}) until ${formatInstant(until)}`;
  return { ...NOTHING_STORED, refused: refuse(parsed, 'quarantinedIdentity', detail), hops: 1 };
}

function unavailable(visit: Visit, group: Group): VisitOutcome {
  const propositions = fallbacks(visit.caller, visit.body.placements ?? [], visit.requestId, 'degraded');
  return {
    ...NOTHING_STORED,
    sequence: rulesetForStrangers(visit.caller.ruleset).sequence,
    refused: refuseAll(group.parsed, 'unavailable'),
    propositions,
    degraded: true,
    hops: 1,
  };
}

function sum(
  outcomes: readonly VisitOutcome[],
  refused: readonly Refusal[],
  ignored: readonly IgnoredIdentity[],
  visit: Visit,
): VisitOutcome {
  const total = (pick: (outcome: VisitOutcome) => number) =>
    outcomes.reduce((held, outcome) => held + pick(outcome), 0);
  const duplicates: EventId[] = outcomes.flatMap((outcome) => [...outcome.duplicates]);
  return {
    sequence: Math.max(
      rulesetForStrangers(visit.caller.ruleset).sequence,
      ...outcomes.map((outcome) => outcome.sequence),
    ),
    state: outcomes.length === 1 ? (outcomes[0]?.state ?? 'anonymous') : 'anonymous',
    isNew: false,
    token: null,
    accepted: total((outcome) => outcome.accepted),
    duplicates,
    refused: [...refused, ...outcomes.flatMap((outcome) => [...outcome.refused])].sort((a, b) => a.index - b.index),
    ignored: [...ignored, ...outcomes.flatMap((outcome) => [...outcome.ignored])].sort((a, b) => a.index - b.index),
    propositions:
      outcomes.length === 0
        ? decideForStranger(visit.caller, askingOf(visit))
        : outcomes.flatMap((outcome) => [...outcome.propositions]),
    memberships: outcomes.length === 1 ? (outcomes[0]?.memberships ?? []) : [],
    trace: null,
    degraded: outcomes.some((outcome) => outcome.degraded),
    overloaded: outcomes.some((outcome) => outcome.overloaded),
    quarantine: null,
    hops: Math.max(0, ...outcomes.map((outcome) => outcome.hops)),
    rowsRead: total((outcome) => outcome.rowsRead),
    rowsWritten: total((outcome) => outcome.rowsWritten),
  };
}

function refuse(parsed: readonly ParsedEvent[], code: RefusalCode, detail: string): readonly Refusal[] {
  return parsed.map(({ event, index }) => ({ index, id: event.id, code, detail }));
}

async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return results;
}
