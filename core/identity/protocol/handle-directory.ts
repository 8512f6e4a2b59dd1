import type { DirectoryNode } from './directory-node.ts';
import type { DirectoryMessage } from './message.ts';
import type { Pid } from './pid.ts';
import { PROTOCOL, type ProtocolContext } from './protocol-context.ts';

/** What a directory knows beside its node. */
export type DirectoryContext = Pick<ProtocolContext, 'now' | 'defects'>;

/** One call to a directory object: the higher epoch wins, whatever the order of arrival. The same node: nothing to write. */
export function handleDirectory(
  node: DirectoryNode,
  message: DirectoryMessage,
  context: DirectoryContext,
): DirectoryNode {
  if (message.kind === 'resolve') return resolve(node, message.mint, context);
  if (message.kind === 'release') {
    const { owner, epoch, idleSince } = message;
    // An empty one of a lazy namespace means its birth profile, which is at epoch 1.
    const its = node.owner === owner ? node.epoch === epoch : node.owner === null && epoch === 1;
    return its && node.seenAt <= idleSince ? { ...node, releasing: owner } : node;
  }
  if (message.epoch <= node.epoch && !context.defects.has('noDirectoryEpoch')) return node;
  const moved = owned(node, message.owner, message.epoch, context);
  if (message.kind === 'move') return moved;
  const { at, by, suppress } = message;
  const erasedAt = context.defects.has('noErasedAt') ? node.erasedAt : Math.max(node.erasedAt, at);
  return { ...moved, erasedAt, erasedBy: by, suppressed: node.suppressed || suppress };
}

function resolve(node: DirectoryNode, mint: Pid | null, context: DirectoryContext): DirectoryNode {
  const fresh = node.owner === null || context.defects.has('mintBlindly');
  if (mint !== null && fresh && !node.suppressed)
    return { ...owned(node, mint, Math.max(1, node.epoch), context), seenAt: context.now };
  // Nobody's name is written down because somebody asked for it.
  if (node.owner === null) return node;
  const seen = context.now - node.seenAt < PROTOCOL.seenStepMs;
  return seen && node.releasing === null ? node : { ...node, seenAt: context.now, releasing: null };
}

function owned(node: DirectoryNode, owner: Pid, epoch: number, { now }: DirectoryContext): DirectoryNode {
  const owners = [...node.owners, { pid: owner, at: now }].slice(-PROTOCOL.owners);
  return { ...node, owner, epoch, owners, releasing: null };
}
