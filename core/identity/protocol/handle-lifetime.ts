import type { Instant } from '../../lib/ids.ts';
import { type IdentityKey, namespaceOf } from '../identity-key.ts';
import type { StitchRules } from '../replay/stitch-rules.ts';
import { withoutUser } from './device-uses.ts';
import { type Handled, handled } from './handled.ts';
import { isLazy } from './is-lazy.ts';
import type { ProfileMessage } from './message.ts';
import { emptyProfile, type ProfileNode } from './node-state.ts';
import { placeOf } from './open-strand.ts';
import type { ProtocolContext } from './protocol-context.ts';
import { type KeptName, type KeptRow, keptName, type StrandRow } from './strand-row.ts';

type LifetimeMessage = Extract<
  ProfileMessage,
  { kind: 'erase' | 'forget' | 'expire' | 'fence' | 'shorten' | 'disown' }
>;

/** How profiles end, and what corrects those that missed something. */
export function handleLifetime(node: ProfileNode, message: LifetimeMessage, context: ProtocolContext): Handled {
  switch (message.kind) {
    case 'erase': {
      const { request, suppress } = message;
      // What came between the request and this write goes too, so it must not come back either.
      const at = Math.max(message.at, context.now) as Instant;
      if (node.erasure?.request === request) return handled(node);
      if (node.state === 'forwarded') return handled(node, { kind: 'moved', to: node.forward ?? node.pid });
      if (node.state !== 'live') return handled(node, { kind: 'unknown' });
      if (isBusy(node) && !context.defects.has('eraseIgnoresLock')) return handled(node, { kind: 'busy' });
      if (message.only && !isAlone(node, message.only)) return handled(node, { kind: 'refused' });
      return endIfTold(handled(ending({ ...node, erasure: { request, at, suppress } })), context);
    }
    case 'forget':
      if (node.state !== 'forwarded' || isBusy(node)) return handled(node, { kind: isBusy(node) ? 'busy' : 'ok' });
      return wiped(node, { request: message.request, at: -1 as never, suppress: false });
    case 'expire':
      return expire(node, message, context);
    case 'fence':
      return fence(node, message, context);
    case 'disown':
      return disown(node, message);
    case 'shorten': {
      const walked = node.state === 'forwarded' && node.forward === message.via;
      const lower = walked && message.to < message.via;
      return handled(lower ? { ...node, forward: message.to } : node);
    }
  }
}

function isBusy(node: ProfileNode): boolean {
  return node.lock !== null || Object.keys(node.operations).length > 0;
}

function ownedKeys(node: ProfileNode): readonly IdentityKey[] {
  const rows = Object.entries<StrandRow>(node.strands) as [IdentityKey, StrandRow][];
  return rows.filter(([, { state }]) => state !== 'gone').map(([key]) => key);
}

/** What devices have left here. */
export function keptHere({ kept }: ProfileNode): readonly KeptRow[] {
  return Object.values<KeptRow>(kept).filter(({ state }) => state !== 'gone');
}

/** Whether nothing but this identity, and what others left with it, lives here. */
function isAlone(node: ProfileNode, only: IdentityKey): boolean {
  const kept = keptHere(node);
  return ownedKeys(node).every((key) => key === only) && kept.every(({ by }) => by === only);
}

function ending(node: ProfileNode): ProfileNode {
  return { ...node, state: 'erasing', intents: {}, expiry: null };
}

/** When every directory and every stub has been told, nothing but the tombstone stays. */
export function endIfTold({ node, ...rest }: Handled, { defects }: ProtocolContext): Handled {
  const stubs = node.stubs.length === 0 || defects.has('stubsSurvive');
  const names = keptHere(node).length === 0 || defects.has('namesSurvive');
  const told = ownedKeys(node).length === 0 && stubs && names;
  if (node.state !== 'erasing' || !told || node.erasure === null) return { node, ...rest };
  return wiped(node, node.erasure);
}

function wiped({ pid, finished }: ProfileNode, erasure: NonNullable<ProfileNode['erasure']>): Handled {
  return handled({ ...emptyProfile(pid), state: 'erased', finished, erasure }, { kind: 'ok' }, { kind: 'wipe' });
}

/** Whether everything here is of a kind that ends by itself. */
function isAnonymous(node: ProfileNode, { namespaces, policy }: StitchRules): boolean {
  return ownedKeys(node).every((key) => {
    if (policy.anonymousNamespaces !== null) return policy.anonymousNamespaces.includes(namespaceOf(key));
    const type = namespaces.byCode.get(namespaceOf(key))?.type;
    return type === 'device' || type === 'cookie';
  });
}

/**
 * The alarm found this profile idle. One that never needed a directory is gone at once, without a trace, as if it had never been: the next
 * visit is born anew. Others ask every directory first.
 */
function expire(
  node: ProfileNode,
  { idleSince }: Extract<LifetimeMessage, { kind: 'expire' }>,
  { rules }: ProtocolContext,
): Handled {
  if (node.expiry !== null) return handled(node);
  const open = isBusy(node) || Object.keys(node.intents).length > 0;
  if (node.state !== 'live' || open || !isAnonymous(node, rules)) return handled(node, { kind: 'refused' });
  if (keptHere(node).length > 0) return handled(node, { kind: 'refused' });
  const rows = Object.entries<StrandRow>(node.strands) as [IdentityKey, StrandRow][];
  const untold = rows.every(([key, { epoch, state }]) => state === 'owned' && epoch === 1 && isLazy(key, rules));
  const alone = rows.length === 1 && untold && node.anchor === rows[0]?.[0] && node.stubs.length === 0;
  if (alone) return handled(emptyProfile(node.pid), { kind: 'ok' }, { kind: 'wipe' });
  return handled({ ...node, expiry: { idleSince, agreed: [] } });
}

/** All directories agree: from this write on nobody is served here any more. */
export function decideExpiry(node: ProfileNode, context: ProtocolContext): Handled {
  const { expiry } = node;
  if (expiry === null || !ownedKeys(node).every((key) => expiry.agreed.includes(key))) return handled(node);
  const request = `expire\n${node.pid}`;
  return endIfTold(handled(ending({ ...node, erasure: { request, at: -1 as never, suppress: false } })), context);
}

function disown(node: ProfileNode, { key, by }: Extract<LifetimeMessage, { kind: 'disown' }>): Handled {
  const place = placeOf(node, key);
  if (place.kind === 'moved') return handled(node, place);
  if (place.kind !== 'here') return handled(node, { kind: 'unknown' });
  const held = node.uses[key];
  if (!held) return handled(node);
  // An operation that is under way would write it down once more.
  if (node.lock !== null) return handled(node, { kind: 'busy' });
  return handled({ ...node, uses: { ...node.uses, [key]: withoutUser(held, by) } });
}

/** A restored object lets go of what the directory has given to somebody else meanwhile: read from there, never written here. */
function fence(
  node: ProfileNode,
  { key, where }: Extract<LifetimeMessage, { kind: 'fence' }>,
  { defects }: ProtocolContext,
): Handled {
  const row = node.strands[key];
  if (node.state !== 'live' || !row || row.state === 'gone' || row.epoch > where.epoch || defects.has('noFence'))
    return handled(node);
  if (row.epoch === where.epoch && where.owner === node.pid) return handled(node);
  if (node.lock !== null) return handled(node, { kind: 'busy' });
  const { epoch, erasedAt, owner } = where;
  if (owner === node.pid) return handled({ ...node, strands: { ...node.strands, [key]: { ...row, epoch, erasedAt } } });
  const gone: StrandRow = { epoch, erasedAt, state: 'gone', to: owner, claimant: null };
  const strands = { ...node.strands, [key]: gone };
  const links = node.links.filter(({ a, b }) => a !== key && b !== key);
  const { [key]: _, ...uses } = node.uses;
  // What others left with it goes along: it is the owner's, who has it.
  const kept = Object.fromEntries(Object.entries<KeptRow>(node.kept).filter(([, { by }]) => by !== key));
  const names = Object.values<KeptRow>(node.kept).filter(({ by }) => by === key);
  return handled(
    { ...node, strands, links, uses, kept: kept as Record<KeptName, KeptRow> },
    { kind: 'ok' },
    { kind: 'leave', strand: key },
    ...names.map((name) => ({ kind: 'leave', strand: keptName(name.key, name.by) }) as const),
  );
}
