import { compileNamespaces } from '../../core/identity/compiled-namespaces.ts';
import { type IdentityKey, namespaceOf } from '../../core/identity/identity-key.ts';
import type { Defects } from '../../core/identity/protocol/defects.ts';
import { handleDirectory } from '../../core/identity/protocol/handle-directory.ts';
import { handleProfile } from '../../core/identity/protocol/handle-profile.ts';
import { nextCall, positionOf } from '../../core/identity/protocol/link-operation.ts';
import type {
  DirectoryMessage,
  LinkOperation,
  OperationCall,
  ProfileMessage,
  ProfileReply,
} from '../../core/identity/protocol/message.ts';
import { type DirectoryNode, emptyProfile, type ProfileNode } from '../../core/identity/protocol/node-state.ts';
import { birthPid, madePid, type Pid } from '../../core/identity/protocol/pid.ts';
import { DEFAULT_STITCH, type StitchRules } from '../../core/identity/replay/stitch-rules.ts';
import type { Instant } from '../../core/lib/ids.ts';

const base = {
  limit: null,
  windowMs: null,
  normalise: 'none',
  pattern: null,
  linkTrust: 'claimed',
  unique: false,
} as const;
export const RULES: StitchRules = {
  ...DEFAULT_STITCH,
  namespaces: compileNamespaces({
    namespaces: [
      { ...base, code: 'crm', type: 'person', unique: true, priority: 1 },
      { ...base, code: 'email', type: 'email', priority: 2 },
      { ...base, code: 'ecid', type: 'cookie', priority: 3 },
    ],
    blocked: [],
  }),
  policy: { ...DEFAULT_STITCH.policy, anonymousHistory: 'follow-device', displace: 'any' },
};

export interface Sent {
  readonly id: string;
  readonly at: number;
  /** By falling priority; the first is the primary identity. */
  readonly keys: readonly IdentityKey[];
  /** Sent only when this erasure has been answered. */
  readonly afterErase?: boolean;
}

export interface Scenario {
  readonly name: string;
  readonly events: readonly Sent[];
  readonly erase?: { readonly key: IdentityKey; readonly at: number };
}

interface Client {
  readonly event: Sent;
  target: Pid | null;
  handout: DirectoryNode | null;
  state: 'open' | 'stored' | 'dropped';
}

interface Driver {
  readonly operation: string;
  readonly coordinator: Pid;
  /** What the last call was answered, until it is written down. */
  answer: { readonly at: string; readonly reply: ProfileReply | null } | null;
}

const LATE_CHANCE = 0.03;

/** Every source of bad luck draws from one seeded stream (mulberry32), so that a seed is a schedule. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Objects with atomic handlers under a lossy, repeating, delaying network, with drivers that die at any point. */
export class ProtocolModel {
  readonly profiles = new Map<Pid, ProfileNode>();
  readonly directories = new Map<IdentityKey, DirectoryNode>();
  readonly clients: readonly Client[];
  readonly violations: string[] = [];
  readonly #scenario: Scenario;
  readonly #defects: Defects;
  readonly #random: () => number;
  readonly #late: OperationCall[] = [];
  readonly #drivers: Driver[] = [];
  #faults = true;
  #erase: { done: boolean };

  constructor(scenario: Scenario, seed: number, defects: Defects) {
    this.#scenario = scenario;
    this.#defects = defects;
    this.#random = randomOf(seed);
    this.clients = scenario.events.map((event) => ({ event, target: null, handout: null, state: 'open' }));
    this.#erase = { done: scenario.erase === undefined };
  }

  /** Some steps of bad luck, then good luck until nothing is left to do. Returns whether it came to rest. */
  run(): boolean {
    const troubled = 20 + Math.floor(this.#random() * 200);
    for (let step = 0; step < troubled; step++) this.#step();
    this.#faults = false;
    for (let step = 0; step < 6_000; step++) if (!this.#step()) return true;
    return false;
  }

  profile(pid: Pid): ProfileNode {
    return this.profiles.get(pid) ?? emptyProfile(pid);
  }

  directory(key: IdentityKey): DirectoryNode {
    const unique = RULES.namespaces.byCode.get(namespaceOf(key))?.unique ?? false;
    return this.directories.get(key) ?? { owner: birthPid(key, unique), epoch: 1, erasedAt: -1, erasedBy: null };
  }

  #step(): boolean {
    const tasks: (() => void)[] = [];
    for (const client of this.clients) {
      if (client.state === 'open' && (!client.event.afterErase || this.#erase.done))
        tasks.push(() => this.#send(client));
    }
    for (const driver of this.#drivers) tasks.push(() => this.#drive(driver));
    for (const node of this.profiles.values()) {
      for (const row of Object.values(node.operations)) {
        const driven = this.#drivers.filter(({ operation }) => operation === row.id).length;
        // Two drivers of one operation at most, the second only while things go wrong.
        if (driven === 0 || (driven === 1 && this.#faults && this.#random() < 0.1)) tasks.push(() => this.#spawn(row));
      }
      for (const event of Object.keys(node.intents)) tasks.push(() => this.#pursue(node.pid, event));
      const { lock } = node;
      if (
        lock &&
        !this.#defects.has('noLockAlarm') &&
        !this.#drivers.some(({ operation }) => operation === lock.operation)
      ) {
        tasks.push(() => this.#lockAlarm(node.pid));
      }
      if (node.state === 'erasing') tasks.push(() => this.#eraseStep(node.pid));
    }
    if (!this.#erase.done) tasks.push(() => this.#requestErase());
    // Rarely, so that a late message really is late: other operations have come and gone meanwhile.
    const idle = tasks.length === 0;
    if (this.#late.length > 0 && (idle || this.#random() < LATE_CHANCE))
      tasks.splice(0, tasks.length, () => this.#deliverLate());
    if (tasks.length === 0) return false;
    tasks[Math.floor(this.#random() * tasks.length)]?.();
    if (this.#faults && this.#drivers.length > 0 && this.#random() < 0.08) {
      this.#drivers.splice(Math.floor(this.#random() * this.#drivers.length), 1);
    }
    this.#checkOwners();
    return true;
  }

  /** A call that may be lost on the way, on the way back, or happen again later. Null: nobody knows. */
  #call(to: Pid, message: ProfileMessage): ProfileReply | null {
    const luck = this.#faults ? this.#random() : 1;
    if (luck < 0.06) return null;
    if (luck < 0.12) {
      this.#late.push({ to, message });
      return null;
    }
    if (luck < 0.2) this.#late.push({ to, message });
    const reply = this.#deliver(to, message);
    return luck < 0.28 && luck >= 0.2 ? null : reply;
  }

  #deliver(to: Pid, message: ProfileMessage): ProfileReply {
    const { node, reply } = handleProfile(this.profile(to), message, RULES, this.#defects);
    if (node.state !== 'none' || Object.keys(node.operations).length > 0 || node.finished.length > 0)
      this.profiles.set(to, node);
    return reply;
  }

  #callDirectory(key: IdentityKey, message: DirectoryMessage): DirectoryNode | null {
    const luck = this.#faults ? this.#random() : 1;
    if (luck < 0.06) return null;
    if (luck < 0.14 && message.kind !== 'resolve') this.#late.push({ directory: key, message });
    if (luck < 0.1 && message.kind !== 'resolve') return null;
    const before = this.directory(key);
    const after = handleDirectory(before, message, this.#defects);
    if (after.epoch < before.epoch) this.violations.push(`4: epoch of ${key} fell`);
    if (after !== before) this.directories.set(key, after);
    return after;
  }

  #deliverLate(): void {
    const [call] = this.#late.splice(Math.floor(this.#random() * this.#late.length), 1);
    if (!call) return;
    if ('to' in call) this.#deliver(call.to, call.message);
    else {
      const before = this.directory(call.directory);
      const after = handleDirectory(before, call.message, this.#defects);
      if (after.epoch < before.epoch) this.violations.push(`4: epoch of ${call.directory} fell`);
      if (after !== before) this.directories.set(call.directory, after);
    }
  }

  #send(client: Client): void {
    const { event } = client;
    const [primary] = event.keys as [IdentityKey];
    if (client.target === null) {
      client.handout = this.#callDirectory(primary, { kind: 'resolve' });
      client.target = client.handout?.owner ?? null;
      return;
    }
    const reply = this.#call(client.target, {
      kind: 'event',
      fact: { id: event.id, at: event.at as Instant, strand: primary },
      handout: client.handout,
      keys: event.keys,
      stamp: { at: event.at as Instant, seq: event.at },
      verified: true,
    });
    if (reply?.kind === 'ok') client.state = 'stored';
    else if (reply?.kind === 'dropped') client.state = 'dropped';
    client.target = reply?.kind === 'moved' ? reply.to : null;
    client.handout = null;
  }

  #pursue(pid: Pid, event: string): void {
    const intent = this.profile(pid).intents[event];
    if (!intent) return;
    if (intent.operation) {
      const status = this.#call(intent.operation.coordinator, { kind: 'status', operation: intent.operation.id });
      if (status?.kind !== 'closed' || !status.closed) return;
    }
    const byOwner = new Map<Pid, Record<IdentityKey, DirectoryNode>>();
    const keys: IdentityKey[] = [];
    for (const key of intent.keys) {
      const known = this.#callDirectory(key, { kind: 'resolve' });
      if (known === null) return;
      // What was said before an erasure links nobody anew.
      if (known.erasedAt >= intent.stamp.at && !this.#defects.has('noErasedAt')) continue;
      keys.push(key);
      byOwner.set(known.owner, { ...byOwner.get(known.owner), [key]: known });
    }
    if (keys.length < 2) {
      this.#call(pid, { kind: 'linked', event, attempt: intent.attempt });
      return;
    }
    const participants = [...byOwner]
      .map(([owner, expect]) => ({ pid: owner, expect }))
      .sort((a, b) => (a.pid < b.pid ? -1 : 1));
    if (this.#defects.has('anyLockOrder') && this.#random() < 0.5) participants.reverse();
    const coordinator = participants[0]?.pid ?? pid;
    const attempt = intent.attempt + 1;
    const id = `${event}@${coordinator}#${attempt}`;
    if (this.#call(pid, { kind: 'attempt', event, attempt, id, coordinator }) === null) return;
    const row: LinkOperation = {
      id,
      coordinator,
      event,
      attempt,
      intentAt: pid,
      keys,
      stamp: intent.stamp,
      verified: intent.verified,
      participants,
      held: [],
      phase: 'locking',
      step: 0,
      script: [],
      rows: {},
    };
    this.#call(coordinator, { kind: 'begin', row });
  }

  #spawn(row: LinkOperation): void {
    this.#drivers.push({ operation: row.id, coordinator: row.coordinator, answer: null });
  }

  #drive(driver: Driver): void {
    const row = this.profile(driver.coordinator).operations[driver.operation];
    if (!row) {
      this.#drivers.splice(this.#drivers.indexOf(driver), 1);
      return;
    }
    if (driver.answer) {
      const { at, reply } = driver.answer;
      driver.answer = null;
      this.#deliver(driver.coordinator, { kind: 'advance', operation: row.id, at, reply });
      return;
    }
    const call = nextCall(row);
    if (!call) return;
    const answered =
      'to' in call ? this.#call(call.to, call.message) : this.#callDirectory(call.directory, call.message);
    if (answered === null) return;
    driver.answer = { at: positionOf(row), reply: 'kind' in answered ? answered : null };
  }

  #lockAlarm(pid: Pid): void {
    const { lock } = this.profile(pid);
    if (!lock) return;
    const status = this.#call(lock.coordinator, { kind: 'status', operation: lock.operation });
    if (status?.kind === 'closed')
      this.#deliver(pid, { kind: 'lockAnswer', operation: lock.operation, closed: status.closed });
  }

  #requestErase(): void {
    const { erase } = this.#scenario;
    if (!erase) return;
    const known = this.#callDirectory(erase.key, { kind: 'resolve' });
    if (known === null) return;
    // The directory remembers whom the request has hit: a retry must not hit the successor.
    const target = known.erasedBy?.request === 'r1' ? known.erasedBy.pid : known.owner;
    this.#call(target, { kind: 'erase', request: 'r1', at: erase.at as Instant });
    const node = this.profile(target);
    if (node.state === 'erased' && node.erasure?.request === 'r1') this.#erase.done = true;
  }

  #eraseStep(pid: Pid): void {
    const node = this.profile(pid);
    if (node.state !== 'erasing' || node.erasure === null) return;
    const { request, at } = node.erasure;
    for (const [key, row] of Object.entries(node.strands)) {
      if (row.state === 'gone') continue;
      const known = this.directory(key as IdentityKey);
      if (known.owner !== pid) continue;
      const owner = madePid(key as IdentityKey, request);
      const erasedAt = this.#defects.has('noErasedAt') ? (-1 as Instant) : at;
      this.#callDirectory(key as IdentityKey, {
        kind: 'erase',
        owner,
        epoch: row.epoch + 1,
        at: erasedAt,
        by: { request, pid },
      });
      return;
    }
    this.#call(pid, { kind: 'wipe', request });
  }

  #checkOwners(): void {
    const owner = new Map<string, Pid>();
    for (const node of this.profiles.values()) {
      for (const [key, { state }] of Object.entries(node.strands)) {
        if (state !== 'owned') continue;
        const other = owner.get(key);
        if (other !== undefined) this.violations.push(`3: ${key} owned by ${other} and ${node.pid}`);
        owner.set(key, node.pid);
      }
    }
  }
}
