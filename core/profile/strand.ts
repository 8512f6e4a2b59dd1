import type { AcceptedEvent, Identity } from '../event/event.ts';
import type { Instant, ProfileId } from '../lib/ids.ts';
import type { JsonValue } from '../lib/json.ts';
import { type ConsentChoices, PURPOSES, type Purpose } from '../policy/purposes.ts';
import { type HeldChoices, setChoice } from './set-choice.ts';
import { type StoredValue, storeValue } from './stored-value.ts';
import type { StrandChoices } from './strand-choices.ts';
import type { UnsentFacts } from './unsent-facts.ts';

/**
 * Everything known through one identity. Facts name their strand by number; values below are derived from those facts
 * and are kept per strand, so that a link can be undone by taking the strand away. A number that nobody uses any more
 * (`leaving`, without facts) is given to the next strand.
 */
export interface Strand extends HeldChoices {
  readonly identity: Identity;
  /** Which of all strands that this profile ever had: numbers are used again, these are not. Facts are archived under it. */
  readonly serial: number;
  /** Where facts that came from elsewhere were archived: `<profile>/<serial>`. */
  archived: readonly string[];
  /** Rises with every move of the identity between profiles; the newest epoch owns it. Of a kept history: of the move that brought it. */
  epoch: number;
  /**
   * `owned`: new facts come here. `closed`: what a device left with the person who had claimed it; it counts and takes no new facts.
   * `incoming`: its history is still being copied; new facts come here, nothing counts yet. `gone`: went to `movedTo`.
   */
  state: 'owned' | 'incoming' | 'closed' | 'gone';
  /** Set on a closed history, also while that travels with its person: for whom it is kept. */
  keptBy: Identity | null;
  movedTo: ProfileId | null;
  /** The other side has the facts: rows of this number are deleted once effects have left. */
  leaving: boolean;
  /** The identity that names the person whose history this is while the two are together. */
  claimant: Identity | null;
  /** Events up to this time belong to somebody who was erased; -1 for never. */
  erasedAt: number;
  trust: 'verified' | 'anonymous' | 'claimed';
  firstSeen: Instant;
  lastSeen: Instant;
  facts: number;
  /** Refusals that came from a linked strand, by the time they were made: each binds the person once. */
  carried?: { readonly [P in Purpose]?: Instant };
  attributes: Record<string, StoredValue>;
  session: Session | null;
  /** Somebody signed out on this device, and nobody has signed in since. */
  signedOut: boolean;
  /** When somebody last signed out on this device, by the time of that event; absent: never. A login of before does not link it. */
  leftAt?: Instant;
  /** Arm by experiment. */
  assigned: Readonly<Record<string, string>>;
  /** What was decided through it; absent: nothing that must be kept. */
  choices?: StrandChoices;
  /** Last products viewed, newest first, each once. */
  recent: RecentView[];
  /** Other ids that events of this strand claimed; they link nothing. */
  claims: Identity[];
  /** Nobody has been told of them yet; absent: there are none. */
  unsent?: readonly UnsentFacts[];
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

export function createStrand(identity: Identity, trust: Strand['trust'], epoch: number, now: Instant): Strand {
  return {
    identity,
    serial: 0,
    archived: [],
    epoch,
    state: 'owned',
    keptBy: null,
    movedTo: null,
    leaving: false,
    claimant: null,
    erasedAt: -1,
    trust,
    firstSeen: now,
    lastSeen: now,
    facts: 0,
    consent: {},
    consentAt: {},
    attributes: {},
    session: null,
    signedOut: false,
    assigned: {},
    recent: [],
    claims: [],
  };
}

/** Whether its facts and values are part of the profile now. */
export function countsHere({ state }: Pick<Strand, 'state'>): boolean {
  return state === 'owned' || state === 'closed';
}

/** Whether new facts of its identity come here. */
export function takesFacts({ state, leaving }: Pick<Strand, 'state' | 'leaving'>): boolean {
  return !leaving && (state === 'owned' || state === 'incoming');
}

export function sameIdentity(a: Identity, b: Identity): boolean {
  return a.namespace === b.namespace && a.value === b.value;
}

/** Folds one event into the values derived for its strand. Order of arrival does not matter: the newest `at` wins. Returns the attributes that changed. */
export function applyEvent(strand: Strand, event: AcceptedEvent): readonly string[] {
  if (event.consent) rememberChoices(strand, event.consent, event.at);
  return applyMoved(strand, event);
}

/** The same for one that comes from elsewhere: what was chosen comes with what its strand carries, which knows who chose it. */
export function applyMoved(strand: Strand, event: AcceptedEvent): readonly string[] {
  strand.facts++;
  if (event.at > strand.lastSeen) strand.lastSeen = event.at;
  if (event.claims) rememberClaims(strand, event.claims);
  if (event.type === 'product.viewed') rememberView(strand, event);
  return event.type === 'profile.updated' ? applyAttributes(strand, event) : [];
}

/** Purpose by purpose: a choice that arrives late must not be lost because another purpose was chosen since. */
function rememberChoices(strand: Strand, chosen: ConsentChoices, at: Instant): void {
  const { claimant, signedOut } = strand;
  // Whoever is there after a sign-out speaks for nobody, also while the device is still with the one who left.
  const speaker = claimant && !signedOut && !sameIdentity(claimant, strand.identity) ? claimant : null;
  for (const purpose of PURPOSES) {
    const choice = chosen[purpose];
    if (choice === undefined || (strand.consentAt[purpose] ?? Number.NEGATIVE_INFINITY) > at) continue;
    setChoice(strand, purpose, { choice, at, ...(speaker && { by: speaker }) });
  }
}

function applyAttributes(strand: Strand, event: AcceptedEvent): readonly string[] {
  const given = event.data.attributes;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return [];
  const changed: string[] = [];
  for (const [name, value] of Object.entries(given as Record<string, JsonValue>)) {
    const held = Object.hasOwn(strand.attributes, name) ? strand.attributes[name] : undefined;
    const stored = storeValue(held, { value, at: event.at, source: event.source });
    if (!stored) continue;
    strand.attributes[name] = stored;
    changed.push(name);
  }
  return changed;
}

function rememberView({ recent }: Pick<Strand, 'recent'>, event: AcceptedEvent): void {
  const productId = event.data.productId;
  if (typeof productId !== 'string') return;
  const place = recent.findIndex((view) => view.productId === productId);
  if (place >= 0 && (recent[place] as RecentView).at > event.at) return;
  if (place >= 0) recent.splice(place, 1);
  // In front of others of the same instant: of those, the last to arrive was the last seen.
  const older = recent.findIndex(({ at }) => at <= event.at);
  recent.splice(older < 0 ? recent.length : older, 0, { productId, at: event.at });
  if (recent.length > RECENT_KEPT) recent.pop();
}

/** The last products viewed, newest first, each once. */
export function latestViews(views: readonly RecentView[]): RecentView[] {
  const newest = new Map<string, RecentView>();
  for (const view of views)
    if ((newest.get(view.productId)?.at ?? Number.NEGATIVE_INFINITY) < view.at) newest.set(view.productId, view);
  return [...newest.values()].sort((a, b) => b.at - a.at).slice(0, RECENT_KEPT);
}

export function rememberClaims(strand: Pick<Strand, 'claims'>, claims: readonly Identity[]): void {
  for (const claim of claims) {
    if (strand.claims.length >= CLAIMS_KEPT) return;
    if (!strand.claims.some((known) => sameIdentity(known, claim))) strand.claims.push(claim);
  }
}
