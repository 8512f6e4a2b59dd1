import { runOwn } from './drive-operation.ts';
import { handleLifetime } from './handle-lifetime.ts';
import { handleOwnIntent } from './handle-own-intent.ts';
import { handleParticipant, neverHere } from './handle-participant.ts';
import { type Handled, handled } from './handled.ts';
import type { LinkOperation, ProfileMessage } from './message.ts';
import type { ProfileNode } from './node-state.ts';
import type { ProtocolContext } from './protocol-context.ts';
import { wantLinks } from './want-links.ts';

/** One call to a profile object: its whole effect is one write. Never calls out. */
export function handleProfile(node: ProfileNode, message: ProfileMessage, context: ProtocolContext): Handled {
  switch (message.kind) {
    case 'begin':
      return begin(node, message.row, context);
    case 'status':
      return handled(node, { kind: 'closed', closed: !node.operations[message.operation] });
    case 'wish': {
      const { node: after, effects, outcome } = wantLinks(node, message.wish, context);
      return handled(after, { kind: outcome === 'refused' ? 'refused' : 'ok' }, ...effects);
    }
    case 'wanted':
    case 'linked':
    case 'aborted':
      return handleOwnIntent(node, message, context);
    case 'erase':
    case 'forget':
    case 'expire':
    case 'fence':
    case 'shorten':
    case 'disown':
      return handleLifetime(node, message, context);
    default:
      return handleParticipant(node, message, context);
  }
}

/** `closed` tells whoever waits for it that it has ended, or never will begin: try anew. */
function begin(node: ProfileNode, row: LinkOperation, context: ProtocolContext): Handled {
  if (node.operations[row.id]) return handled(node);
  const ended = node.finished.includes(row.id);
  const opens = Object.values(row.participants[0]?.expect ?? {}).some(
    ({ mayOpen }) => mayOpen || context.defects.has('hintMayOpen'),
  );
  const never = neverHere(node, row.participants[0]?.expect ?? {});
  if (never.length > 0 && !context.defects.has('reviveErased')) return handled(node, { kind: 'never', keys: never });
  if (ended || (node.state !== 'live' && !(node.state === 'none' && opens)))
    return handled(node, { kind: 'closed', closed: true });
  const fresh = { ...row, notBefore: context.now };
  return runOwn(handled({ ...node, operations: { ...node.operations, [row.id]: fresh } }), row.id, context);
}
