import type { AcceptedEvent, Fact, Identity } from '../../../core/event/event.ts';
import { identityKey } from '../../../core/identity/identity-key.ts';
import { openStrand } from '../../../core/identity/protocol/open-strand.ts';
import type { StitchPolicy } from '../../../core/identity/replay/stitch-rules.ts';
import type { InteractAnswer, InteractCommand, InteractError, StrandRef } from '../../../core/interaction/command.ts';
import { interact } from '../../../core/interaction/interact.ts';
import { nodeOf } from '../../../core/interaction/node.ts';
import { needsRebuild, rebuild } from '../../../core/interaction/rebuild.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../core/interaction/snapshot.ts';
import { createState, type ProfileState } from '../../../core/interaction/state.ts';
import { syncStrands } from '../../../core/interaction/sync-strands.ts';
import type { EventId, Instant, ProfileId, Sequence, SourceId, Space } from '../../../core/lib/ids.ts';
import type { JsonObject } from '../../../core/lib/json.ts';
import { ALL_PURPOSES_MASK } from '../../../core/policy/purposes.ts';
import { compileRuleset } from '../../../core/ruleset/compile.ts';
import { type LoadedRuleset, loadRuleset } from '../../../core/ruleset/loaded.ts';
import type { RulesetSources } from '../../../core/ruleset/resources.ts';
import { createMemoryTable, type MemoryTable } from '../../support/memory-table.ts';
import { measure, segment, tree } from '../ruleset/ruleset-fixture.ts';

export const NOW = Date.UTC(2026, 10, 22, 10) as Instant;
export const SPACE = 'main' as Space;
export const PROFILE = `prf_1n${'0'.repeat(26)}` as ProfileId;
export const DEVICE: Identity = { namespace: 'device', value: '01900000-0000-7000-8000-000000000000' };
export const SARAH: Identity = { namespace: 'customer', value: 'sarah' };
export const later = (ms: number): Instant => (NOW + ms) as Instant;

/** So many of a type within the last days. */
const count = (type: string, value: number, days: number) =>
  `xEvent[eventType = "${type}" and timestamp occurs <= ${days} days before now].count() >= ${value}`;

export const SOURCES: RulesetSources = {
  source: [],
  setting: [],
  attribute: [
    { id: 'tier', name: 'Tier', type: 'string', labels: [], public: false, requires: 'recognised' },
    { id: 'firstName', name: 'First name', type: 'string', labels: ['name'], public: false, requires: 'authenticated' },
  ],
  measure: [
    measure('views', 'xEvent[eventType = "product.viewed"].count()'),
    measure('lastView', 'xEvent[eventType = "product.viewed"].last(timestamp)'),
    measure('favourite', 'xEvent[eventType = "product.viewed"].favourite(productId)'),
  ],
  segment: [
    segment('viewer', count('product.viewed', 2, 7)),
    segment('searcher', count('search.performed', 1, 1), { purpose: 'analytics' }),
    segment(
      'leaver',
      'chain(xEvent, timestamp, [A: WHAT(eventType = "cart.added"), X: EXCLUDE WHAT(eventType = "order.placed")])',
    ),
    segment('gold', 'tier = "gold"'),
    segment('newcomer', `not ${count('product.viewed', 1, 7)}`),
  ],
  placement: [{ id: 'hero', name: 'Hero', kind: 'html', fallback: '<i>hero</i>' }],
  ranker: [],
  experiment: [],
  strategy: [],
  trackingPlan: [],
  offer: [
    {
      id: 'known',
      name: 'Known',
      placements: ['hero'],
      priority: 5,
      purpose: 'personalization',
      requires: 'authenticated',
      content: 'known',
    },
    {
      id: 'all',
      name: 'All',
      placements: ['hero'],
      eligibility: tree('inSegment("viewer")'),
      priority: 1,
      purpose: 'personalization',
      requires: 'anonymous',
      content: 'all',
    },
  ],
};

/** Profiles of nobody known are kept for ever, unless the test says otherwise. */
export function rulesetOf(
  sources: RulesetSources = SOURCES,
  sequence = 1,
  policy: Partial<StitchPolicy> = {},
): LoadedRuleset {
  const compiled = compileRuleset(SPACE, sources, NOW);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  const parts = Object.fromEntries(Object.keys(compiled.value).map((name) => [name, `${name}-${sequence}`]));
  const loaded = loadRuleset(
    { space: SPACE, sequence: sequence as Sequence, stable: sequence as Sequence, salt: 's', publishedAt: NOW, parts },
    compiled.value,
  );
  const { stitch } = loaded;
  return { ...loaded, stitch: { ...stitch, policy: { ...stitch.policy, anonymousTtlMs: null, ...policy } } };
}

export const RULESET = rulesetOf();

let serial = 0;
export function event(
  type: string,
  at: number,
  data: JsonObject = {},
  more: Partial<AcceptedEvent> = {},
): AcceptedEvent {
  return {
    id: `e${++serial}` as EventId,
    source: 'web' as SourceId,
    type,
    at: at as Instant,
    receivedAt: NOW,
    purposes: ALL_PURPOSES_MASK,
    sentBy: 'browser',
    data,
    context: {},
    ...more,
  };
}

/** Somebody who lives where the caller says. */
export function ref(identity: Identity, epoch = 1): StrandRef {
  return { identity, epoch, erasedAt: -1, mayOpen: true };
}

/** A proof that was given in a request. */
export function loginOf(person: Identity, deviceAt: ProfileId | null = null): InteractCommand['login'] {
  return { person, deviceAt, proof: null };
}

export function command(more: Partial<InteractCommand> = {}): InteractCommand {
  const device = ref(DEVICE);
  return {
    space: SPACE,
    profile: PROFILE,
    sequence: 1 as Sequence,
    now: NOW,
    through: device,
    device,
    defaultConsent: { analytics: 'in', personalization: 'in' },
    denied: 0,
    events: [],
    login: null,
    hints: {},
    assertedState: null,
    placements: [],
    include: { profile: false, recent: false, trace: false, allMemberships: false },
    requestId: 'r1',
    ...more,
  };
}

type Answer = Omit<InteractAnswer, 'cost'>;

/** What the object does around `interact`: keeps facts, knows ids, and may be put to sleep between two visits. */
export interface TestProfile {
  readonly facts: readonly Fact[];
  readonly state: ProfileState;
  readonly table: MemoryTable;
  /** Lets an identity live here, as its directory says. */
  open(identity: Identity): void;
  visit(more: Partial<InteractCommand>): Answer;
  /** The answer, or why there is none. */
  ask(more: Partial<InteractCommand>): Answer | InteractError;
  /** Stores and loads the snapshot, as a wake does; under another ruleset, as a wake after a publish does. */
  sleep(next?: LoadedRuleset): void;
  /** Another ruleset while the object is awake. */
  publish(next: LoadedRuleset): void;
}

export function profileOf(first: LoadedRuleset = RULESET): TestProfile {
  let ruleset = first;
  const table = createMemoryTable();
  const { store } = table;
  let state = createState(SPACE, PROFILE, NOW, ruleset.engine.program);
  const encode = () => encodeSnapshot(state, (text) => new TextEncoder().encode(text));
  const ask = (more: Partial<InteractCommand>) => {
    const asked = command(more);
    const done = interact(state, asked, ruleset, store.known(asked.events, true), store);
    if ('error' in done) return done.error;
    store.commit(done.rows, encode());
    return done.answer;
  };
  return {
    table,
    get facts() {
      return [...table.facts.values()];
    },
    get state() {
      return state;
    },
    open(identity) {
      const where = { owner: PROFILE, epoch: 1, erasedAt: -1 };
      syncStrands(state, openStrand(nodeOf(state), identityKey(identity), where), ruleset.stitch, NOW);
    },
    ask,
    visit(more) {
      const answer = ask(more);
      if ('kind' in answer) throw new Error(JSON.stringify(answer));
      return answer;
    },
    sleep(next = ruleset) {
      ruleset = next;
      const decoded = decodeSnapshot(encode(), ruleset.engine.program, (part) => new TextDecoder().decode(part));
      if (!decoded.ok) throw new Error(decoded.error);
      state = decoded.value.state;
      if (decoded.value.rebuild) rebuild(state, ruleset, table.facts.values());
    },
    publish(next) {
      ruleset = next;
      if (needsRebuild(state, ruleset.engine.program)) rebuild(state, ruleset, table.facts.values());
    },
  };
}
