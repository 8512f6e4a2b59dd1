import { type IdentityKey, namespaceOf } from '../../core/identity/identity-key.ts';
import type { Defects } from '../../core/identity/protocol/defects.ts';
import { isLazy } from '../../core/identity/protocol/is-lazy.ts';
import type { LinkWish } from '../../core/identity/protocol/link-wish.ts';
import type {
  Answer,
  Call,
  DirectoryMessage,
  OpenCall,
  Page,
  ProfileMessage,
  ProfileReply,
} from '../../core/identity/protocol/message.ts';
import { nextDue } from '../../core/identity/protocol/next-due.ts';
import type { ProfileNode } from '../../core/identity/protocol/node-state.ts';
import { noteAnswer } from '../../core/identity/protocol/note-answer.ts';
import { openCalls } from '../../core/identity/protocol/open-calls.ts';
import { openStrand, orphanedTo, placeOf } from '../../core/identity/protocol/open-strand.ts';
import { lateWish, ownerThen } from '../../core/identity/protocol/owner-then.ts';
import type { Pid } from '../../core/identity/protocol/pid.ts';
import { wantLinks } from '../../core/identity/protocol/want-links.ts';
import type { Whereabouts } from '../../core/identity/protocol/whereabouts.ts';
import type { Link } from '../../core/identity/replay/link.ts';
import type { StitchRules } from '../../core/identity/replay/stitch-rules.ts';
import type { Instant } from '../../core/lib/ids.ts';
import { birthPid, type Stored, World } from './identity-protocol-world.ts';

export interface Sent {
  readonly id: string;
  readonly at: number;
  /** By falling priority; the first is the primary identity. */
  readonly keys: readonly IdentityKey[];
  /** Of operators: no event is stored. */
  readonly kind: LinkWish['kind'];
  readonly links: readonly Pick<Link, 'a' | 'b'>[];
  /** Sent only when the erasure has been answered, or the expiry has begun. */
  readonly afterErase: boolean;
  /** Said by a page; everything else is proven. */
  readonly isClaim?: true;
}

export interface Scenario {
  readonly name: string;
  readonly rules: StitchRules;
  readonly events: readonly Sent[];
  /** Each event waits until the one before it is stored and everything is at rest. */
  readonly orderly?: boolean;
  /** Whatever the order of arrival, every event ends where the replay engine has it. */
  readonly exact?: boolean;
  /** Hints of where devices are, sometimes stale: what the fast path needs. */
  readonly hints?: boolean;
  readonly erase?: { readonly key: IdentityKey; readonly at: number; readonly suppress?: boolean };
  /** Its profile is found idle at some moment. */
  readonly expire?: IdentityKey;
  /** Published at some moment. */
  readonly newRules?: StitchRules;
  /** Stubs are collected at some quiet moment, long after all that was under way; tokens of then are still about. */
  readonly collect?: boolean;
  /** The object that holds it goes back to an earlier copy of itself at some moment. */
  readonly restore?: IdentityKey;
}

interface Client {
  readonly event: Sent;
  target: Pid | null;
  where: Whereabouts | null;
  misses: number;
  state: 'open' | 'stored' | 'dropped';
}

interface Driver {
  readonly pid: Pid;
  readonly open: OpenCall;
  page: Page | null;
  answer: Answer | undefined;
}

type Late =
  | { readonly to: Pid; readonly message: ProfileMessage }
  | { readonly key: IdentityKey; readonly message: DirectoryMessage };

const LATE_CHANCE = 0.03;
const WALK_CHANCE = 0.05;

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
  readonly world: World;
  readonly clients: readonly Client[];
  readonly #scenario: Scenario;
  readonly #random: () => number;
  readonly #late: Late[] = [];
  readonly #sent: Late[] = [];
  readonly #repeats: boolean;
  readonly #drivers: Driver[] = [];
  readonly #hintless: boolean;
  #faults = true;
  #erased: boolean;
  #stuck = 0;
  #copy: Stored | null = null;
  #moments: (() => boolean)[] = [];
  #fences: (() => boolean)[] = [];

  constructor(scenario: Scenario, seed: number, defects: Defects) {
    this.#scenario = scenario;
    this.#random = randomOf(seed);
    this.world = new World(scenario.rules, defects);
    this.clients = scenario.events.map((event) => ({ event, target: null, where: null, misses: 0, state: 'open' }));
    this.#erased = scenario.erase === undefined;
    // Not where months pass, or where an object forgets what it has heard.
    this.#repeats = seed % 4 === 0 && scenario.collect !== true && scenario.restore === undefined;
    this.#hintless = scenario.hints !== true;
    const { expire, newRules, collect, restore } = scenario;
    if (expire) this.#moments.push(() => this.#expire(expire));
    if (newRules) {
      this.#moments.push(() => {
        this.world.rules = newRules;
        return true;
      });
    }
    if (collect) this.#moments.push(() => this.#collect());
    if (restore)
      this.#moments.push(
        () => this.#takeCopy(restore),
        () => this.#restore(),
      );
  }

  /** Some steps of bad luck, then good luck until nothing is left to do. Returns whether it came to rest. */
  run(): boolean {
    const troubled = 20 + Math.floor(this.#random() * 250);
    for (let step = 0; step < troubled; step++) this.#step();
    this.#faults = false;
    if (!this.#comeToRest()) return false;
    if (!this.#repeats) return true;
    // Everything that was ever said is said once more, in any order.
    this.#late.push(...this.#sent);
    return this.#comeToRest();
  }

  #comeToRest(): boolean {
    for (let step = 0; step < 8_000; step++) if (!this.#step()) return true;
    return false;
  }

  #step(): boolean {
    const { world } = this;
    world.now += Math.floor(this.#random() * 300);
    if (this.#faults && this.#drivers.length > 0 && this.#random() < 0.06) {
      this.#drivers.splice(this.#pick(this.#drivers.length), 1);
    }
    if (this.#faults && this.#random() < WALK_CHANCE) this.#walk();
    const idle = this.#drivers.length === 0;
    const work = this.#openWork();
    const senders = this.#senders(idle && work.length === 0 && !this.#waiting());
    const count = this.#drivers.length + work.length + senders.length;
    // Rarely, so that a late message really is late: other operations have come and gone meanwhile.
    if (this.#late.length > 0 && (count === 0 || this.#random() < LATE_CHANCE)) {
      this.#deliverLate();
      return true;
    }
    if (count === 0) return this.#rest();
    let choice = this.#pick(count);
    if (choice < this.#drivers.length) this.#drive(this.#drivers[choice] as Driver);
    else {
      choice -= this.#drivers.length;
      const begun = work[choice];
      if (begun) this.#drivers.push(begun);
      else senders[choice - work.length]?.();
    }
    return true;
  }

  #pick(count: number): number {
    return Math.floor(this.#random() * count);
  }

  /** Calls that nobody makes yet; rarely a second driver makes one that is being made. */
  #openWork(): Driver[] {
    const { world } = this;
    const work: Driver[] = [];
    for (const pid of world.open) {
      for (const open of openCalls(world.node(pid), world.context)) {
        const driven = this.#drivers.filter((driver) => driver.pid === pid && driver.open.work === open.work).length;
        if (driven === 0 || (driven === 1 && this.#faults && this.#random() < 0.1))
          work.push({ pid, open, page: null, answer: undefined });
      }
    }
    return work;
  }

  #waiting(): boolean {
    return this.world.open.size > 0;
  }

  #senders(quiet: boolean): (() => void)[] {
    const senders: (() => void)[] = [];
    for (const client of this.clients) {
      const waits = !this.#erased || (this.#scenario.expire !== undefined && this.#moments.length > 0);
      if (client.state !== 'open' || (client.event.afterErase && waits)) continue;
      if (this.#scenario.orderly && client.target === null && client.misses === 0 && !quiet) break;
      senders.push(() => this.#send(client));
      if (this.#scenario.orderly) break;
    }
    const before = this.clients.some(({ event, state }) => !event.afterErase && state === 'open');
    if (!this.#erased && (!this.#scenario.orderly || !before)) senders.push(() => this.#requestErase());
    // Moments come when they come, and at the latest before the end.
    const [moment] = this.#moments;
    if (moment && (quiet || this.#random() < (this.world.open.size === 0 ? 0.3 : 0.02)))
      senders.push(() => {
        if (moment()) this.#moments.shift();
      });
    if (quiet && this.#moments.length === 0) for (const fence of this.#fences) senders.push(() => this.#fence(fence));
    return senders;
  }

  #fence(fence: () => boolean): void {
    if (fence()) this.#fences = this.#fences.filter((other) => other !== fence);
  }

  /** Nothing can be done now: time passes until something is due. */
  #rest(): boolean {
    const { world } = this;
    const dues = [...world.open].map((pid) => nextDue(world.node(pid), world.context)).filter((due) => due !== null);
    if (dues.length === 0) return false;
    const next = Math.max(world.now + 1, Math.min(...dues));
    // Due, and nothing can be done: somebody waits for what never comes.
    if (next === world.now + 1 && ++this.#stuck > 50) return false;
    world.now = next;
    return true;
  }

  /** A call that may be lost on the way, on the way back, or happen again later. Null: nobody knows. */
  #call(to: Pid, message: ProfileMessage): ProfileReply | null {
    const luck = this.#faults ? this.#random() : 1;
    if (this.#repeats && message.kind !== 'wish' && message.kind !== 'expire' && message.kind !== 'fence')
      this.#sent.push({ to, message });
    const operators = message.kind === 'wish' || message.kind === 'expire' || message.kind === 'fence';
    if (luck < 0.06) return null;
    if (luck < 0.12) {
      if (!operators) this.#late.push({ to, message });
      return null;
    }
    if (luck < 0.2 && !operators) this.#late.push({ to, message });
    const reply = this.world.deliver(to, message);
    return luck < 0.28 && luck >= 0.2 ? null : reply;
  }

  #ask(key: IdentityKey, message: DirectoryMessage) {
    const luck = this.#faults ? this.#random() : 1;
    if (this.#repeats) this.#sent.push({ key, message });
    if (luck < 0.06) return null;
    if (luck < 0.14) this.#late.push({ key, message });
    if (luck < 0.1) return null;
    const node = this.world.ask(key, message);
    return luck < 0.28 && luck >= 0.2 ? null : node;
  }

  #deliverLate(): void {
    const [late] = this.#late.splice(this.#pick(this.#late.length), 1);
    if (!late) return;
    if ('to' in late) this.world.deliver(late.to, late.message);
    else this.world.ask(late.key, late.message);
  }

  #drive(driver: Driver): void {
    const { pid, open } = driver;
    if (driver.answer !== undefined) {
      this.#drivers.splice(this.#drivers.indexOf(driver), 1);
      const stored = this.world.get(pid);
      this.world.apply(pid, stored, noteAnswer(stored.node, open, driver.answer, this.world.context));
      return;
    }
    driver.answer = this.#answerOf(driver, open.call);
    if (open.call.kind === 'profile' && open.call.to === pid) this.#drive(driver);
  }

  #answerOf(driver: Driver, call: Call): Answer | undefined {
    if (call.kind === 'directory') {
      const node = this.#ask(call.key, call.message);
      return node && { kind: 'directory', node };
    }
    const { pid } = driver;
    const tell = (to: Pid, message: ProfileMessage) =>
      to === pid ? this.world.deliver(to, message) : this.#call(to, message);
    if (call.kind === 'profile') {
      const reply = tell(call.to, call.message);
      return reply && { kind: 'profile', reply };
    }
    const { operation, strand, epoch, after } = call;
    if (driver.page === null) {
      const reply = tell(call.from, { kind: 'read', operation, strand, epoch, after });
      if (reply?.kind !== 'page') return reply && { kind: 'profile', reply };
      driver.page = reply.page;
      return undefined;
    }
    const { page } = driver;
    const reply = tell(call.to, { kind: 'import', operation, strand, epoch, page });
    return reply && { kind: 'copied', reply, next: page.next, rows: page.rows.length };
  }

  #send(client: Client): void {
    const { event } = client;
    const primary = event.keys[0] as IdentityKey;
    if (client.target === null) {
      client.misses++;
      const token = this.#tokenOf(primary);
      // A token, be it stale, is believed at most once.
      if (token !== null && client.misses === 1 && this.#random() < 0.5) {
        client.target = token.owner;
        client.where = null;
        return;
      }
      const mint = isLazy(primary, this.world.rules) ? null : birthPid(primary);
      const known = this.#ask(primary, { kind: 'resolve', mint });
      if (known?.suppressed) client.state = 'dropped';
      if (known === null || known.owner === null) return;
      client.target = known.owner;
      client.where = { owner: known.owner, epoch: known.epoch, erasedAt: known.erasedAt };
      return;
    }
    const { target, where } = client;
    client.target = null;
    client.where = null;
    const luck = this.#faults ? this.#random() : 1;
    if (luck < 0.08) return;
    const answer = this.#accept(target, event, where);
    if (luck < 0.16) return;
    if (answer.kind === 'stored' || answer.kind === 'dropped') client.state = answer.kind;
    if (answer.kind === 'never' && where) this.#ask(primary, orphanedTo(primary, where, this.world.context));
    if (answer.kind === 'moved') client.target = answer.to;
  }

  /** Somebody is looked up by a stub that forwards to another stub, and tells it so sooner or later. */
  #walk(): void {
    const { world } = this;
    for (const { node } of world.stored.values()) {
      const via = node.forward;
      const to = via && world.node(via).forward;
      if (via && to && this.#random() < 0.3) this.#late.push({ to: node.pid, message: { kind: 'shorten', via, to } });
    }
  }

  /** What the profile object does with an event: find or open its strand, store once, and take the wish in, in one write. */
  #accept(
    pid: Pid,
    event: Sent,
    where: Whereabouts | null,
  ): { kind: 'stored' | 'dropped' | 'again' | 'never' } | { kind: 'moved'; to: Pid } {
    const { world } = this;
    const stored = world.get(pid);
    const primary = event.keys[0] as IdentityKey;
    const place = placeOf(stored.node, primary);
    if (place.kind === 'moved') return place;
    const node = place.kind === 'unknown' && where !== null ? openStrand(stored.node, primary, where) : stored.node;
    if (place.kind === 'erased') return { kind: 'never' };
    if (placeOf(node, primary).kind !== 'here') return { kind: 'again' };
    const row = node.strands[primary];
    if (!row || (row.erasedAt >= event.at && !world.context.defects.has('noErasedAt'))) return { kind: 'dropped' };
    const known = stored.facts.has(event.id) || stored.recent.get(primary)?.has(event.id);
    if (known) return { kind: 'stored' };
    const operator = event.kind === 'unlink' || event.kind === 'split' || event.kind === 'force';
    const recent = new Map(stored.recent);
    recent.set(primary, new Set([...(recent.get(primary) ?? []), event.id]));
    const facts = new Map(stored.facts);
    if (!operator) facts.set(event.id, { id: event.id, at: event.at, strand: primary, storedAt: world.now });
    const wish = this.#wishOf(event, node);
    const then = operator ? null : ownerThen(node.uses, primary, row.claimant, event.at as Instant, world.rules);
    const late = then === null ? null : wantLinks(node, lateWish(event.id, primary, then, wish.stamp), world.context);
    const asked = wantLinks(late?.node ?? node, wish, world.context);
    const wanted = { ...asked, effects: [...(late?.effects ?? []), ...asked.effects] };
    world.apply(pid, { node: stored.node, facts, recent }, { ...wanted, reply: { kind: 'ok' }, read: null });
    if (wanted.node === stored.node) world.put(pid, { node, facts, recent });
    return { kind: 'stored' };
  }

  #wishOf({ id, at, keys, kind, links, isClaim }: Sent, node: ProfileNode): LinkWish {
    const hints: Record<IdentityKey, Whereabouts> = {};
    for (const key of keys) {
      const token = node.strands[key] ? null : this.#tokenOf(key);
      if (token && this.#random() < 0.8) hints[key] = token;
    }
    return { kind, event: id, keys, links, stamp: { at: at as Instant, seq: at }, verified: !isClaim, hints };
  }

  /** What a device's signed token says: where it lives, or where it once lived. */
  #tokenOf(key: IdentityKey): Whereabouts | null {
    if (this.#hintless || namespaceOf(key) !== 'ecid') return null;
    const places: Whereabouts[] = [];
    for (const { node } of this.world.stored.values()) {
      const row = node.strands[key];
      if (row) places.push({ owner: node.pid, epoch: row.epoch, erasedAt: row.erasedAt });
    }
    if (places.length === 0 || this.#scenario.collect) places.push({ owner: birthPid(key), epoch: 1, erasedAt: -1 });
    const newest = places.toSorted((a, b) => b.epoch - a.epoch)[0] as Whereabouts;
    return this.#random() < 0.8 ? newest : (places[this.#pick(places.length)] ?? null);
  }

  #requestErase(): void {
    const { erase } = this.#scenario;
    if (!erase) return;
    const known = this.#ask(erase.key, { kind: 'resolve', mint: null });
    if (known === null || known.owner === null) return;
    // The directory remembers whom the request has hit: a retry must not hit the successor.
    const target = known.erasedBy?.request === 'r1' ? known.erasedBy.pid : known.owner;
    this.#call(target, { kind: 'erase', request: 'r1', at: erase.at as Instant, suppress: erase.suppress ?? false });
    const node = this.world.node(target);
    if (node.state === 'erased' && node.erasure?.request === 'r1') this.#erased = true;
  }

  #expire(key: IdentityKey): boolean {
    const { world } = this;
    const { owner } = world.ownerOf(key);
    if (owner === null) return false;
    const answered = this.clients.every(({ event, state }) => state !== 'open' || event.afterErase);
    const reply = this.#call(owner, { kind: 'expire', idleSince: world.now as Instant });
    // Who is gone without a trace was idle for weeks: no call to it is still on its way.
    if (world.node(owner).state === 'none') {
      for (const calls of [this.#late, this.#sent])
        calls.splice(0, Number.POSITIVE_INFINITY, ...calls.filter((call) => !('to' in call) || call.to !== owner));
    }
    return reply?.kind === 'ok' || answered;
  }

  #collect(): boolean {
    const { world } = this;
    const answered = this.clients.filter(({ state }) => state !== 'open').length;
    if (world.open.size > 0 || this.#drivers.length > 0 || answered < this.clients.length - 2) return false;
    this.#late.length = 0;
    for (const client of this.clients) client.target = client.where = null;
    for (const [pid, { node }] of [...world.stored]) if (node.state === 'forwarded') world.stored.delete(pid);
    return true;
  }

  #takeCopy(key: IdentityKey): boolean {
    const { world } = this;
    const { owner } = world.ownerOf(key);
    const stored = owner === null ? undefined : world.stored.get(owner);
    if (stored?.node.state === 'live' && !world.open.has(stored.node.pid)) this.#copy = stored;
    return this.#copy !== null || this.clients.every(({ state }) => state !== 'open');
  }

  /** The object is what it was when the copy was taken. Whoever restores asks the directories what has changed. */
  #restore(): boolean {
    const { world } = this;
    const copy = this.#copy;
    if (copy === null) return true;
    // Operators restore an object that takes part in nothing: what an operation forgets that is restored itself, is not modelled.
    if (world.open.size > 0) return false;
    world.restored = true;
    world.open.delete(copy.node.pid);
    world.stored.set(copy.node.pid, copy);
    const keys = Object.keys(copy.node.strands) as IdentityKey[];
    this.#fences = keys.map((key) => () => {
      const { owner, epoch, erasedAt } = world.ownerOf(key);
      if (owner === null) return true;
      return world.deliver(copy.node.pid, { kind: 'fence', key, where: { owner, epoch, erasedAt } }).kind === 'ok';
    });
    return true;
  }
}
