import type { Instant } from '../../lib/ids.ts';
import type { Intent, ProfileNode } from './node-state.ts';
import { PROTOCOL, type ProtocolContext } from './protocol-context.ts';
import { callOfIntent } from './pursue-intent.ts';

/** When to look again, or null: nothing is open. At once when it lies in the past. */
export function nextDue(node: ProfileNode, context: ProtocolContext): Instant | null {
  const dues = [
    ...Object.values(node.operations).map(({ notBefore }) => notBefore),
    ...Object.values(node.intents).map((intent) => pursueAt(node, intent, context)),
    ...(node.lock ? [askAgainAt(node, context)] : []),
    ...(node.state === 'erasing' || node.expiry !== null ? [context.now] : []),
  ].filter(Number.isFinite);
  return dues.length === 0 ? null : (Math.min(...dues) as Instant);
}

/** One that waits for its own operation, or for a lock here, has no time of its own. */
function pursueAt(node: ProfileNode, intent: Intent, context: ProtocolContext): Instant {
  if (intent.notBefore > context.now) return intent.notBefore;
  return callOfIntent(node, intent, context) ? context.now : (Number.POSITIVE_INFINITY as Instant);
}

/** A lock whose operation runs here needs nobody to ask. */
export function askAgainAt({ lock, operations }: ProfileNode, { defects }: ProtocolContext): Instant {
  const never = lock === null || operations[lock.operation] !== undefined || defects.has('noLockAlarm');
  return (never ? Number.POSITIVE_INFINITY : lock.since + PROTOCOL.askAgainMs) as Instant;
}
