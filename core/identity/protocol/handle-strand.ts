import type { IdentityKey } from '../identity-key.ts';
import type { DeviceUses } from './device-uses.ts';
import { type FactEffect, type Handled, handled } from './handled.ts';
import { NO_PAGE, type ProfileMessage } from './message.ts';
import type { ProfileNode } from './node-state.ts';
import type { ProtocolContext } from './protocol-context.ts';
import { isKeptName, type KeptName, type KeptRow, keptName, type StrandName, type StrandRow } from './strand-row.ts';

type StrandMessage = Extract<ProfileMessage, { kind: 'install' | 'switch' | 'cut' | 'read' | 'import' | 'release' }>;

/** What a participant does with one strand, living or kept. Each step is harmless when it is repeated or comes late. */
export function handleStrand(node: ProfileNode, message: StrandMessage, context: ProtocolContext): Handled {
  const { defects } = context;
  if (message.kind === 'install') return install(node, message, context);
  if (message.kind === 'cut') return cut(node, message, context);
  const { strand, epoch } = message;
  const row = rowOf(node, strand);
  if (!row) return handled(node, { kind: 'refused' });
  switch (message.kind) {
    case 'switch': {
      const locked = node.lock?.operation === message.operation || defects.has('noLock');
      const due = isKeptName(strand) ? row.state === 'kept' : row.state === 'owned' && row.epoch < epoch;
      return locked && due ? leave(node, message, context) : handled(node);
    }
    case 'read': {
      const frozen = (row.state === 'gone' && row.epoch === epoch) || defects.has('noFreeze');
      if (!frozen) return handled(node, { kind: 'refused' });
      return { ...handled(node, { kind: 'page', page: NO_PAGE }), read: { strand, after: message.after } };
    }
    case 'import': {
      const due = row.state === 'incoming' && row.epoch === epoch;
      if (!due && !defects.has('noImportGuard')) return handled(node);
      const whole = message.page.next === null || defects.has('importBeforeLastPage');
      const arrived = whole ? put(node, strand, { state: isKeptName(strand) ? 'kept' : 'owned', to: null }) : node;
      return handled(arrived, { kind: 'ok' }, { kind: 'takeIn', strand, page: message.page });
    }
    case 'release': {
      const left = (row.state === 'gone' && row.epoch === epoch) || defects.has('noFreeze');
      if (!left) return handled(node);
      const lock = node.lock?.taken === strand ? { ...node.lock, taken: null } : node.lock;
      const rest = isKeptName(strand) ? node : withUses(put(node, strand, { epoch, state: 'gone' }), strand, undefined);
      return handled({ ...rest, lock }, { kind: 'ok' }, { kind: 'leave', strand });
    }
  }
}

function rowOf(node: ProfileNode, strand: StrandName): StrandRow | KeptRow | undefined {
  return isKeptName(strand) ? node.kept[strand] : node.strands[strand];
}

type Changes = Partial<Pick<StrandRow, 'epoch' | 'to' | 'claimant'>> & {
  readonly state?: StrandRow['state'] | KeptRow['state'];
};

function put(node: ProfileNode, strand: StrandName, { to, claimant, ...changes }: Changes): ProfileNode {
  if (isKeptName(strand))
    return { ...node, kept: { ...node.kept, [strand]: { ...node.kept[strand], ...changes } as KeptRow } };
  const row = {
    ...node.strands[strand],
    ...changes,
    ...(to !== undefined && { to }),
    ...(claimant !== undefined && { claimant }),
  };
  return { ...node, strands: { ...node.strands, [strand]: row as StrandRow } };
}

function install(
  node: ProfileNode,
  message: Extract<ProfileMessage, { kind: 'install' }>,
  { now, defects }: ProtocolContext,
): Handled {
  const { operation, coordinator, strand, epoch, erasedAt } = message;
  if (node.finished.includes(operation)) return handled(node);
  const opens = node.state === 'none' || (defects.has('reviveErased') && node.state === 'erased');
  const lock = { operation, coordinator, since: now, taken: null };
  const here: ProfileNode = opens ? { ...node, state: 'live', lock } : node;
  const guarded = here.lock?.operation === operation || defects.has('noLock');
  const row = rowOf(here, strand);
  if (!guarded || here.state !== 'live' || (row && row.epoch >= epoch)) return handled(node);
  if (isKeptName(strand)) {
    const [key, by] = strand.split('\n') as [IdentityKey, IdentityKey];
    const kept: KeptRow = { key, by, epoch, state: 'incoming' };
    return handled({ ...here, kept: { ...here.kept, [strand]: kept } });
  }
  const fresh: StrandRow = { epoch, erasedAt, state: 'incoming', to: null, claimant: null };
  const told = withUses(here, strand, message.uses);
  return handled({ ...told, anchor: here.anchor ?? strand, strands: { ...here.strands, [strand]: fresh } });
}

/** Freezes what leaves, or closes a generation where it is. From here on nothing can be added behind the copy. */
function leave(
  node: ProfileNode,
  message: Extract<ProfileMessage, { kind: 'switch' }>,
  { defects }: ProtocolContext,
): Handled {
  const { strand, epoch, to, keepFor, until, uses } = message;
  if (defects.has('noFreeze')) return handled(node);
  const here = to === node.pid;
  const gone = put(node, strand, { epoch, state: here ? 'owned' : 'gone', to: here ? null : to, claimant: null });
  if (keepFor === null || isKeptName(strand)) return handled(gone);
  const name = keptName(strand, keepFor);
  const since = Math.max(node.strands[keepFor]?.epoch ?? 0, node.kept[name]?.epoch ?? 0);
  const closed: KeptRow = { key: strand, by: keepFor, epoch: since, state: 'kept' };
  const told = here && uses ? withUses(gone, strand, uses) : gone;
  return handled(
    { ...told, kept: { ...gone.kept, [name]: closed } },
    { kind: 'ok' },
    {
      kind: 'rename',
      from: strand,
      to: name,
      ...(until !== undefined && !defects.has('closesWhole') && { within: { after: null, until, closes: true } }),
    },
  );
}

/** Takes out of a living strand what happened while others used the device. A piece that has gone on already is not made again. */
function cut(
  node: ProfileNode,
  { operation, strand, pieces, uses }: Extract<ProfileMessage, { kind: 'cut' }>,
  { defects }: ProtocolContext,
): Handled {
  const guarded = node.lock?.operation === operation || defects.has('noLock');
  if (!guarded || node.strands[strand]?.state !== 'owned') return handled(node);
  const kept: Record<KeptName, KeptRow> = { ...node.kept };
  const effects: FactEffect[] = [];
  for (const { by, after, until, epoch } of pieces) {
    const name = keptName(strand, by);
    if ((kept[name]?.epoch ?? -1) > epoch) continue;
    kept[name] = { key: strand, by, epoch, state: 'kept' };
    effects.push({ kind: 'rename', from: strand, to: name, within: { after, until, closes: false } });
  }
  return handled({ ...withUses(node, strand, uses), kept }, { kind: 'ok' }, ...effects);
}

function withUses(node: ProfileNode, key: IdentityKey, known: DeviceUses | undefined): ProfileNode {
  const { [key]: held, ...others } = node.uses;
  if (held === known) return node;
  return { ...node, uses: known ? { ...others, [key]: known } : others };
}
