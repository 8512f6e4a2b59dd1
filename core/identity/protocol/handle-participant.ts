import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';
import { type DeviceUses, lastUse } from './device-uses.ts';
import { handleStrand } from './handle-strand.ts';
import { type FactEffect, type Handled, handled } from './handled.ts';
import { isOver } from './is-over.ts';
import { type LockedReply, NO_PAGE, type ProfileMessage } from './message.ts';
import type { ProfileNode } from './node-state.ts';
import { openStrand, placeOf } from './open-strand.ts';
import { PROTOCOL, type ProtocolContext } from './protocol-context.ts';
import { type KeptName, type KeptRow, keptName, type StrandRow } from './strand-row.ts';
import type { Expected } from './whereabouts.ts';

export type ParticipantMessage = Extract<
  ProfileMessage,
  {
    kind:
      | 'lock'
      | 'take'
      | 'install'
      | 'switch'
      | 'cut'
      | 'read'
      | 'import'
      | 'release'
      | 'graph'
      | 'forward'
      | 'unlock';
  }
>;

/** A participant's part of an operation. Leaf writes: nothing here waits for anybody. */
export function handleParticipant(node: ProfileNode, message: ParticipantMessage, context: ProtocolContext): Handled {
  const { operation } = message;
  switch (message.kind) {
    case 'lock':
      return lock(node, message, context);
    case 'take':
      return take(node, message, context);
    case 'graph':
      return graph(node, message, context);
    case 'forward': {
      const empty = Object.values<StrandRow>(node.strands).every(({ state }) => state === 'gone');
      const guarded = node.lock?.operation === operation || context.defects.has('noLock');
      if (!guarded || !empty || node.state !== 'live') return handled(node);
      return handled({ ...node, state: 'forwarded', forward: message.to, links: [], merges: 0, stubs: [] });
    }
    case 'unlock':
      if (node.state === 'none') return handled(node);
      return handled(finish(node.lock?.operation === operation ? unlock(node, context) : node, operation));
    case 'release':
      return afterTake(node, handleStrand(node, message, context), message);
    default:
      return handleStrand(node, message, context);
  }
}

/** The release of what `take` took is the last that its device hears: nothing is left there but the way to the person. */
function afterTake(
  { lock: held }: ProfileNode,
  released: Handled,
  { operation, strand }: Extract<ProfileMessage, { kind: 'release' }>,
): Handled {
  const done = held?.operation === operation && held.taken === strand && released.effects.length > 0;
  if (!done) return released;
  const { node } = released;
  const free: ProfileNode = { ...node, lock: null, links: [], merges: 0, stubs: [] };
  return { ...released, node: finish({ ...free, state: 'forwarded', forward: held.coordinator }, operation) };
}

/** Lets go of a lock. A strand that was taken and never released comes back: the operation was given up. */
export function unlock(node: ProfileNode, { defects }: ProtocolContext): ProfileNode {
  const { lock: held } = node;
  const row = held?.taken ? node.strands[held.taken] : undefined;
  const free = { ...node, lock: null };
  if (!held?.taken || row?.state !== 'gone' || defects.has('takeForgotten')) return free;
  const back: StrandRow = { ...row, epoch: row.epoch - 1, state: 'owned', to: null };
  return { ...free, strands: { ...free.strands, [held.taken]: back } };
}

/** Remembers that an operation has ended, so that what comes late of it is known as late. */
export function finish(node: ProfileNode, operation: string): ProfileNode {
  if (node.finished.includes(operation)) return node;
  return { ...node, finished: [...node.finished, operation].slice(-PROTOCOL.finished) };
}

function ownedOf(node: ProfileNode): Readonly<Record<IdentityKey, StrandRow>> {
  return Object.fromEntries(Object.entries<StrandRow>(node.strands).filter(([, { state }]) => state === 'owned'));
}

function lock(
  node: ProfileNode,
  message: Extract<ProfileMessage, { kind: 'lock' }>,
  { now, defects }: ProtocolContext,
): Handled {
  const { operation, coordinator, expect } = message;
  // The memory of ended operations is bounded, so a lock may come when it is over: then only asking lets go of it.
  if (node.finished.includes(operation) && !defects.has('noLockAlarm')) return handled(node, { kind: 'refused' });
  const never = neverHere(node, expect);
  if (never.length > 0 && !defects.has('reviveErased')) return handled(node, { kind: 'never', keys: never });
  if (node.state === 'forwarded') return handled(node, { kind: 'moved', to: node.forward ?? node.pid });
  let here: ProfileNode = defects.has('reviveErased') && node.state === 'erased' ? { ...node, state: 'none' } : node;
  if (here.state !== 'none' && here.state !== 'live') return handled(node, { kind: 'refused' });
  const foreign = here.lock !== null && here.lock.operation !== operation;
  if (foreign && !defects.has('noLock')) return handled(node, { kind: 'busy' });
  for (const [key, where] of Object.entries(expect)) {
    if (where.mayOpen || defects.has('hintMayOpen')) here = openStrand(here, key as IdentityKey, where);
  }
  const missing = (Object.keys(expect) as IdentityKey[]).some((key) => here.strands[key]?.state !== 'owned');
  if (here.state === 'none') return handled(node, { kind: 'unknown' });
  if (missing && !defects.has('noOwnershipCheck')) return handled(node, { kind: 'refused' });
  const reply: LockedReply = {
    kind: 'locked',
    anchor: here.anchor,
    owned: ownedOf(here),
    kept: Object.values<KeptRow>(here.kept),
    uses: here.uses,
    links: here.links,
    merges: here.merges,
    stubs: here.stubs,
  };
  const since = foreign || here.lock === null ? now : here.lock.since;
  return handled({ ...here, expiry: null, lock: { operation, coordinator, since, taken: null } }, reply);
}

/** Those of the expected that the directory believes here, and that a closed profile will never have. */
export function neverHere(node: ProfileNode, expect: Readonly<Record<IdentityKey, Expected>>): readonly IdentityKey[] {
  const keys = Object.keys(expect) as IdentityKey[];
  return keys.filter((key) => expect[key]?.mayOpen && placeOf(node, key).kind === 'erased');
}

/** The whole of a fresh device goes to a person in one write; only when nothing else can be meant by it. */
function take(
  node: ProfileNode,
  message: Extract<ProfileMessage, { kind: 'take' }>,
  { now, defects, rules }: ProtocolContext,
): Handled {
  const { operation, key, from, to, at } = message;
  const answer = (after: ProfileNode): Handled => {
    const { epoch, erasedAt } = after.strands[key] as StrandRow;
    const uses = after.uses[key];
    const page = NO_PAGE;
    const taken = handled(after, { kind: 'taken', epoch, erasedAt, stubs: after.stubs, page, ...(uses && { uses }) });
    return { ...taken, read: { strand: key, after: null } };
  };
  if (node.lock?.operation === operation && node.lock.taken === key) return answer(node);
  const row = node.strands[key];
  const uses = node.uses[key];
  if (node.state === 'none') return handled(node, { kind: 'unknown' });
  if (node.state === 'forwarded') return handled(node, { kind: 'moved', to: node.forward ?? node.pid });
  if (node.state !== 'live' || row?.state !== 'owned') return handled(node, { kind: 'refused' });
  const alone = Object.entries<StrandRow>(node.strands).every(
    ([other, { state }]) => other === key || state === 'gone',
  );
  const free =
    node.lock === null &&
    Object.keys(node.operations).length === 0 &&
    Object.keys(node.intents).length === 0 &&
    Object.values<KeptRow>(node.kept).every(({ state }) => state === 'gone') &&
    row.claimant === null &&
    node.anchor === key &&
    to < node.pid &&
    (at === undefined || (!isOver(row, uses, { kind: 'record', stamp: { at, seq: 0 } }, rules) && !isBefore(at, uses)));
  const known = row.epoch === from.epoch && row.erasedAt === from.erasedAt && !node.finished.includes(operation);
  if (!alone || !((free && known) || defects.has('takeWithoutGuard'))) return handled(node, { kind: 'refused' });
  return answer({
    ...node,
    expiry: null,
    strands: { ...node.strands, [key]: { ...row, epoch: row.epoch + 1, state: 'gone', to } },
    lock: { operation, coordinator: to, since: now, taken: key },
  });
}

/** Whether others have been met on it since: then there is more to decide. */
function isBefore(at: Instant, uses: DeviceUses | undefined): boolean {
  const last = uses && lastUse(uses);
  return last != null && at < last;
}

/** The host of a component takes over its links, who claims what, and who forwards here. */
function graph(
  node: ProfileNode,
  { operation, graph: hosted }: Extract<ProfileMessage, { kind: 'graph' }>,
  { now, defects }: ProtocolContext,
): Handled {
  if (node.lock?.operation !== operation && !defects.has('noLock')) return handled(node);
  const strands: Record<IdentityKey, StrandRow> = { ...node.strands };
  for (const [key, claimant] of Object.entries(hosted.claimants) as [IdentityKey, IdentityKey | null][]) {
    const row = strands[key];
    if (row && row.state !== 'gone') strands[key] = { ...row, claimant };
  }
  const kept: Record<KeptName, KeptRow> = { ...node.kept };
  const effects: FactEffect[] = [];
  for (const key of hosted.reopen) {
    const by = hosted.claimants[key];
    const name = by ? keptName(key, by) : null;
    if (name === null || kept[name]?.state !== 'kept') continue;
    delete kept[name];
    effects.push({ kind: 'rename', from: name, to: key });
  }
  const known = new Map([...node.stubs, ...hosted.stubs].map((stub) => [stub.pid, stub]));
  const stubs = [...known.values()].filter(({ at }) => now - at < PROTOCOL.stubMs).slice(-PROTOCOL.stubs);
  const { links, merges } = hosted;
  const uses = { ...node.uses, ...hosted.uses };
  return handled({ ...node, strands, kept, links, merges, stubs, uses }, { kind: 'ok' }, ...effects);
}
