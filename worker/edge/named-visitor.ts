import type { AcceptedEvent, Identity } from '../../core/event/event.ts';
import type { ParsedBatch, ParsedEvent } from '../../core/event/parse-events.ts';
import type { Refusal } from '../../core/event/refusal.ts';
import { identitiesOf, refusalOf } from '../../core/identity/identities-of.ts';
import type { IgnoredIdentity } from '../../core/identity/ignored-identity.ts';
import { sameIdentity } from '../../core/profile/strand.ts';
import type { Caller } from '../http/caller.ts';
import type { Visitor } from './visitor.ts';

/** A visitor's batch with whom it is about. */
export interface NamedVisitor {
  readonly parsed: readonly ParsedEvent[];
  readonly events: readonly AcceptedEvent[];
  readonly refused: readonly Refusal[];
  readonly ignored: readonly IgnoredIdentity[];
  /** Whose visit it is, proven by a token of the site's server or said by the server itself; null: nobody said. */
  readonly person: Identity | null;
  /** Whether they are in front of the device now. */
  readonly isFresh: boolean;
}

/**
 * Sorts out whom the events of one visitor name. What a page names are claims: they make nobody somebody, and link only in namespaces that trust claims. What a
 * server names is proven by its key and linked with the device; a second person in one visit is refused, because the device can belong to one.
 */
export function nameVisitor(
  batch: ParsedBatch,
  proven: Identity | null,
  { token }: Visitor,
  { kind, ruleset }: Caller,
): NamedVisitor {
  const device: Identity = { namespace: 'device', value: token.device };
  const isServer = kind === 'server';
  const parsed: ParsedEvent[] = [];
  const events: AcceptedEvent[] = [];
  const refused: Refusal[] = [];
  const ignored: IgnoredIdentity[] = [];
  let person = proven;
  let isFresh = proven !== null;
  for (const one of batch.parsed) {
    const refuse = (code: Refusal['code'], detail: string) =>
      refused.push({ index: one.index, id: one.event.id, code, detail });
    const { links, claims, dropped, problem } = identitiesOf(
      one.identities,
      { verified: isServer, device: true },
      ruleset.stitch,
    );
    if (problem) {
      const { code, detail } = refusalOf(problem);
      refuse(code, detail);
      continue;
    }
    for (const { identity, reason } of dropped)
      ignored.push({ index: one.index, namespace: identity.namespace, reason });
    const [named] = isServer ? links : [];
    if (named && person && !sameIdentity(named, person)) {
      refuse('ambiguousIdentity', 'another person than the visit began with: one visitor, one person');
      continue;
    }
    person ??= named ?? null;
    if (named && one.authState === 'authenticated') isFresh = true;
    parsed.push(one);
    // What a page says links only where the namespace trusts claims, and stays with the device that said it.
    events.push(identified(one.event, named ? [...links, device] : [device, ...links], claims));
  }
  return { parsed, events, refused, ignored, person, isFresh };
}

/** Nobody is trusted: whom the events name is kept, and links nothing; `forgotten` is not even kept. */
export function asClaims(named: NamedVisitor, forgotten: Identity | null): NamedVisitor {
  const ignored = [...named.ignored];
  const events = named.events.map(({ links = [], claims = [], ...event }, position) => {
    const said = [...links, ...claims].filter(({ namespace }) => namespace !== 'device');
    const kept = said.filter((identity) => !(forgotten && sameIdentity(identity, forgotten)));
    if (forgotten && kept.length < said.length) {
      const { index } = named.parsed[position] as ParsedEvent;
      ignored.push({ index, namespace: forgotten.namespace, reason: 'suppressed' });
    }
    return identified(event, [], kept);
  });
  return { ...named, events, ignored, person: null, isFresh: false };
}

/** An event with those whom it names: one alone links nothing. */
export function identified(
  event: AcceptedEvent,
  links: readonly Identity[],
  claims: readonly Identity[],
): AcceptedEvent {
  return { ...event, ...(links.length > 1 ? { links } : {}), ...(claims.length > 0 ? { claims } : {}) };
}
