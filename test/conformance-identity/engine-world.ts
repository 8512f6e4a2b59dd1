import type {
  FoundProfile,
  ObjectSpace,
  ObjectWorld,
  Sent,
  SentEvent,
} from '../../cli/conformance-identity/object-world.ts';
import type { VectorConfig } from '../../cli/conformance-identity/vector.schema.ts';
import { rulesOfVector } from '../../cli/conformance-identity/vector-rules.ts';
import type { Identity } from '../../core/event/event.ts';
import { type IdentityKey, identityKey } from '../../core/identity/identity-key.ts';
import { profilesOf, type StitchedProfile } from '../../core/identity/replay/profiles.ts';
import type { StitchEvent } from '../../core/identity/replay/stitch-event.ts';
import { EMPTY_TIMELINE, operate, recordEvents, settleAll } from '../../core/identity/replay/timeline.ts';
import type { Instant } from '../../core/lib/ids.ts';

/** What a world gets wrong on purpose. */
export type Lie = 'loses the second event' | 'stores a repetition twice' | 'never lets go of a device' | null;

/**
 * Doors over the pure engine, as the product has them over objects: so that the second runner is tested before and without
 * workerd, and must catch a world that lies.
 */
export function createEngineWorld(lie: Lie = null): ObjectWorld {
  const faults = new Set(['retry-every-rpc']);
  return {
    faults,
    abilities: new Set(['claim', 'logout']),
    open: async (config) => createSpace(config, lie),
    stop: async () => undefined,
  };
}

const NOTHING: Sent = { refused: null, hops: null };

const named = (key: IdentityKey): Identity => {
  const colon = key.indexOf(':');
  return { namespace: key.slice(0, colon), value: key.slice(colon + 1) };
};

function createSpace(config: VectorConfig, lie: Lie): ObjectSpace {
  let rules = rulesOfVector(config);
  let timeline = EMPTY_TIMELINE;
  let seq = 0;
  let now = 0;
  const sent = new Map<string, SentEvent>();
  const attributesOf = ({ facts }: StitchedProfile) => {
    const oldestFirst = facts.toSorted((a, b) => a.stamp.at - b.stamp.at || a.stamp.seq - b.stamp.seq);
    const merged = Object.assign({}, ...oldestFirst.map(({ id }) => sent.get(id)?.attributes ?? {})) as object;
    return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
  };
  const nameOf = (profile: StitchedProfile) => [...profile.keys].sort()[0] ?? '';
  const profiles = () => profilesOf(timeline.head, rules);
  const apply = (
    id: string,
    kind: StitchEvent['kind'],
    at: number,
    identities: readonly Identity[],
    verified = true,
    said: SentEvent['consent'] = null,
  ) => {
    const stamp = { at: at as Instant, seq: ++seq };
    const consent = Object.fromEntries(
      Object.entries(said ?? {}).flatMap(([purpose, choice]) =>
        choice === 'pending' ? [] : [[purpose, { choice, at: at as Instant }]],
      ),
    );
    const event = { id, kind, stamp, identities, verified, consent, assign: {} };
    timeline = recordEvents(timeline, [event], rules);
    return timeline.head.outcomes.get(id);
  };
  return {
    async configure(changed) {
      rules = rulesOfVector(changed);
      timeline = settleAll(timeline.head);
    },
    async moveClock(t) {
      now = Math.max(now, t);
    },
    async advance(t) {
      now = Math.max(now, t);
      timeline = operate(timeline, { kind: 'expire', now: now as Instant }, rules);
    },
    async send(event): Promise<Sent> {
      if (lie === 'loses the second event' && sent.size === 1) {
        sent.set('lost', event);
        return NOTHING;
      }
      if (lie === 'never lets go of a device' && sent.size > 0 && event.identities.length > 1) return NOTHING;
      const repeated = lie === 'stores a repetition twice' && sent.has(event.id);
      const id = repeated ? `${event.id}-again` : event.id;
      sent.set(id, event);
      const outcome = apply(
        id,
        event.logout ? 'logout' : 'record',
        Math.min(event.t, event.receivedAt ?? event.t),
        event.identities,
        event.verified,
        event.consent,
      );
      const isRejected = outcome?.kind === 'rejected';
      return isRejected
        ? { ...NOTHING, refused: { code: 'ambiguousIdentity', detail: String(outcome.problem) } }
        : NOTHING;
    },
    async link(a, b) {
      apply(`operator-${seq}`, 'force', now, [a, b]);
    },
    async split(identities) {
      timeline = operate(timeline, { kind: 'split', identities }, rules);
    },
    async erase(identity, scope, suppress) {
      const at = now as Instant;
      timeline = operate(timeline, { kind: 'erase', scope, suppress, identities: [identity], at }, rules);
    },
    async remember() {
      // Recovery is nothing that pure data has.
    },
    async restore() {
      throw new Error('no object to restore');
    },
    async settle() {
      // Nothing is ever under way here.
    },
    async find(who): Promise<FoundProfile | null> {
      const profile = profiles().find((one) =>
        'profile' in who ? nameOf(one) === who.profile : one.keys.includes(identityKey(who)),
      );
      if (!profile) return null;
      return {
        profile: nameOf(profile),
        state: 'live',
        identities: profile.keys.map((key) => ({
          ...named(key),
          state: 'owned',
          events: profile.facts.length,
          consent: Object.entries(profile.consent).map(([purpose, choice]) => ({ purpose, choice, by: named(key) })),
        })),
        links: profile.links.map(({ a, b }) => ({ a: named(a), b: named(b) })),
        attributes: attributesOf(profile),
        openWork: [],
        isLocked: false,
      };
    },
    async eventsOf(name) {
      const facts = profiles().find((one) => nameOf(one) === name)?.facts ?? [];
      return facts.map(({ id, strand }) => ({ id, identity: named(strand), counters: sent.get(id)?.counters ?? {} }));
    },
  };
}
