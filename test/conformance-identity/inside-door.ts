import type { AcceptedEvent, Identity } from '../../core/event/event.ts';
import { parseEvents } from '../../core/event/parse-events.ts';
import { identitiesOf, refusalOf } from '../../core/identity/identities-of.ts';
import { identityKey } from '../../core/identity/identity-key.ts';
import type { InteractCommand, StrandRef } from '../../core/interaction/command.ts';
import type { Instant, ProfileId, SourceId, Space } from '../../core/lib/ids.ts';
import { limit } from '../../core/lib/limits.ts';
import type { ConsentChoices } from '../../core/policy/purposes.ts';
import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import { identified } from '../../worker/edge/named-visitor.ts';
import { callProfile } from '../../worker/edge/profile-call.ts';
import { findPerson } from '../../worker/edge/visitor.ts';
import type { Services } from '../../worker/services.ts';

/** An event that no public door takes as a vector means it, on its way to the same objects by the same calls. */
export interface InsideVisit {
  readonly space: Space;
  readonly source: string;
  readonly event: object;
  readonly skewMs: number;
  readonly consent: ConsentChoices;
  /** False: who it names is only claimed, and links where the namespace trusts claims. */
  readonly verified: boolean;
  /** Whoever uses the named device next is not this person. */
  readonly logout: boolean;
  /** The profile where the caller believes the first identity, as an old token would. */
  readonly hint: ProfileId | null;
}

export interface InsideAnswer {
  readonly accepted: number;
  readonly refused: readonly { readonly code: string; readonly detail: string }[];
  /** Still on its way: to be sent again. */
  readonly leftOver: number;
  /** Calls to objects, one after the other. */
  readonly hops: number;
}

export async function visitInside(real: Services, visit: InsideVisit): Promise<InsideAnswer> {
  const { services, hops } = counting(real);
  const now = services.now();
  const ruleset = await services.rulesets.current(visit.space);
  if (!ruleset) throw new Error('nothing is published');
  const batch = parseEvents([visit.event], {
    source: visit.source as SourceId,
    sentBy: 'server',
    trustBrowserMoney: true,
    receivedAt: now,
    skewMs: visit.skewMs,
    defaultConsent: visit.consent,
    consent: undefined,
    globalPrivacyControl: false,
    context: {},
    observed: {},
    mayHoldLargeEvents: false,
  });
  const [parsed] = batch.parsed;
  if (!parsed) return { accepted: 0, refused: batch.refused, leftOver: 0, hops: hops() };
  const trust = { verified: visit.verified };
  const { links, claims, problem } = identitiesOf(parsed.identities, trust, ruleset.stitch);
  const [primary] = links;
  if (!primary) return { accepted: 0, refused: [refusalOf(problem ?? 'nothingLeft')], leftOver: 0, hops: hops() };
  const refTo = (identity: Identity) => refOf(services, visit.space, ruleset, identity);
  const through = visit.hint ? { at: visit.hint, ref: hinted(primary) } : await refTo(primary);
  if (!through) return { accepted: 0, refused: [{ code: 'unavailable', detail: '' }], leftOver: 0, hops: hops() };
  const device = visit.logout ? deviceOf(links, ruleset) : null;
  const deviceRef = device && (identityKey(device) === identityKey(primary) ? through : await refTo(device));
  const event: AcceptedEvent = { ...parsed.event, sentBy: visit.verified ? 'server' : 'browser' };
  const command: InteractCommand = {
    space: visit.space,
    profile: through.at,
    sequence: ruleset.sequence,
    now,
    through: through.ref,
    device: deviceRef?.ref ?? null,
    defaultConsent: visit.consent,
    denied: 0,
    events: [identified(event, visit.logout ? [] : links, claims)],
    login: null,
    hints: {},
    assertedState: visit.verified ? 'recognised' : null,
    placements: [],
    include: { profile: false, recent: false, trace: false, allMemberships: false },
    requestId: `inside-${parsed.event.id}`,
  };
  const called = await callProfile(services, ruleset, command, limit('collectBudgetMs'));
  if (!called.ok)
    return { accepted: 0, refused: [{ code: 'unavailable', detail: called.why }], leftOver: 0, hops: hops() };
  const { accepted, refused, leftOver } = called.answer;
  return { accepted, refused, leftOver: leftOver.length, hops: hops() };
}

/** An old token believes the first epoch, and cannot make anybody. */
function hinted(identity: Identity): StrandRef {
  return { identity, epoch: 1, erasedAt: -1 as Instant, mayOpen: false };
}

async function refOf(services: Services, space: Space, ruleset: LoadedRuleset, identity: Identity) {
  const source = { jurisdiction: 'none' } as Parameters<typeof findPerson>[1]['source'];
  const home = await findPerson(services, { space, source, ruleset }, identity, true);
  if (!home || home.suppressed || home.quarantine) return null;
  const { owner, epoch, erasedAt } = home;
  return { at: owner, ref: { identity, epoch, erasedAt, mayOpen: true } };
}

/** Which of the named ids is the device. */
function deviceOf(links: readonly Identity[], { stitch }: LoadedRuleset): Identity | null {
  const isDevice = ({ namespace }: Identity) =>
    ['device', 'cookie'].includes(stitch.namespaces.byCode.get(namespace)?.type ?? '');
  return links.findLast(isDevice) ?? null;
}

/** The same services, whose calls to objects are counted. */
function counting(real: Services): { readonly services: Services; readonly hops: () => number } {
  let calls = 0;
  const services: Services = {
    ...real,
    profile(space, profile) {
      const stub = real.profile(space, profile);
      return {
        interact: (command) => {
          calls++;
          return stub.interact(command);
        },
      } as typeof stub;
    },
    directory: {
      ...real.directory,
      find: (...asked) => {
        calls++;
        return real.directory.find(...asked);
      },
    },
  };
  return { services, hops: () => calls };
}
