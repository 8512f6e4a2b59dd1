import { type Handled, handled } from './handled.ts';
import type { ProfileMessage } from './message.ts';
import type { Intent, ProfileNode } from './node-state.ts';
import { backOff, type ProtocolContext } from './protocol-context.ts';

/** What an operation tells, or asks, the profile whose event it works for. */
export function handleOwnIntent(
  node: ProfileNode,
  message: Extract<ProfileMessage, { kind: 'wanted' | 'linked' | 'aborted' }>,
  context: ProtocolContext,
): Handled {
  const intent = node.intents[message.event];
  const current = intent?.attempt === message.attempt;
  if (message.kind === 'wanted') return handled(node, { kind: current ? 'ok' : 'refused' });
  if (!intent) return handled(node);
  if (message.kind === 'linked') return handled(withoutIntent(node, message.event));
  return handled(current ? withIntent(node, nextAttempt(intent, context)) : node);
}

export function withIntent(node: ProfileNode, intent: Intent): ProfileNode {
  return { ...node, intents: { ...node.intents, [intent.wish.event]: intent } };
}

export function withoutIntent(node: ProfileNode, event: string): ProfileNode {
  const { [event]: _, ...intents } = node.intents;
  return { ...node, intents };
}

/** Starts over: hints are not believed again, the first time at once. */
export function nextAttempt(intent: Intent, { now }: ProtocolContext): Intent {
  const { wish, attempt } = intent;
  const notBefore = attempt === 0 ? now : backOff(wish.event, attempt, now);
  return { ...intent, attempt: attempt + 1, notBefore, found: {}, unborn: {}, orphans: {}, operation: null };
}
