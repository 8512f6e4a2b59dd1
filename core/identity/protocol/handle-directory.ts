import type { Defects } from './defects.ts';
import type { DirectoryMessage } from './message.ts';
import type { DirectoryNode } from './node-state.ts';

/** One call to a directory object: the higher epoch wins, whatever the order of arrival. */
export function handleDirectory(node: DirectoryNode, message: DirectoryMessage, defects: Defects): DirectoryNode {
  if (message.kind === 'resolve') return node;
  if (message.epoch <= node.epoch && !defects.has('noDirectoryEpoch')) return node;
  const { owner, epoch } = message;
  if (message.kind === 'erase') return { owner, epoch, erasedAt: message.at, erasedBy: message.by };
  return { ...node, owner, epoch };
}
