import type { Fact } from '../event/event.ts';
import { type IdentityKey, identityKey } from '../identity/identity-key.ts';
import type { FactEffect, FactSpan } from '../identity/protocol/handled.ts';
import type { Page } from '../identity/protocol/message.ts';
import type { StrandName } from '../identity/protocol/strand-row.ts';
import { joinProofs } from '../identity/used-proofs.ts';
import type { Instant } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import { bequeathRefusals } from '../profile/bequeath-refusals.ts';
import { deriveAnew } from '../profile/derive-anew.ts';
import { joinStrands } from '../profile/join-strands.ts';
import { applyMoved, countsHere, createStrand, type Strand, takesFacts } from '../profile/strand.ts';
import { archivedUnder } from './archived-under.ts';
import { joinChoices, setChoices } from './choices.ts';
import { type FactRows, type HistoryPage, NO_CHANGES, type RowChanges, type SeenEvent } from './fact-rows.ts';
import { type HistoryLines, unpackLines } from './history-lines.ts';
import { identityOf, numberOf } from './node.ts';
import { factName, keyOfFact } from './outbox.ts';
import { isInPart, partStrand } from './part-strand.ts';
import type { ProfileState } from './state.ts';
import { type Carry, takeCarry } from './strand-carry.ts';
import { freeNumber, leave, nextSerial } from './sync-strands.ts';
import { dropUnsent, isAhead, isUnsent } from './unsent.ts';

/** A page of fewer facts is stored as rows: the table of pages costs two rows when it is made. */
const PAGE_FROM = 4;

/** What one write does to strands and their facts, by number. Made before anything is changed. */
export class StrandMove {
  readonly #state: ProfileState;
  readonly #rows: FactRows;
  readonly #before: ReadonlyMap<number, Strand>;
  readonly #joined: (readonly [from: number, to: number])[] = [];
  /** Strands of which a part goes, with what stays. */
  readonly #parted = new Map<number, readonly Fact[]>();
  readonly #parts: Part[] = [];
  readonly #insert: Fact[] = [];
  readonly #pages: HistoryPage[] = [];
  /** What came in: facts of `#insert` and of `#pages`. */
  readonly #came: Fact[] = [];
  readonly #adopt: Fact[] = [];
  readonly #seen: SeenEvent[] = [];
  /** Devices whose whole history stays with somebody. */
  readonly #closed: (readonly [name: StrandName, before: Strand])[] = [];
  /** Facts by the number of a strand that has them no more: the device they came over had them first. */
  readonly #lost = new Map<number, Set<string>>();

  constructor(state: ProfileState, rows: FactRows) {
    this.#state = state;
    this.#rows = rows;
    this.#before = counting(state);
  }

  /** The facts stay where they are under another name. Where that name has facts already, the two become one. */
  rename({ from, to, within }: Extract<FactEffect, { kind: 'rename' }>): void {
    const { strands } = this.#state;
    const place = numberOf(strands, from);
    const strand = strands[place];
    if (!strand) return;
    if (within && !(within.closes && strand.lastSeen <= within.until)) {
      const facts = this.#parted.get(place) ?? [...this.#rows.ofStrand(place)].filter((fact) => fact.strand === place);
      const part = facts.filter((fact) => isInPart(fact, within));
      const rest = facts.filter((fact) => !isInPart(fact, within));
      if (rest.length > 0 || !within.closes) {
        if (part.length > 0) this.#parted.set(place, rest);
        this.#parts.push({ place, from, to, within, part, rest });
        return;
      }
    }
    const target = numberOf(strands, to);
    const key = identityKey(strand.identity);
    const keptBy = to === key ? null : identityOf(to.slice(key.length + 1) as IdentityKey);
    const renamed: Strand = { ...strand, keptBy, state: keptBy ? 'closed' : 'owned', session: null };
    if (keptBy && from === key) this.#closed.push([from, strand]);
    const held = strands[target];
    if (!held) strands[place] = renamed;
    else if (held.facts === 0) {
      joinStrands(renamed, held);
      joinChoices(renamed, held);
      strands[place] = { ...renamed, epoch: held.epoch, movedTo: null, session: held.session };
      leave(held);
    } else {
      joinStrands(held, { ...strand, archived: archivedUnder(strand, this.#state.profile) });
      joinChoices(held, strand);
      this.#joined.push([place, target]);
      leave(strand);
    }
  }

  /** When both names are there: facts of a part get the number of the other strand. */
  parcelOut(): void {
    const { strands, profile } = this.#state;
    for (const [name, before] of this.#closed) {
      const next = strands[numberOf(strands, name)];
      if (next) bequeathRefusals(before, next);
    }
    for (const { place, from, to, within, part, rest } of this.#parts) {
      const target = numberOf(strands, to);
      const [source, into] = [strands[place], strands[target]];
      if (!source || !into || numberOf(strands, from) !== place)
        throw new Error('a strand lost its name while it was parted');
      partStrand(source, into, { part, rest }, within, profile);
      // What has been archived of both lies under one name, which goes with whoever is erased first: nothing new is put there.
      if (part.length > 0) strands[place] = { ...source, serial: nextSerial(this.#state) };
      this.#adopt.push(...part.map((fact) => ({ ...fact, strand: target })));
    }
  }

  takeIn(name: StrandName, page: Page, now: Instant): void {
    const { strands } = this.#state;
    const number = numberOf(strands, name);
    const strand = strands[number];
    if (!strand) return;
    for (const lines of page.rows as readonly HistoryLines[]) this.#takeLines(strand, number, lines);
    if (page.next === null && page.carry !== null) this.#takeCarry(strand, page.carry as Carry, now);
  }

  #takeLines(strand: Strand, number: number, lines: HistoryLines): void {
    const facts = unpackLines(lines, number);
    const stored = this.#rows.strandsOf(facts);
    const fresh = facts.filter(({ source, id }) => !stored.has(factName(source, id)));
    this.#came.push(...fresh);
    if (fresh.length === facts.length && facts.length >= PAGE_FROM) this.#pages.push({ strand: number, lines, facts });
    else this.#insert.push(...fresh);
    for (const fact of facts) {
      const name = factName(fact.source, fact.id);
      const held = stored.get(name);
      const holder = held === undefined ? undefined : this.#state.strands[held];
      if (held !== undefined && holder?.leaving !== true) {
        if (held === number || !holder || !isUnsent(holder, strand.identity, name)) continue;
        this.#lose(held, name);
        this.#insert.push(fact);
        this.#came.push(fact);
      } else if (held !== undefined) this.#adopt.push(fact);
      applyMoved(strand, fact);
    }
  }

  #lose(number: number, name: string): void {
    this.#lost.set(number, (this.#lost.get(number) ?? new Set()).add(name));
  }

  /** Strands that have lost facts are what the others make them. After everything has come in. */
  settleLost(): void {
    for (const [number, names] of this.#lost) {
      const strand = this.#state.strands[number];
      if (!strand) continue;
      dropUnsent(strand, (name) => names.has(name));
      const joined = this.#joined.flatMap(([from, to]) => (to === number ? [...this.#rows.ofStrand(from)] : []));
      deriveAnew(strand, [...this.#left(number), ...joined]);
    }
  }

  /** Facts stored under a number, but for those it has lost, and those of a part that goes. */
  *#left(number: number): Iterable<Fact> {
    const lost = this.#lost.get(number);
    for (const fact of this.#parted.get(number) ?? this.#rows.ofStrand(number))
      if (fact.strand === number && !lost?.has(factName(fact.source, fact.id))) yield fact;
  }

  leave(name: StrandName, now: Instant): void {
    const { strands } = this.#state;
    const number = numberOf(strands, name);
    const strand = strands[number];
    if (!strand || strand.facts === 0) return;
    // Whoever stays may send again what was stored through the one who goes.
    if (strands.some(takesFacts)) {
      this.#remember(this.#rows.recent([number], (now - limit('seenMs')) as Instant, limit('seenEvents')));
    }
    // The number goes with the rows; a new one remembers where the identity went.
    const made = createStrand(strand.identity, strand.trust, strand.epoch, strand.firstSeen);
    const { state, keptBy, movedTo, claimant, erasedAt, leftAt } = strand;
    const left = leftAt === undefined ? null : { leftAt };
    const marker = { ...made, state, keptBy, movedTo, claimant, erasedAt, ...left, serial: nextSerial(this.#state) };
    leave(strand);
    strands[freeNumber(this.#state)] = marker;
  }

  /** Numbers whose facts count no more, and the facts that count now and did not, in order of time. */
  outcome(): { readonly gone: readonly number[]; readonly facts: readonly Fact[] } {
    const after = counting(this.#state);
    const joined = new Map(this.#joined);
    const gone = [...this.#before].flatMap(([number, strand]) =>
      after.get(number)?.identity === strand.identity && !joined.has(number) && !this.#lost.has(number) ? [] : [number],
    );
    const facts = [...this.#came, ...this.#adopt].filter(({ strand }) => after.has(strand));
    for (const number of this.#parted.keys()) if (this.#before.has(number) && !gone.includes(number)) gone.push(number);
    for (const number of after.keys()) {
      if (this.#before.has(number) && !gone.includes(number)) continue;
      facts.push(...this.#left(number));
    }
    for (const [from, to] of joined) {
      if (after.has(to)) for (const fact of this.#rows.ofStrand(from)) facts.push({ ...fact, strand: to });
    }
    return { gone, facts: facts.sort((a, b) => a.at - b.at) };
  }

  rows(): RowChanges {
    for (const [from] of this.#joined) {
      const joined = this.#state.strands[from];
      if (joined) joined.facts = 0;
    }
    return {
      ...NO_CHANGES,
      drop: [...this.#lost.values()].flatMap((names) => Array.from(names, keyOfFact)),
      renumber: this.#joined,
      adopt: this.#adopt,
      insert: this.#insert,
      pages: this.#pages,
      seen: this.#seen,
    };
  }

  #takeCarry(strand: Strand, carry: Carry, now: Instant): void {
    takeCarry(strand, carry);
    if (carry.proofs) this.#state.proofs = joinProofs(this.#state.proofs, carry.proofs);
    if (strand.choices) setChoices(strand, { since: now });
    const since = now - limit('seenMs');
    this.#remember(carry.seen.filter(([, , at]) => at > since).map(([source, id, at]) => ({ source, id, at })));
    // What stayed with somebody else where the device was is theirs. The device may also have heard of what is here: that was received at the same instant.
    const elsewhere = new Map(carry.seen.map(([source, id, at]) => [factName(source, id), at]));
    for (const [number, held] of this.#state.strands.entries()) {
      if (!isAhead(held, strand.identity, (name) => elsewhere.has(name))) continue;
      for (const { source, id, receivedAt } of this.#rows.ofStrand(number)) {
        const name = factName(source, id);
        const isTheirs = (elsewhere.get(name) ?? receivedAt) < receivedAt;
        if (isTheirs && isUnsent(held, strand.identity, name)) this.#lose(number, name);
      }
    }
  }

  #remember(events: readonly SeenEvent[]): void {
    if (events.length === 0) return;
    for (const event of events) this.#seen.push(event);
    const until = events.reduce((last, { at }) => Math.max(last, at + limit('seenMs')), this.#state.seenUntil ?? 0);
    this.#state.seenUntil = until as Instant;
  }
}

/** What goes from one strand to another, and what stays. */
interface Part {
  readonly place: number;
  readonly from: StrandName;
  readonly to: StrandName;
  readonly within: FactSpan;
  readonly part: readonly Fact[];
  readonly rest: readonly Fact[];
}

function counting({ strands }: ProfileState): ReadonlyMap<number, Strand> {
  return new Map([...strands.entries()].filter(([, strand]) => countsHere(strand)));
}
