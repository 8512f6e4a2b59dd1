import type { IdentityKey } from '../identity-key.ts';
import { createOperation } from './create-operation.ts';
import { decide, nextCall, runOwn } from './drive-operation.ts';
import { withIntent } from './handle-own-intent.ts';
import { handleParticipant } from './handle-participant.ts';
import { type FactEffect, handled } from './handled.ts';
import { isLazy } from './is-lazy.ts';
import { linkHere, planHere } from './link-here.ts';
import { type LinkWish, leastKeys } from './link-wish.ts';
import type { LinkOperation } from './message.ts';
import type { Intent, ProfileNode } from './node-state.ts';
import { noteVisit } from './open-strand.ts';
import type { ProtocolContext } from './protocol-context.ts';
import { isErased } from './whereabouts.ts';

/** What became of a wish in the write that stores its event. */
export interface Wanted {
  readonly node: ProfileNode;
  /** `linked`: done. `intent`: open work; drive it. `nothing`: it names nothing to link. `refused`: the links stay as they were. */
  readonly outcome: 'linked' | 'intent' | 'nothing' | 'refused';
  readonly reason: 'conflict' | 'capacity' | 'maxMerges' | null;
  readonly effects: readonly FactEffect[];
}

/** Takes a wish in, in the same write as its event. Never fails: what cannot be done at once is remembered until it is. */
export function wantLinks(given: ProfileNode, wanted: LinkWish, context: ProtocolContext): Wanted {
  const node = context.defects.has('expiryIgnoresVisit') ? given : noteVisit(given);
  const done = (outcome: Wanted['outcome'], after = node, reason: Wanted['reason'] = null): Wanted => ({
    node: after,
    outcome,
    reason,
    effects: [],
  });
  if (node.intents[wanted.event]) return done('intent');
  if (node.state !== 'live' && node.state !== 'forwarded') return done('nothing');
  const keys = [...new Set(wanted.keys)].filter((key) => !isFenced(node, key, wanted, context));
  const wish: LinkWish = { ...wanted, keys };
  if (keys.length < leastKeys(wish)) return done('nothing');
  if ((wish.kind === 'logout' || wish.kind === 'late') && context.rules.policy.anonymousHistory !== 'stay')
    return done('nothing');
  const intent: Intent = {
    wish,
    attempt: 0,
    notBefore: context.now,
    found: {},
    unborn: {},
    orphans: {},
    newcomers: [],
    operation: null,
  };
  if (context.defects.has('noIntent') && !keys.every((key) => isHere(node, key))) return done('nothing');
  if (node.lock !== null || node.state !== 'live') return done('intent', withIntent(node, intent));
  if (!keys.every((key) => isHere(node, key))) return { ...done('intent'), node: beginFast(node, intent, context) };
  const { plan, graph } = planHere(node, wish, [], [], context);
  if (plan.refused === 'maxMerges') return done('refused', node, plan.refused);
  if (graph !== null) return done(plan.refused === null ? 'linked' : 'refused', linkHere(node, graph), plan.refused);
  return wish.kind === 'logout' ? leaveHere(node, wish, context) : done('intent', withIntent(node, intent));
}

function isHere(node: ProfileNode, key: IdentityKey): boolean {
  return node.strands[key]?.state === 'owned';
}

/** A line feed would read as the name of something kept. */
function isFenced(node: ProfileNode, key: IdentityKey, wish: LinkWish, { defects }: ProtocolContext): boolean {
  if (key.includes('\n')) return true;
  const row = node.strands[key];
  return row !== undefined && isErased(row, wish.stamp.at) && !defects.has('noErasedAt');
}

/**
 * The common login: a person's profile, and one device elsewhere. It locks itself and begins in this very write; one call then
 * brings the device. Everything that is not as simple goes the general way.
 */
function beginFast(node: ProfileNode, intent: Intent, context: ProtocolContext): ProfileNode {
  const { wish } = intent;
  const waits = withIntent(node, intent);
  const foreign = wish.keys.filter((key) => !isHere(node, key));
  const [key] = foreign;
  const from = key === undefined ? undefined : wish.hints[key];
  const simple =
    wish.kind === 'record' &&
    foreign.length === 1 &&
    key &&
    from &&
    isLazy(key, context.rules) &&
    from.owner > node.pid;
  if (!simple || Object.keys(node.operations).length > 0) return waits;
  // It has been here before: what the hint knows must be newer than its leaving.
  const left = node.strands[key];
  if (left && (left.state !== 'gone' || left.epoch > from.epoch)) return waits;
  const { plan, graph } = planHere(node, wish, [], [key], context);
  const holdsAnchor = node.anchor !== null && plan.touched.includes(node.anchor);
  if (graph === null || !holdsAnchor || plan.refused !== null) return waits;
  const id = `${wish.event}@${node.pid}#0`;
  const stubs = [{ pid: from.owner, at: context.now }];
  const operation: LinkOperation = {
    ...createOperation(id, node.pid, {
      wish: { ...wish, hints: {} },
      attempt: 0,
      intentAt: node.pid,
      participants: [
        { pid: node.pid, expect: {} },
        { pid: from.owner, expect: { [key]: { ...from, mayOpen: false } } },
      ],
      newcomers: [],
      notBefore: context.now,
    }),
    phase: 'fast',
    script: [{ kind: 'profile', to: node.pid, message: { kind: 'graph', operation: id, graph: { ...graph, stubs } } }],
  };
  return {
    ...withIntent(node, { ...intent, operation: { id, coordinator: node.pid, row: null } }),
    lock: { operation: id, coordinator: node.pid, since: context.now, taken: null },
    operations: { ...node.operations, [id]: operation },
  };
}

/**
 * Whoever uses the device next must not be greeted as this person, so a logout does not wait for anybody: the device has left
 * when the visit is answered, and the other side hears of it afterwards.
 */
function leaveHere(node: ProfileNode, wish: LinkWish, context: ProtocolContext): Wanted {
  const id = `${wish.event}@${node.pid}#0`;
  const expect = { pid: node.pid, expect: {} };
  const created = createOperation(id, node.pid, {
    wish: { ...wish, hints: {} },
    attempt: 0,
    intentAt: null,
    participants: [expect],
    newcomers: [],
    notBefore: context.now,
  });
  const locked = handleParticipant(node, { kind: 'lock', operation: id, coordinator: node.pid, expect: {} }, context);
  if (locked.reply.kind !== 'locked') throw new Error('a free profile could not be locked by itself');
  const decided = decide({ ...created, held: [locked.reply] }, context);
  let here = locked.node;
  let effects: readonly FactEffect[] = [];
  const rest = decided.script.filter((_, step) => {
    const call = nextCall({ ...decided, step });
    if (call?.kind !== 'profile' || call.to !== node.pid) return true;
    const { message } = call;
    if (message.kind !== 'switch' && message.kind !== 'graph' && message.kind !== 'unlock') return true;
    const own = handleParticipant(here, message, context);
    here = own.node;
    effects = [...effects, ...own.effects];
    return false;
  });
  const operation = { ...decided, script: rest };
  const after = runOwn(handled({ ...here, operations: { ...here.operations, [id]: operation } }), id, context);
  return { node: after.node, outcome: 'linked', reason: null, effects: [...effects, ...after.effects] };
}
