import { compileNamespaces } from '../../core/identity/compiled-namespaces.ts';
import { type IdentityKey, namespaceOf } from '../../core/identity/identity-key.ts';
import type { Defects } from '../../core/identity/protocol/defects.ts';
import { type DirectoryNode, EMPTY_DIRECTORY } from '../../core/identity/protocol/directory-node.ts';
import { handleDirectory } from '../../core/identity/protocol/handle-directory.ts';
import { handleProfile } from '../../core/identity/protocol/handle-profile.ts';
import type { FactEffect, FactSpan, Handled } from '../../core/identity/protocol/handled.ts';
import { isLazy } from '../../core/identity/protocol/is-lazy.ts';
import type { DirectoryMessage, Page, ProfileMessage, ProfileReply } from '../../core/identity/protocol/message.ts';
import { emptyProfile, type ProfileNode } from '../../core/identity/protocol/node-state.ts';
import type { Pid } from '../../core/identity/protocol/pid.ts';
import type { ProtocolContext } from '../../core/identity/protocol/protocol-context.ts';
import { isKeptName, type StrandName } from '../../core/identity/protocol/strand-row.ts';
import type { StitchPolicy, StitchRules } from '../../core/identity/replay/stitch-rules.ts';
import { DEFAULT_STITCH } from '../../core/identity/replay/stitch-rules.ts';
import { fingerprint64 } from '../../core/lib/hash.ts';
import type { Instant } from '../../core/lib/ids.ts';

const base = {
  limit: null,
  windowMs: null,
  normalise: 'none',
  pattern: null,
  linkTrust: 'claimed',
  unique: false,
} as const;
const namespaces = compileNamespaces({
  namespaces: [
    { ...base, code: 'crm', type: 'person', unique: true, priority: 1 },
    { ...base, code: 'email', type: 'email', priority: 2 },
    { ...base, code: 'ecid', type: 'cookie', priority: 3 },
  ],
  blocked: [],
});

export function rulesOf(
  anonymousHistory: StitchPolicy['anonymousHistory'],
  limits: Partial<Pick<StitchRules, 'maxIdentities' | 'maxMerges'>> = {},
  displace: StitchPolicy['displace'] = 'any',
): StitchRules {
  return {
    ...DEFAULT_STITCH,
    ...limits,
    namespaces,
    policy: { ...DEFAULT_STITCH.policy, anonymousHistory, displace },
  };
}

export interface ModelFact {
  readonly id: string;
  readonly at: number;
  readonly strand: StrandName;
  /** When it was stored first, by the clock. */
  readonly storedAt: number;
}

/** What one object has stored. `recent`: ids of events by the strand they came through, for clients that repeat. */
export interface Stored {
  readonly node: ProfileNode;
  readonly facts: ReadonlyMap<string, ModelFact>;
  readonly recent: ReadonlyMap<IdentityKey, ReadonlySet<string>>;
}

interface Carry {
  readonly recent: readonly string[];
}

/** Small, so that histories of three events are copied in pages. */
const PAGE = 2;
/** Tier 0 for who names a person, as the door mints it; devices have theirs by value. */
export function birthPid(key: IdentityKey): Pid {
  return `${namespaceOf(key) === 'crm' ? 0 : 1}:${key}`;
}

/** All objects, with the shell's part played by hand: facts in maps, pages read from them, effects carried out. */
export class World {
  readonly stored = new Map<Pid, Stored>();
  readonly directories = new Map<IdentityKey, DirectoryNode>();
  readonly violations: string[] = [];
  /** Events that ended with the profile that held them: because somebody asked, or for idleness. */
  readonly wiped = new Map<string, 'erased' | 'expired'>();
  readonly #idleSince = new Map<Pid, number>();
  /** Profiles with something left to do. */
  readonly open = new Set<Pid>();
  now = 1_000_000;
  rules: StitchRules;
  /** Once an object was restored from a copy, two may own one identity until the directory is asked. */
  restored = false;
  readonly #defects: Defects;

  constructor(rules: StitchRules, defects: Defects) {
    this.rules = rules;
    this.#defects = defects;
  }

  get context(): ProtocolContext {
    const { rules } = this;
    return {
      rules,
      now: this.now as Instant,
      defects: this.#defects,
      madePid: (seed) => `1:made-${fingerprint64(seed)}`,
    };
  }

  get(pid: Pid): Stored {
    return this.stored.get(pid) ?? { node: emptyProfile(pid), facts: new Map(), recent: new Map() };
  }

  node(pid: Pid): ProfileNode {
    return this.get(pid).node;
  }

  /** One write. */
  put(pid: Pid, stored: Stored): void {
    const before = this.node(pid);
    const { node } = stored;
    this.#watch(before, node);
    if (node.state === 'none' && Object.keys(node.operations).length === 0 && node.finished.length === 0) {
      this.stored.delete(pid);
      this.open.delete(pid);
      return;
    }
    this.stored.set(pid, stored);
    const busy =
      node.lock !== null ||
      node.state === 'erasing' ||
      node.expiry !== null ||
      Object.keys(node.operations).length > 0 ||
      Object.keys(node.intents).length > 0;
    if (busy) this.open.add(pid);
    else this.open.delete(pid);
  }

  deliver(pid: Pid, message: ProfileMessage): ProfileReply {
    const stored = this.get(pid);
    if (message.kind === 'expire' && stored.node.expiry === null) this.#idleSince.set(pid, message.idleSince);
    const known = this.stored.has(pid);
    const reply = this.apply(pid, stored, handleProfile(stored.node, message, this.context));
    const creates = message.kind === 'lock' || message.kind === 'begin' || message.kind === 'install';
    if (!known && !creates && this.stored.has(pid)) this.violations.push(`13: ${message.kind} has made ${pid}`);
    return reply;
  }

  /** Carries out what handling decided, in one write, and puts the page into the answer. */
  apply(pid: Pid, before: Stored, { node, reply, effects, read }: Handled): ProfileReply {
    if (effects.some(({ kind }) => kind === 'wipe')) this.#noteEnd(before, node);
    if (node !== before.node || effects.length > 0) this.put(pid, { ...afterEffects(before, effects), node });
    if (read === null || (reply.kind !== 'page' && reply.kind !== 'taken')) return reply;
    return { ...reply, page: pageOf(this.get(pid), read.strand, read.after) };
  }

  directory(key: IdentityKey): DirectoryNode {
    return this.directories.get(key) ?? EMPTY_DIRECTORY;
  }

  /** As the directory object answers: an empty one of a lazy namespace means the birth profile. */
  ask(key: IdentityKey, message: DirectoryMessage): DirectoryNode {
    const before = this.directory(key);
    const after = handleDirectory(before, message, this.context);
    if (after.epoch < before.epoch) this.violations.push(`4: epoch of ${key} fell`);
    // Asking writes nothing where nothing was.
    if (after !== before) this.directories.set(key, after);
    if (after !== before && message.kind === 'resolve' && before.owner === null && message.mint === null)
      this.violations.push(`13: ${key} is known because somebody asked`);
    return after.owner === null && isLazy(key, this.rules) ? { ...after, owner: birthPid(key), epoch: 1 } : after;
  }

  ownerOf(key: IdentityKey): DirectoryNode {
    const known = this.directory(key);
    return known.owner === null && isLazy(key, this.rules) ? { ...known, owner: birthPid(key), epoch: 1 } : known;
  }

  #noteEnd({ node: { pid }, facts }: Stored, after: ProfileNode): void {
    const asked = after.state === 'erased' && !after.erasure?.request.startsWith('expire');
    for (const { id, storedAt } of facts.values()) {
      this.wiped.set(id, asked ? 'erased' : 'expired');
      const idleSince = this.#idleSince.get(pid) ?? Number.POSITIVE_INFINITY;
      if (!asked && storedAt > idleSince)
        this.violations.push(`1: ${id} expired, though it came after ${pid} was idle`);
    }
  }

  /** What must hold after every single write. */
  #watch(before: ProfileNode, after: ProfileNode): void {
    for (const [key, row] of Object.entries(after.strands)) {
      const held = before.strands[key as IdentityKey];
      if (row === held) continue;
      const back = held?.state === 'gone' && row.state === 'owned' && row.epoch === held.epoch - 1;
      if (held && row.epoch < held.epoch && !back) this.violations.push(`4: epoch of ${key} fell at ${after.pid}`);
      if (row.state !== 'owned' || this.restored) continue;
      for (const other of this.stored.values()) {
        // One that is being erased serves nobody.
        if (
          other.node.state === 'live' &&
          other.node.pid !== after.pid &&
          other.node.strands[key as IdentityKey]?.state === 'owned'
        )
          this.violations.push(`3: ${key} owned by ${other.node.pid} and ${after.pid}`);
      }
    }
    if (before.state === 'erased' && after.state !== 'erased')
      this.violations.push(`12: erased ${after.pid} lives again`);
    if (before.forward !== null && after.forward !== null && after.forward > before.forward)
      this.violations.push(`5: ${after.pid} forwards higher than before`);
  }
}

function afterEffects(before: Stored, effects: readonly FactEffect[]): Stored {
  if (effects.length === 0) return before;
  let facts = new Map(before.facts);
  const recent = new Map(before.recent);
  for (const effect of effects) {
    if (effect.kind === 'wipe') {
      facts = new Map();
      recent.clear();
    } else if (effect.kind === 'leave') {
      for (const { id, strand } of [...facts.values()]) if (strand === effect.strand) facts.delete(id);
      if (!isKeptName(effect.strand)) recent.delete(effect.strand);
    } else if (effect.kind === 'rename') {
      for (const fact of [...facts.values()])
        if (fact.strand === effect.from && isWithin(fact, effect.within))
          facts.set(fact.id, { ...fact, strand: effect.to });
    } else takeIn(facts, recent, effect.strand, effect.page);
  }
  return { ...before, facts, recent };
}

function isWithin({ at }: ModelFact, within: FactSpan | undefined): boolean {
  return within === undefined || ((within.after === null || at > within.after) && at <= within.until);
}

function takeIn(
  facts: Map<string, ModelFact>,
  recent: Map<IdentityKey, ReadonlySet<string>>,
  strand: StrandName,
  page: Page,
): void {
  for (const fact of page.rows as readonly ModelFact[])
    if (!facts.has(fact.id)) facts.set(fact.id, { ...fact, strand });
  if (page.next !== null || page.carry === null || isKeptName(strand)) return;
  const known = new Set((page.carry as Carry).recent);
  const moved = new Set((page.carry as Carry & { readonly here: readonly string[] }).here);
  // A client repeated here, while the copy was under way, what had been stored before and was left behind there.
  for (const id of known) if (!moved.has(id) && facts.get(id)?.strand === strand) facts.delete(id);
  recent.set(strand, new Set([...(recent.get(strand) ?? []), ...known]));
}

function pageOf({ facts, recent }: Stored, strand: StrandName, after: string | null): Page {
  const all = [...facts.values()].filter((fact) => fact.strand === strand).sort((a, b) => (a.id < b.id ? -1 : 1));
  const left = all.filter(({ id }) => after === null || id > after);
  const rows = left.slice(0, PAGE);
  const next = left.length > PAGE ? (rows.at(-1)?.id ?? null) : null;
  if (next !== null || isKeptName(strand)) return { rows, next, carry: null };
  return { rows, next, carry: { recent: [...(recent.get(strand) ?? [])], here: all.map(({ id }) => id) } };
}
