import { fnv1a32 } from '../../lib/hash.ts';
import type { IdentityKey } from '../identity-key.ts';
import { createOperation } from './create-operation.ts';
import type { DirectoryNode } from './directory-node.ts';
import { runOwn } from './drive-operation.ts';
import { nextAttempt, withIntent, withoutIntent } from './handle-own-intent.ts';
import { type Handled, handled } from './handled.ts';
import { linkHere, planHere } from './link-here.ts';
import { type LinkWish, leastKeys } from './link-wish.ts';
import type { Call, LinkOperation } from './message.ts';
import type { Intent, ProfileNode } from './node-state.ts';
import { openStrand, orphanedTo, placeOf } from './open-strand.ts';
import type { Pid } from './pid.ts';
import type { ProtocolContext } from './protocol-context.ts';
import type { StrandRow } from './strand-row.ts';
import { type Expected, isErased, type Whereabouts } from './whereabouts.ts';

/** Stands for "fenced for ever": a suppressed value, or one that must not be born for this wish. */
const NEVER = Number.MAX_SAFE_INTEGER;

/** The call an intent needs next; null: it waits for a lock here, for its own operation, or for its time. */
export function callOfIntent(node: ProfileNode, intent: Intent, context: ProtocolContext): Call | null {
  const { wish, attempt, operation, notBefore } = intent;
  if (notBefore > context.now) return null;
  if (operation !== null) {
    const { coordinator: to, row } = operation;
    return row === null ? null : { kind: 'profile', to, message: { kind: 'begin', row } };
  }
  for (const key of wish.keys) {
    const orphan = intent.orphans[key];
    if (orphan) return { kind: 'directory', key, message: { kind: 'move', ...orphan } };
    if (whereIs(node, intent, key)) continue;
    return { kind: 'directory', key, message: { kind: 'resolve', mint: intent.unborn[key] ?? null } };
  }
  if (node.lock !== null && needsOnlyHere(node, intent)) return null;
  return { kind: 'profile', to: node.pid, message: { kind: 'wanted', event: wish.event, attempt } };
}

function here(node: ProfileNode, key: IdentityKey): StrandRow | null {
  const row = node.strands[key];
  return row && row.state !== 'gone' ? row : null;
}

/** Where an identity of a wish is, as far as this attempt knows: here, as the directory said, or as the hint has it. */
function whereIs(node: ProfileNode, intent: Intent, key: IdentityKey): Expected | null {
  const row = here(node, key);
  if (row) return { owner: node.pid, epoch: row.epoch, erasedAt: row.erasedAt, mayOpen: false };
  const found = intent.found[key];
  if (found) return { ...found, mayOpen: true };
  const hint = intent.attempt === 0 ? intent.wish.hints[key] : undefined;
  return hint && hint.owner !== node.pid ? { ...hint, mayOpen: false } : null;
}

/** Identities that still count: what was said before an erasure links nobody anew. */
function countingKeys(node: ProfileNode, intent: Intent, context: ProtocolContext): readonly IdentityKey[] {
  const { keys, stamp } = intent.wish;
  return keys.filter((key) => {
    const where = whereIs(node, intent, key);
    if (where?.erasedAt === NEVER) return false;
    return !where || !isErased(where, stamp.at) || context.defects.has('noErasedAt');
  });
}

function needsOnlyHere(node: ProfileNode, intent: Intent): boolean {
  return intent.wish.keys.every((key) => {
    const where = whereIs(node, intent, key);
    return where === null || where.owner === node.pid || where.erasedAt === NEVER;
  });
}

/** The next attempt begins by moving on what was handed to a profile that will never have it. */
export function afterOrphans(
  intent: Intent,
  found: Readonly<Record<IdentityKey, Whereabouts>>,
  context: ProtocolContext,
): Intent {
  const orphans = Object.entries(found).map(([key, where]) => {
    const { owner, epoch } = orphanedTo(key as IdentityKey, where, context);
    return [key, { owner, epoch }];
  });
  return { ...nextAttempt(intent, context), orphans: Object.fromEntries(orphans) };
}

/** Writes down what a directory said. */
export function noteWhereabouts(
  node: ProfileNode,
  given: Intent,
  key: IdentityKey,
  { owner, epoch, erasedAt, suppressed }: DirectoryNode,
  context: ProtocolContext,
): Handled {
  const { [key]: _, ...orphans } = given.orphans;
  const intent = { ...given, orphans };
  const find = (found: Whereabouts): Intent => ({ ...intent, found: { ...intent.found, [key]: found } });
  const joins = intent.wish.kind === 'record' || intent.wish.kind === 'force';
  if (suppressed || (owner === null && !joins)) {
    return pursue(withIntent(node, find({ owner: owner ?? node.pid, epoch, erasedAt: NEVER })), intent, context);
  }
  if (owner === null) {
    const birth = birthFor(node, intent, key, context);
    return handled(withIntent(node, { ...intent, unborn: { ...intent.unborn, [key]: birth } }));
  }
  const born = intent.unborn[key] === owner && epoch === 1 && !intent.newcomers.includes(key);
  const newcomers = born ? [...intent.newcomers, key] : intent.newcomers;
  return pursue(withIntent(node, { ...find({ owner, epoch, erasedAt }), newcomers }), intent, context);
}

/** A newcomer is born where it will live, when that can be told; else by itself, and the operation finds it a place. */
function birthFor(node: ProfileNode, intent: Intent, key: IdentityKey, context: ProtocolContext): Pid {
  const apart = context.madePid(`${intent.wish.event}\n${key}`, node.pid);
  if (node.state !== 'live') return apart;
  const others = intent.wish.keys.filter((other) => other !== key);
  if (!others.every((other) => here(node, other)))
    return here(node, intent.wish.keys[0] as IdentityKey) ? node.pid : apart;
  const { graph } = planHere(node, intent.wish, [...intent.newcomers, key], [key], context);
  return graph === null ? apart : node.pid;
}

/** Goes on with an intent as far as this write can: links here, or begins the operation of this attempt. */
export function pursue(node: ProfileNode, { wish }: Pick<Intent, 'wish'>, context: ProtocolContext): Handled {
  const intent = node.intents[wish.event];
  if (!intent || intent.operation !== null) return handled(node);
  if (wish.keys.some((key) => !whereIs(node, intent, key))) return handled(node);
  const keys = countingKeys(node, intent, context);
  if (keys.length < leastKeys(wish)) return handled(withoutIntent(node, wish.event));
  let opened = node;
  for (const key of keys) {
    const where = whereIs(node, intent, key) as Expected;
    if (where.owner !== node.pid || here(node, key)) continue;
    if (node.lock !== null) return handled(node);
    opened = openStrand(opened, key, where);
    if (here(opened, key)) continue;
    if (placeOf(node, key).kind === 'erased') {
      return handled(withIntent(node, afterOrphans(intent, { [key]: where }, context)));
    }
    // Something newer is known here: the directory is about to hear of it.
    return handled(withIntent(node, nextAttempt({ ...intent, attempt: intent.attempt + 1 }, context)));
  }
  const counting: LinkWish = { ...wish, keys };
  if (keys.every((key) => here(opened, key))) {
    if (node.lock !== null) return handled(node);
    const { plan, graph } = planHere(opened, counting, intent.newcomers, [], context);
    if (plan.refused === 'maxMerges') return handled(withoutIntent(opened, wish.event));
    if (graph !== null) return handled(withoutIntent(linkHere(opened, graph), wish.event));
  }
  const row = rowOf(opened, intent, keys, context);
  const { id, coordinator } = row;
  const own = coordinator === node.pid;
  const operation = { id, coordinator, row: own ? null : row };
  const begun = withIntent(opened, { ...intent, operation, notBefore: context.now });
  if (!own) return handled(begun);
  return runOwn(handled({ ...begun, operations: { ...begun.operations, [row.id]: row } }), row.id, context);
}

/** The operation of this attempt. Its id is the same however often the attempt is made. */
function rowOf(
  node: ProfileNode,
  intent: Intent,
  keys: readonly IdentityKey[],
  { now, defects }: ProtocolContext,
): LinkOperation {
  const { wish, attempt } = intent;
  const byOwner = new Map<Pid, Record<IdentityKey, Expected>>();
  for (const key of keys) {
    const where = whereIs(node, intent, key) as Expected;
    byOwner.set(where.owner, { ...byOwner.get(where.owner), [key]: where });
  }
  const participants = [...byOwner].map(([pid, expect]) => ({ pid, expect })).sort((a, b) => (a.pid < b.pid ? -1 : 1));
  if (defects.has('anyLockOrder') && fnv1a32(wish.event) % 2 === 0) participants.reverse();
  const coordinator = participants[0]?.pid ?? node.pid;
  return createOperation(`${wish.event}@${coordinator}#${attempt}`, coordinator, {
    wish: { ...wish, keys, hints: {} },
    attempt,
    intentAt: node.pid,
    participants,
    newcomers: intent.newcomers,
    notBefore: now,
  });
}
