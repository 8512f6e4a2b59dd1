import { expect } from 'vitest';
import type { Fact } from '../../core/event/event.ts';
import type { ProfileState } from '../../core/interaction/state.ts';
import type { Instant } from '../../core/lib/ids.ts';
import type { JsonObject, JsonValue } from '../../core/lib/json.ts';
import { withdrawnMask } from '../../core/policy/purposes.ts';
import { countsHere } from '../../core/profile/strand.ts';
import { MembershipModel, type ModelChange, type Person, type Published } from './membership-model.ts';
import type { StitchNode, StitchWorld } from './stitch-world.ts';

/** An evaluation of one profile: of what, as of when. */
interface Evaluated {
  readonly published: Published;
  readonly at: Instant;
  readonly person: Person;
}

const plain = ({ segment, status, since, sequence, cause }: ModelChange): ModelChange => {
  // Which of the two it was is for another test.
  return { segment, status, since, sequence, cause: cause === 'consent' ? 'event' : cause };
};
const bySegment = (changes: readonly ModelChange[]) =>
  [...changes].sort((a, b) => (a.segment < b.segment ? -1 : a.segment > b.segment ? 1 : 0));

/** Looks at one profile object and asks the oracle whether what it told is what its facts say. */
export class Watch {
  readonly #node: StitchNode;
  /** The last evaluation that was stored, and the last one. */
  #stored: Evaluated | null = null;
  #latest: Evaluated | null = null;
  #told = 0;
  #commits = 0;
  #applied = 0;

  constructor(node: StitchNode) {
    this.#node = node;
  }

  get isKnown(): boolean {
    return this.#latest !== null;
  }

  /** After a visit, or an alarm, that moved nobody: exactly what the oracle says of the facts before and after. */
  afterVisit(world: StitchWorld, published: Published): void {
    const state = world.state(this.#node);
    if (!state || !isHere(state)) return;
    const after = personOf(this.#node, state);
    const stored = this.#stored;
    const model = new MembershipModel(published);
    if (stored) model.visit(stored.published, stored.at, null, stored.person);
    const expected = model.visit(published, world.now, stored?.person ?? null, after);
    expect(bySegment(this.#news(state).map(plain))).toEqual(bySegment(expected.map(plain)));
    this.#compare(state, model, after);
    this.#latest = { published, at: world.now, person: after };
    this.#noteCommits(state);
    this.#applied = Math.max(this.#applied, published.ruleset.sequence);
  }

  /** After strands may have come or gone: the record is what the facts say as of the last evaluation, and was told step by step. */
  afterLink(world: StitchWorld, published: Published): void {
    const state = world.state(this.#node);
    if (!state || this.#commits === this.#node.table.commits) return;
    const news = this.#news(state);
    if (!isHere(state)) {
      for (const [, { member }] of state.memberships) expect(member).toBe(false);
      this.#latest = null;
      this.#stored = null;
      this.#commits = this.#node.table.commits;
      this.#applied = state.sequence;
      return;
    }
    const evaluated = state.live?.engine === published.ruleset.engine && state.evaluatedAt !== this.#latest?.at;
    if (evaluated || news.length > 0 || this.#latest === null) {
      const person = personOf(this.#node, state);
      const model = new MembershipModel(published);
      model.visit(published, state.evaluatedAt, null, person);
      this.#compare(state, model, person);
      this.#latest = { published, at: state.evaluatedAt, person };
    } else this.#latest = { ...this.#latest, person: personOf(this.#node, state) };
    this.#applied = Math.max(this.#applied, state.sequence);
    this.#noteCommits(state);
  }

  checkSequence(): void {
    if (this.#latest !== null && this.#applied > 0) expect(this.#node.keeper.appliedSequence()).toBe(this.#applied);
  }

  #compare(state: ProfileState, model: MembershipModel, person: Person): void {
    for (const [segment, held] of state.memberships)
      expect([segment, held.member]).toEqual([segment, model.has(segment)]);
    for (const segment of ['s0', 's1', 's2'])
      expect([segment, state.memberships.has(segment)]).toEqual([segment, model.has(segment)]);
    expect(Object.fromEntries(state.attributes)).toEqual(person.attributes);
  }

  /** What it has told since the last look, in order: nobody enters where they are, or leaves where they are not. */
  #news(state: ProfileState): readonly ModelChange[] {
    const waiting = state.outbox.chunks;
    const all = [...this.#node.sent, ...waiting].flatMap(({ changes }) => changes);
    const members = new Map<string, string>();
    for (const { segment, status } of all) {
      expect([segment, status]).not.toEqual([segment, members.get(segment) ?? 'exited']);
      members.set(segment, status);
    }
    const news = all.slice(this.#told);
    this.#told = all.length;
    return news;
  }

  /** What was evaluated last is stored, if anything was since the last look. (Not if a publish came first: it goes by what was stored.) */
  #noteCommits(state: ProfileState): void {
    const isNew = this.#commits !== this.#node.table.commits;
    if (isNew && state.evaluatedAt === this.#latest?.at) this.#stored = this.#latest;
    this.#commits = this.#node.table.commits;
  }
}

function isHere({ strands }: ProfileState): boolean {
  return strands.some(countsHere);
}

/** Facts as they count: what a withdrawal hides is taken off their purposes. */
function personOf(node: StitchNode, { strands }: ProfileState): Person {
  let refused = 0;
  for (const { state, consent } of strands) if (state === 'owned') refused |= withdrawnMask(consent);
  const facts: Fact[] = [];
  const attributes = new Map<string, { readonly value: JsonValue; readonly at: number }>();
  for (const fact of node.table.facts.values()) {
    const strand = strands[fact.strand];
    if (!strand || !countsHere(strand)) continue;
    const hidden = refused | withdrawnMask(strand.consent);
    facts.push({ ...fact, purposes: fact.purposes & ~hidden });
    if (fact.type !== 'profile.updated') continue;
    for (const [key, value] of Object.entries(fact.data.attributes as JsonObject)) {
      if ((attributes.get(key)?.at ?? Number.NEGATIVE_INFINITY) <= fact.at)
        attributes.set(key, { value: value as JsonValue, at: fact.at });
    }
  }
  const known = [...attributes].flatMap(([key, { value }]) => (value === null ? [] : [[key, value] as const]));
  return { facts, attributes: Object.fromEntries(known), withdrawn: 0 };
}
