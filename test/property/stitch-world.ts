import type { AcceptedEvent, Identity } from '../../core/event/event.ts';
import { type IdentityKey, identityKey } from '../../core/identity/identity-key.ts';
import { NO_DEFECTS } from '../../core/identity/protocol/defects.ts';
import { type DirectoryNode, EMPTY_DIRECTORY } from '../../core/identity/protocol/directory-node.ts';
import { handleDirectory } from '../../core/identity/protocol/handle-directory.ts';
import { handleProfile } from '../../core/identity/protocol/handle-profile.ts';
import type { DirectoryMessage, ProfileMessage } from '../../core/identity/protocol/message.ts';
import type { InteractAnswer, InteractCommand } from '../../core/interaction/command.ts';
import type { EffectMessage } from '../../core/interaction/effect-message.ts';
import { hasOpenWork } from '../../core/interaction/next-wake.ts';
import type { ProfileState } from '../../core/interaction/state.ts';
import type { EventId, Instant, ProfileId } from '../../core/lib/ids.ts';
import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import { createLeases } from '../../worker/objects/leases.ts';
import { answerVisit } from '../../worker/objects/profile/answer-visit.ts';
import { closeOpenChunk, drainChunks } from '../../worker/objects/profile/drain.ts';
import { createDriver, type Driver } from '../../worker/objects/profile/drive.ts';
import { createProfileKeeper, type ProfileKeeper } from '../../worker/objects/profile/profile-keeper.ts';
import { ring } from '../../worker/objects/profile/ring.ts';
import type { ProfileStore } from '../../worker/stores/profile-store.ts';
import { command, ref, SPACE } from '../core/interaction/visit-fixture.ts';
import { createMemoryTable, type MemoryTable } from '../support/memory-table.ts';

/** Nothing here has a budget. */
const NO_LEASES = createLeases(
  async () => 0,
  () => 0,
);

/** What happens to the next call between objects. */
export type Fault = 'none' | 'lost' | 'unanswered' | 'repeated';

export const profileAt = (tier: 0 | 1, serial: number): ProfileId =>
  `prf_${tier}n${String(serial).padStart(26, '0')}` as ProfileId;

/** One profile object on its disk. */
export class StitchNode {
  readonly id: ProfileId;
  readonly table: MemoryTable = createMemoryTable();
  readonly sent: EffectMessage[] = [];
  keeper!: ProfileKeeper;
  driver!: Driver;
  /** The disk as the instance of now reaches it. */
  store!: ProfileStore;

  constructor(id: ProfileId) {
    this.id = id;
  }
}

export interface StitchDevice {
  readonly identity: Identity;
  born: ProfileId;
  at: ProfileId;
  epoch: number;
}

/** Profiles, directories and a door, wired as the platform wires them, with calls that fail as told. */
export class StitchWorld {
  readonly nodes = new Map<ProfileId, StitchNode>();
  readonly directories = new Map<IdentityKey, DirectoryNode>();
  readonly births = new Map<IdentityKey, ProfileId>();
  ruleset: LoadedRuleset;
  now: Instant;
  /** Taken one after the other by calls between objects; then nothing fails. */
  faults: Fault[] = [];
  #requests = 0;

  constructor(ruleset: LoadedRuleset, now: Instant) {
    this.ruleset = ruleset;
    this.now = now;
  }

  device(identity: Identity, serial: number): StitchDevice {
    const born = profileAt(1, serial);
    this.births.set(identityKey(identity), born);
    return { identity, born, at: born, epoch: 1 };
  }

  node(id: ProfileId): StitchNode {
    const held = this.nodes.get(id);
    if (held) return held;
    const node = new StitchNode(id);
    this.nodes.set(id, node);
    this.wake(node);
    return node;
  }

  /** A new instance: all that was in memory, and every driver, is gone. */
  wake(node: StitchNode): void {
    const now = () => this.now;
    const { store } = node.table;
    // An instance that was replaced has lost its disk.
    const own: ProfileStore = {
      ...store,
      commit: (changes, bytes) => {
        if (node.store !== own) throw new Error('replaced');
        store.commit(changes, bytes);
      },
    };
    node.store = own;
    node.keeper = createProfileKeeper(own, () => undefined, now);
    const { keeper } = node;
    node.driver = createDriver({
      keeper,
      now,
      // Waits are left to `settle`; what only lets others go first is not.
      later: (run, ms) => void (ms === 0 && setImmediate(() => node.keeper === keeper && run())),
      profileAt: (_, to) => ({
        protocol: (_space, _profile, message) => this.#faulty(node, keeper, () => this.#protocol(to, message)),
      }),
      directory: {
        call: (_, identity, message) =>
          this.#faulty(node, keeper, () => ({ ...this.ask(identity, message), quarantine: null }) as never),
      },
    });
  }

  ask(identity: Identity, message: DirectoryMessage): DirectoryNode {
    const key = identityKey(identity);
    const held = this.directories.get(key) ?? EMPTY_DIRECTORY;
    const born = this.births.get(key);
    const asked = born && message.kind === 'resolve' ? { ...message, mint: null } : message;
    const node = handleDirectory(held, asked, { now: this.now, defects: NO_DEFECTS });
    this.directories.set(key, node);
    return node.owner === null && born ? { ...node, owner: born, epoch: Math.max(1, node.epoch) } : node;
  }

  /** What the door does with one visit: finds the profile, follows it where it went, keeps the token. */
  async visit(
    through: Identity,
    start: { readonly at: ProfileId; readonly epoch: number },
    more: Partial<InteractCommand>,
    device: StitchDevice | null,
  ): Promise<InteractAnswer | null> {
    let { at, epoch } = start;
    let events: readonly AcceptedEvent[] = more.events ?? [];
    const known: EventId[] = [];
    let mayOpen = true;
    for (let hop = 0; hop < 6; hop++) {
      const isDevice = device !== null && device.identity === through;
      const throughRef = { ...ref(through, epoch), mayOpen };
      const asked = command({
        space: SPACE,
        profile: at,
        now: this.now,
        requestId: `r${++this.#requests}`,
        ...more,
        events,
        through: throughRef,
        device: device && (isDevice ? throughRef : ref(device.identity, device.epoch)),
      });
      const node = this.node(at);
      const reply = await answerVisit(
        { keeper: node.keeper, store: node.store, driver: node.driver, now: () => this.now, leases: NO_LEASES },
        asked,
        this.ruleset,
      );
      if (reply.ok) {
        if (device && reply.answer.device) Object.assign(device, reply.answer.device);
        return { ...reply.answer, duplicates: [...known, ...reply.answer.duplicates] };
      }
      const { error } = reply;
      if (error.kind === 'moved') {
        ({ to: at, epoch } = error);
        mayOpen = false;
        const stored = error.known ?? [];
        known.push(...stored);
        events = events.filter(({ id }) => !stored.includes(id));
      } else if (error.kind === 'unknown' || error.kind === 'erased') {
        const found = this.ask(through, { kind: 'resolve', mint: null });
        if (!found.owner) return null;
        [at, epoch] = [found.owner as ProfileId, found.epoch];
        mayOpen = true;
      } else return null;
    }
    return null;
  }

  /** Lets time pass and alarms ring until nobody has anything left to do. */
  async settle(): Promise<void> {
    this.faults = [];
    for (let round = 0; round < 60; round++) {
      const open = [...this.nodes.values()].filter((node) => {
        const state = this.state(node);
        return state !== null && hasOpenWork(state);
      });
      if (open.length === 0) return;
      this.now = (this.now + 6_000) as Instant;
      for (const node of open) await node.driver.drive(this.ruleset);
    }
    const stuck = [...this.nodes.values()].map((node) => JSON.stringify(this.state(node)?.stitch));
    throw new Error(`no end: ${stuck.join('\n')}`);
  }

  async ring(node: StitchNode): Promise<void> {
    const { keeper, driver, store } = node;
    const send = async (message: EffectMessage) => void node.sent.push(message);
    if (keeper.state(this.ruleset)) await ring({ keeper, driver, store, send }, this.ruleset, this.now);
  }

  /** Sends everything that waits, as reconcile does. */
  async drain(node: StitchNode): Promise<void> {
    const { keeper, store } = node;
    const send = async (message: EffectMessage) => void node.sent.push(message);
    if (closeOpenChunk(keeper, this.ruleset, this.now))
      await drainChunks(keeper, store, send, this.ruleset, this.now, false);
  }

  state(node: StitchNode): ProfileState | null {
    return node.keeper.state(this.ruleset);
  }

  #protocol(to: ProfileId, message: ProfileMessage) {
    const node = this.node(to);
    const plain = structuredClone(message);
    const whose = { space: SPACE, profile: to };
    const reply = node.keeper.handle(this.ruleset, whose, (held, context) => handleProfile(held, plain, context));
    if (node.keeper.hasOpenWork()) void node.driver.drive(this.ruleset);
    return structuredClone(reply);
  }

  /** An instance that was replaced meanwhile hears no answer. */
  async #faulty<T>(node: StitchNode, keeper: ProfileKeeper, call: () => T): Promise<T> {
    const fault = this.faults.shift() ?? 'none';
    await Promise.resolve();
    if (fault === 'lost') throw new Error('lost');
    const answer = call();
    if (fault === 'repeated') call();
    await Promise.resolve();
    if (fault === 'unanswered') throw new Error('unanswered');
    if (node.keeper !== keeper) return new Promise<T>(() => undefined);
    return answer;
  }
}
