import type { AcceptedEvent, Fact, Identity } from '../../../core/event/event.ts';
import type { InteractAnswer, InteractCommand, InteractError } from '../../../core/interaction/command.ts';
import { interact } from '../../../core/interaction/interact.ts';
import { needsRebuild, rebuild } from '../../../core/interaction/rebuild.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../core/interaction/snapshot.ts';
import { createState, type ProfileState } from '../../../core/interaction/state.ts';
import type { EventId, Instant, ProfileId, Sequence, SourceId, Space } from '../../../core/lib/ids.ts';
import type { JsonObject } from '../../../core/lib/json.ts';
import { ALL_PURPOSES_MASK } from '../../../core/policy/purposes.ts';
import { compileRuleset } from '../../../core/ruleset/compile.ts';
import { type LoadedRuleset, loadRuleset } from '../../../core/ruleset/loaded.ts';
import type { RulesetSources } from '../../../core/ruleset/resources.ts';
import { measure, segment, tree } from '../ruleset/ruleset-fixture.ts';

export const NOW = Date.UTC(2026, 10, 22, 10) as Instant;
export const SPACE = 'main' as Space;
export const PROFILE = `prf_1n${'0'.repeat(26)}` as ProfileId;
export const FRESH = `prf_1n${'1'.repeat(26)}` as ProfileId;
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

export function rulesetOf(sources: RulesetSources = SOURCES, sequence = 1): LoadedRuleset {
  const compiled = compileRuleset(SPACE, sources, NOW);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  const parts = Object.fromEntries(Object.keys(compiled.value).map((name) => [name, `${name}-${sequence}`]));
  return loadRuleset(
    { space: SPACE, sequence: sequence as Sequence, stable: sequence as Sequence, salt: 's', publishedAt: NOW, parts },
    compiled.value,
  );
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

export function command(more: Partial<InteractCommand> = {}): InteractCommand {
  const device = { identity: DEVICE, epoch: 1 };
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
    afterSignOut: null,
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
  visit(more: Partial<InteractCommand>): Answer;
  /** The answer, or where the identity went. */
  ask(more: Partial<InteractCommand>): Answer | Extract<InteractError, { kind: 'moved' }>;
  /** Stores and loads the snapshot, as a wake does; under another ruleset, as a wake after a publish does. */
  sleep(next?: LoadedRuleset): void;
  /** Another ruleset while the object is awake. */
  publish(next: LoadedRuleset): void;
}

export function profileOf(first: LoadedRuleset = RULESET): TestProfile {
  let ruleset = first;
  const stored = new Map<string, Fact>();
  let state = createState(SPACE, PROFILE, NOW, ruleset.engine.program);
  const ask = (more: Partial<InteractCommand>) => {
    const asked = command(more);
    const known = new Set(asked.events.filter(({ source, id }) => stored.has(`${source}\n${id}`)).map(({ id }) => id));
    const done = interact(state, asked, ruleset, known);
    if ('moved' in done) return done.moved;
    for (const fact of done.newFacts) stored.set(`${fact.source}\n${fact.id}`, fact);
    return done.answer;
  };
  return {
    get facts() {
      return [...stored.values()];
    },
    get state() {
      return state;
    },
    ask,
    visit(more) {
      const answer = ask(more);
      if ('kind' in answer) throw new Error(`moved to ${answer.to}`);
      return answer;
    },
    sleep(next = ruleset) {
      ruleset = next;
      const bytes = encodeSnapshot(state, (text) => new TextEncoder().encode(text));
      const decoded = decodeSnapshot(bytes, ruleset.engine.program, (part) => new TextDecoder().decode(part));
      if (!decoded.ok) throw new Error(decoded.error);
      state = decoded.value.state;
      if (decoded.value.rebuild) rebuild(state, ruleset, stored.values());
    },
    publish(next) {
      ruleset = next;
      if (needsRebuild(state, ruleset.engine.program)) rebuild(state, ruleset, stored.values());
    },
  };
}
