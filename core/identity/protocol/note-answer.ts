import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';
import { advanceOperation, positionOf } from './drive-operation.ts';
import { decideExpiry, endIfTold } from './handle-lifetime.ts';
import { nextAttempt, withIntent } from './handle-own-intent.ts';
import { finish, unlock } from './handle-participant.ts';
import { type Handled, handled } from './handled.ts';
import type { Answer, OpenCall } from './message.ts';
import type { Intent, ProfileNode } from './node-state.ts';
import type { Pid } from './pid.ts';
import { backOff, PROTOCOL, type ProtocolContext } from './protocol-context.ts';
import { afterOrphans, noteWhereabouts, pursue } from './pursue-intent.ts';
import type { KeptName, StrandRow } from './strand-row.ts';

/** Writes down what an open call was answered. Overtaken by another driver: nothing happens. */
export function noteAnswer(node: ProfileNode, open: OpenCall, answer: Answer, context: ProtocolContext): Handled {
  const space = open.work.indexOf(' ');
  const kind = space < 0 ? open.work : open.work.slice(0, space);
  const name = open.work.slice(space + 1);
  switch (kind) {
    case 'operation': {
      const operation = node.operations[name];
      if (!operation || positionOf(operation) !== open.at) return handled(node);
      return advanceOperation(node, operation, answer, context);
    }
    case 'intent': {
      const intent = node.intents[name];
      return intent ? noteIntent(node, intent, open, answer, context) : handled(node);
    }
    case 'lock':
      return noteLock(node, open, answer, context);
    case 'expiry':
      return noteExpiry(node, open, answer, context);
    default:
      return noteErasure(node, open, answer, context);
  }
}

function noteIntent(
  node: ProfileNode,
  intent: Intent,
  open: OpenCall,
  answer: Answer,
  context: ProtocolContext,
): Handled {
  const { call } = open;
  if (!open.at.startsWith(`${intent.attempt}`) || Number.parseInt(open.at, 10) !== intent.attempt) return handled(node);
  if (answer === null) {
    return handled(withIntent(node, { ...intent, notBefore: backOff(intent.wish.event, intent.attempt, context.now) }));
  }
  if (call.kind === 'directory') {
    if (answer.kind !== 'directory' || intent.operation !== null) return handled(node);
    return noteWhereabouts(node, intent, call.key, answer.node, context);
  }
  if (call.kind !== 'profile' || answer.kind !== 'profile') return handled(node);
  if (call.message.kind === 'wanted') return pursue(node, intent, context);
  if (intent.operation?.row === null || intent.operation === null) return handled(node);
  const { reply } = answer;
  if (reply.kind === 'never') {
    const expect = intent.operation.row.participants[0]?.expect ?? {};
    const found = Object.fromEntries(Object.entries(expect).filter(([key]) => reply.keys.includes(key as IdentityKey)));
    return handled(withIntent(node, afterOrphans(intent, found, context)));
  }
  // It ended, or cannot begin where it should: another attempt finds out who is there now.
  if (reply.kind !== 'ok') return handled(withIntent(node, nextAttempt(intent, context)));
  return handled(withIntent(node, { ...intent, notBefore: (context.now + PROTOCOL.askAgainMs) as Instant }));
}

function noteLock(node: ProfileNode, open: OpenCall, answer: Answer, context: ProtocolContext): Handled {
  const { lock } = node;
  if (lock === null || open.at !== `${lock.operation}/${lock.since}`) return handled(node);
  if (answer?.kind === 'profile' && answer.reply.kind === 'closed' && answer.reply.closed) {
    const rows = Object.entries<StrandRow>(node.strands).map(([key, row]) => [
      key,
      // Its coordinator was restored to before it: what has come is all there is.
      row.state === 'incoming' ? { ...row, state: 'owned' } : row,
    ]);
    return handled(finish(unlock({ ...node, strands: Object.fromEntries(rows) }, context), lock.operation));
  }
  return handled({ ...node, lock: { ...lock, since: context.now } });
}

function noteExpiry(node: ProfileNode, open: OpenCall, answer: Answer, context: ProtocolContext): Handled {
  const { expiry } = node;
  if (expiry === null || answer === null) return handled(node);
  if (answer.kind !== 'directory') return handled(node);
  // Somebody asked for it since: whoever that is, is on the way here.
  if (answer.node.releasing !== node.pid) return handled({ ...node, expiry: null });
  const agreed = [...new Set([...expiry.agreed, open.at as IdentityKey])];
  return decideExpiry({ ...node, expiry: { ...expiry, agreed } }, context);
}

function noteErasure(node: ProfileNode, open: OpenCall, answer: Answer, context: ProtocolContext): Handled {
  if (node.state !== 'erasing' || answer === null) return handled(node);
  if (open.work === 'stub') {
    if (answer.kind !== 'profile' || answer.reply.kind === 'busy') return handled(node);
    return endIfTold(handled({ ...node, stubs: node.stubs.filter(({ pid }) => pid !== open.at) }), context);
  }
  if (open.work.startsWith('use '))
    return noteUseForgotten(node, open.work.slice(4) as KeptName, open, answer, context);
  const key = open.at as IdentityKey;
  const row = node.strands[key];
  if (answer.kind !== 'directory' || !row || row.state === 'gone') return handled(node);
  const gone: StrandRow = { ...row, epoch: answer.node.epoch, state: 'gone', to: answer.node.owner };
  return endIfTold(handled({ ...node, strands: { ...node.strands, [key]: gone } }), context);
}

/** A device that is with somebody else by now names the erased person no more, or is still being followed to where it is. */
function noteUseForgotten(
  node: ProfileNode,
  name: KeptName,
  open: OpenCall,
  answer: Exclude<Answer, null>,
  context: ProtocolContext,
): Handled {
  const row = node.kept[name];
  if (!row || row.state === 'gone' || (node.strands[row.key]?.to ?? '') !== open.at) return handled(node);
  const done = { ...node, kept: { ...node.kept, [name]: { ...row, state: 'gone' as const } } };
  if (answer.kind === 'profile') {
    const { reply } = answer;
    if (reply.kind === 'busy') return handled(node);
    if (reply.kind === 'moved' && reply.to !== node.pid) return handled(followed(node, row.key, reply.to));
    // Whoever had it may have ended after it went on: the directory knows where to.
    if (reply.kind === 'unknown') return handled(followed(node, row.key, null));
    return endIfTold(handled(done), context);
  }
  if (answer.kind !== 'directory') return handled(node);
  const { owner, epoch } = answer.node;
  // Where it was when it was followed last nobody knows it any more, and it has not been anywhere since.
  const isNews = owner !== null && owner !== node.pid && epoch > (node.strands[row.key]?.epoch ?? -1);
  return isNews ? handled(followed(node, row.key, owner, epoch)) : endIfTold(handled(done), context);
}

function followed(node: ProfileNode, key: IdentityKey, to: Pid | null, since = -1): ProfileNode {
  const { epoch, erasedAt } = node.strands[key] ?? { epoch: since, erasedAt: -1 };
  const row: StrandRow = { epoch: Math.max(epoch, since), erasedAt, state: 'gone', to, claimant: null };
  return { ...node, strands: { ...node.strands, [key]: row } };
}
