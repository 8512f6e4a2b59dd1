import type { AcceptedEvent, Identity } from '../event/event.ts';
import type { Instant, ProfileId } from '../lib/ids.ts';
import type { JsonValue } from '../lib/json.ts';
import { type ConsentChoices, PURPOSES, type Purpose } from '../policy/purposes.ts';

/**
 * Everything known through one identity. Facts name their strand by number; values below are derived from those facts
 * and are kept per strand, so that a link can be undone by taking the strand away.
 */
export interface Strand {
  readonly identity: Identity;
  /** Rises each time the identity is opened at a profile; facts of a closed generation stay where they were made. */
  generation: number;
  /** Rises with every move of the identity between profiles; the newest epoch owns it. */
  epoch: number;
  /** `owned`: new facts come here. `closed`: facts stay and count, new ones go to `movedTo`. `gone`: facts left too. */
  state: 'owned' | 'closed' | 'gone';
  movedTo: ProfileId | null;
  /** When the new owner said that it has the facts for good; they may be deleted here. */
  confirmedAt: Instant | null;
  readonly trust: 'verified' | 'anonymous' | 'claimed';
  readonly firstSeen: Instant;
  lastSeen: Instant;
  facts: number;
  /** Current choice per purpose. */
  consent: ConsentChoices;
  /** When each of those choices was made. */
  consentAt: { readonly [P in Purpose]?: Instant };
  attributes: Record<string, StoredValue>;
  session: Session | null;
  /** Last products viewed, newest first, each once. */
  recent: RecentView[];
  /** Other ids that events of this strand claimed; they link nothing. */
  claims: Identity[];
}

export interface StoredValue {
  readonly value: JsonValue;
  readonly at: Instant;
}

/** A proven presence on a device: slides with each visit, ends at `until`. */
export interface Session {
  readonly person: Identity;
  until: Instant;
}

export interface RecentView {
  readonly productId: string;
  readonly at: Instant;
}

const RECENT_KEPT = 12;
const CLAIMS_KEPT = 20;

export function createStrand(
  identity: Identity,
  trust: Strand['trust'],
  epoch: number,
  generation: number,
  now: Instant,
): Strand {
  return {
    identity,
    generation,
    epoch,
    state: 'owned',
    movedTo: null,
    confirmedAt: null,
    trust,
    firstSeen: now,
    lastSeen: now,
    facts: 0,
    consent: {},
    consentAt: {},
    attributes: {},
    session: null,
    recent: [],
    claims: [],
  };
}

/** A device that comes back to the person it left: its earlier facts are here, so it goes on where it was. Signing in and out for years stays one strand. */
export function reopenStrand(strand: Strand, at: { readonly epoch: number; readonly generation: number }): void {
  strand.state = 'owned';
  strand.epoch = at.epoch;
  strand.generation = at.generation;
  strand.movedTo = null;
  strand.confirmedAt = null;
}

export function sameIdentity(a: Identity, b: Identity): boolean {
  return a.namespace === b.namespace && a.value === b.value;
}

/** Folds one event into the values derived for its strand. Order of arrival does not matter: the newest `at` wins. Returns the attributes that changed. */
export function applyEvent(strand: Strand, event: AcceptedEvent): readonly string[] {
  strand.facts++;
  if (event.at > strand.lastSeen) strand.lastSeen = event.at;
  if (event.consent) rememberChoices(strand, event.consent, event.at);
  if (event.claims) rememberClaims(strand, event.claims);
  if (event.type === 'product.viewed') rememberView(strand, event);
  return event.type === 'profile.updated' ? applyAttributes(strand, event) : [];
}

/** Purpose by purpose: a choice that arrives late must not be lost because another purpose was chosen since. */
function rememberChoices(strand: Strand, chosen: ConsentChoices, at: Instant): void {
  for (const purpose of PURPOSES) {
    const choice = chosen[purpose];
    if (choice === undefined || (strand.consentAt[purpose] ?? 0) > at) continue;
    strand.consent = { ...strand.consent, [purpose]: choice };
    strand.consentAt = { ...strand.consentAt, [purpose]: at };
  }
}

function applyAttributes(strand: Strand, event: AcceptedEvent): readonly string[] {
  const given = event.data.attributes;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return [];
  const changed: string[] = [];
  for (const [name, value] of Object.entries(given as Record<string, JsonValue>)) {
    const held = Object.hasOwn(strand.attributes, name) ? strand.attributes[name] : undefined;
    if (held && held.at > event.at) continue;
    strand.attributes[name] = { value, at: event.at };
    changed.push(name);
  }
  return changed;
}

function rememberView(strand: Strand, event: AcceptedEvent): void {
  const productId = event.data.productId;
  if (typeof productId !== 'string') return;
  const older = strand.recent.find((view) => view.productId === productId);
  if (older && older.at > event.at) return;
  // In front of others of the same instant: of those, the last to arrive was the last seen.
  const kept = [{ productId, at: event.at }, ...strand.recent.filter((view) => view.productId !== productId)];
  kept.sort((a, b) => b.at - a.at);
  strand.recent = kept.slice(0, RECENT_KEPT);
}

function rememberClaims(strand: Strand, claims: readonly Identity[]): void {
  for (const claim of claims) {
    if (strand.claims.length >= CLAIMS_KEPT) return;
    if (!strand.claims.some((known) => sameIdentity(known, claim))) strand.claims.push(claim);
  }
}
