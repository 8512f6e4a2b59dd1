import type { Fact, Identity } from '../../core/event/event.ts';
import type { FactKey, InteractCommand } from '../../core/interaction/command.ts';
import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import type { CausedChange } from '../../core/interaction/outbox.ts';
import type { ProfileRpc } from '../../core/interaction/rpc.ts';
import type { Instant, ProfileId } from '../../core/lib/ids.ts';
import type { JsonObject, JsonValue } from '../../core/lib/json.ts';
import { type ConsentChoices, PURPOSES, withdrawnMask } from '../../core/policy/purposes.ts';
import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import { closeOpenChunk, drainChunks } from '../../worker/objects/profile/drain.ts';
import { fetchDevice, finishLinks, giveStrand, noteArrival } from '../../worker/objects/profile/linker.ts';
import { createProfileKeeper, type ProfileKeeper } from '../../worker/objects/profile/profile-keeper.ts';
import type { ProfileStore } from '../../worker/stores/profile-store.ts';
import { command, SPACE } from '../core/interaction/visit-fixture.ts';
import type { Person, Published } from './membership-model.ts';

export const profileAt = (serial: number): ProfileId => `prf_1n${String(serial).padStart(26, '0')}` as ProfileId;
const nameOf = ({ source, id }: FactKey) => `${source}/${id}`;

/** A table in memory that can be made to fail. */
function createTable() {
  const facts = new Map<string, Fact>();
  let snapshot: Uint8Array | null = null;
  const table = { fails: false, commits: 0 };
  const sorted = () =>
    [...facts.values()].sort((a, b) => (a.source !== b.source ? (a.source < b.source ? -1 : 1) : a.id < b.id ? -1 : 1));
  const isAfter = (fact: FactKey, after: FactKey | null) =>
    after === null || fact.source > after.source || (fact.source === after.source && fact.id > after.id);
  const store: ProfileStore = {
    // Bytes that nobody may write to: another load gives the same.
    load: () => snapshot?.slice() ?? null,
    known: (events) => new Set(events.filter((event) => facts.has(nameOf(event))).map(({ id }) => id)),
    commit(added, bytes) {
      if (table.fails) {
        table.fails = false;
        throw new Error('disk full');
      }
      for (const fact of added) if (!facts.has(nameOf(fact))) facts.set(nameOf(fact), structuredClone(fact));
      snapshot = bytes.slice();
      table.commits++;
    },
    factsByKey: (keys) => keys.flatMap((key) => facts.get(nameOf(key)) ?? []),
    page: (after, size) =>
      sorted()
        .filter((fact) => isAfter(fact, after))
        .slice(0, size),
    pageOfStrand: (strand, after, size) =>
      sorted()
        .filter((fact) => fact.strand === strand && isAfter(fact, after))
        .slice(0, size),
    deleteStrand(strand) {
      for (const [name, fact] of facts) if (fact.strand === strand) facts.delete(name);
    },
    takeCost: () => ({ rowsRead: 0, rowsWritten: 0 }),
  };
  return { table, store };
}

/** What the test knows of one strand by itself. */
interface ModelStrand {
  isOwned: boolean;
  readonly facts: Map<string, Fact>;
}

/** One profile object, and what should be true of it. */
export class Node {
  readonly id: ProfileId;
  readonly strands = new Map<string, ModelStrand>();
  readonly sent: EffectMessage[] = [];
  readonly table: { fails: boolean; commits: number };
  commits = 0;
  readonly store: ProfileStore;
  keeper: ProfileKeeper;
  /** The last evaluation that was stored: of what, as of when. */
  stored: { readonly published: Published; readonly at: Instant; readonly person: Person } | null = null;
  /** The last evaluation. */
  latest: Node['stored'] = null;
  applied = 0;
  /** Changes that were compared. */
  told = 0;

  constructor(id: ProfileId) {
    this.id = id;
    const { table, store } = createTable();
    this.table = table;
    this.store = store;
    this.keeper = createProfileKeeper(store, () => undefined);
  }

  sleep(): void {
    this.keeper = createProfileKeeper(this.store, () => undefined);
  }

  /** What was evaluated last is stored, if anything was since the last look. (Not if a publish came first: it goes by what was stored.) */
  noteCommits(ruleset: LoadedRuleset): void {
    const isNew = this.commits !== this.table.commits;
    if (isNew && this.keeper.state(ruleset)?.evaluatedAt === this.latest?.at) this.stored = this.latest;
    this.commits = this.table.commits;
  }

  strand(identity: Identity): ModelStrand {
    const held = this.strands.get(identity.value) ?? { isOwned: true, facts: new Map() };
    this.strands.set(identity.value, held);
    return held;
  }

  /** Everything that was told so far, in order. */
  changes(ruleset: LoadedRuleset): readonly CausedChange[] {
    const waiting = this.keeper.state(ruleset)?.outbox.chunks ?? [];
    return [...this.sent, ...waiting].flatMap(({ changes }) => changes);
  }

  /** Facts as they count: what a withdrawal hides is taken off their purposes. */
  person(): Person {
    const consents = new Map([...this.strands].map(([name, { facts }]) => [name, consentOf(facts.values())]));
    let refused = 0;
    for (const [name, { isOwned }] of this.strands)
      if (isOwned) refused |= withdrawnMask(consents.get(name) as ConsentChoices);
    const facts: Fact[] = [];
    const attributes = new Map<string, { readonly value: JsonValue; readonly at: number }>();
    for (const [name, strand] of this.strands) {
      const hidden = refused | withdrawnMask(consents.get(name) as ConsentChoices);
      for (const fact of strand.facts.values()) {
        facts.push({ ...fact, purposes: fact.purposes & ~hidden });
        if (fact.type !== 'profile.updated') continue;
        for (const [key, value] of Object.entries(fact.data.attributes as JsonObject)) {
          if ((attributes.get(key)?.at ?? Number.NEGATIVE_INFINITY) <= fact.at)
            attributes.set(key, { value: value as JsonValue, at: fact.at });
        }
      }
    }
    const known = [...attributes].flatMap(([key, { value }]) => (value === null ? [] : [[key, value] as const]));
    return { facts, attributes: Object.fromEntries(known), withdrawn: 0 };
  }
}

function consentOf(facts: Iterable<Fact>): ConsentChoices {
  const newest: Record<string, { readonly choice: string; readonly at: number }> = {};
  for (const { consent, at } of facts) {
    for (const purpose of PURPOSES) {
      const choice = consent?.[purpose];
      if (choice !== undefined && (newest[purpose]?.at ?? Number.NEGATIVE_INFINITY) <= at)
        newest[purpose] = { choice, at };
    }
  }
  return Object.fromEntries(Object.entries(newest).map(([purpose, { choice }]) => [purpose, choice]));
}

export interface Device {
  readonly identity: Identity;
  at: ProfileId;
  epoch: number;
}

/** All objects, wired as the platform wires them; calls between them run at once. */
export class World {
  readonly nodes = new Map<ProfileId, Node>();
  readonly persons = new Map<ProfileId, Identity>();
  published: Published;
  now: Instant;
  #serial = 100;

  constructor(published: Published, now: Instant) {
    this.published = published;
    this.now = now;
  }

  node(id: ProfileId): Node {
    const node = this.nodes.get(id) ?? new Node(id);
    this.nodes.set(id, node);
    return node;
  }

  mint(): ProfileId {
    return profileAt(++this.#serial);
  }

  linker(node: Node) {
    const { ruleset } = this.published;
    const rpcOf = (id: ProfileId) => {
      const other = this.node(id);
      return {
        releaseStrand: async (asked: Parameters<ProfileRpc['releaseStrand']>[0], after: FactKey | null) =>
          giveStrand({ keeper: other.keeper, store: other.store }, asked, after, ruleset),
        confirmRelease: async (_: string, identity: Identity, to: ProfileId) =>
          noteArrival(other.keeper, identity, to, ruleset, this.now),
      } as unknown as ProfileRpc;
    };
    return {
      keeper: node.keeper,
      store: node.store,
      profileAt: (_: string, id: ProfileId) => rpcOf(id),
      now: () => this.now,
    };
  }

  /** One visit; null: the object could not store it. */
  visit(node: Node, more: Partial<InteractCommand>) {
    const asked = command({ space: SPACE, profile: node.id, now: this.now, ...more });
    const done = node.keeper.interact(asked, this.published.ruleset);
    if ('ok' in done) throw new Error(`moved: ${JSON.stringify(done)}`);
    const strands = node.keeper.state(this.published.ruleset)?.strands ?? [];
    for (const fact of done.newFacts) {
      const { identity } = strands[fact.strand] as { readonly identity: Identity };
      node.strand(identity).facts.set(nameOf(fact), fact);
    }
    return done;
  }

  async finishLinks(node: Node): Promise<void> {
    const { ruleset } = this.published;
    const state = node.keeper.state(ruleset);
    if (!state) return;
    const failed = await finishLinks(this.linker(node), state, ruleset);
    if (failed) throw failed.reason;
  }

  async fetch(node: Node, intent: Parameters<typeof fetchDevice>[2]): Promise<void> {
    await fetchDevice(this.linker(node), { space: SPACE, profile: node.id }, intent, this.published.ruleset);
  }

  async drain(node: Node, rang: boolean): Promise<void> {
    const { ruleset } = this.published;
    if (rang) node.keeper.advance(ruleset, this.now);
    else closeOpenChunk(node.keeper, ruleset, this.now);
    const send = async (message: EffectMessage) => void node.sent.push(message);
    await drainChunks(node.keeper, node.store, send, ruleset, this.now, rang);
  }

  /** What the move of a device means: facts that nobody claimed go along, the others stay. */
  moved(device: Device, from: ProfileId, to: ProfileId): void {
    const [giver, taker] = [this.node(from), this.node(to)];
    const left = giver.strands.get(device.identity.value);
    if (left && this.persons.has(from)) left.isOwned = false;
    if (left && !this.persons.has(from)) giver.strands.delete(device.identity.value);
    const arrived = taker.strand(device.identity);
    arrived.isOwned = true;
    if (!left || this.persons.has(from)) return;
    const here = new Set([...taker.strands.values()].flatMap(({ facts }) => [...facts.keys()]));
    for (const [name, fact] of left.facts) if (!here.has(name)) arrived.facts.set(name, fact);
  }
}
