import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';
import { type DeviceUses, noteUse, userOf, usesFrom } from './device-uses.ts';
import { handleOwnIntent } from './handle-own-intent.ts';
import { finish, handleParticipant } from './handle-participant.ts';
import { type Handled, handled } from './handled.ts';
import type { Answer, Call, LinkOperation, ProfileReply, Stub } from './message.ts';
import type { ProfileNode } from './node-state.ts';
import { orphanedTo } from './open-strand.ts';
import { intentCalls, planOperation, unlockCalls } from './plan-operation.ts';
import { backOff, type ProtocolContext } from './protocol-context.ts';
import type { StrandRow } from './strand-row.ts';
import type { Expected } from './whereabouts.ts';

/** Where an operation stands; a driver that was overtaken by another one fails to advance and reads the row again. */
export function positionOf(operation: LinkOperation): string {
  const { phase, held, step, after } = operation;
  return `${phase}/${phase === 'locking' ? held.length : step}/${after ?? ''}`;
}

/** The one call that comes next, or null when the row may be deleted. */
export function nextCall(operation: LinkOperation): Call | null {
  const { id, coordinator, phase, participants, held } = operation;
  if (phase === 'fast') {
    const { pid, key, from } = takenFrom(operation);
    const { stamp, present } = operation.wish;
    const at = present ? {} : { at: stamp.at };
    return { kind: 'profile', to: pid, message: { kind: 'take', operation: id, key, from, to: coordinator, ...at } };
  }
  if (phase === 'locking') {
    const next = participants[held.length];
    if (next) {
      const { pid: to, expect } = next;
      return { kind: 'profile', to, message: { kind: 'lock', operation: id, coordinator, expect } };
    }
    const { wish, attempt, intentAt } = operation;
    const message = { kind: 'wanted', event: wish.event, attempt } as const;
    return { kind: 'profile', to: intentAt ?? coordinator, message };
  }
  const call = operation.script[operation.step] ?? null;
  if (call?.kind === 'copy') return { ...call, after: operation.after };
  if (call?.kind !== 'profile' || call.message.kind !== 'graph') return call;
  const { graph } = call.message;
  const reopen = (Object.keys(graph.claimants) as IdentityKey[]).filter((key) => operation.emptied.includes(key));
  return { ...call, message: { ...call.message, graph: { ...graph, reopen } } };
}

/** The device of a fast operation, and where it is believed to be. */
function takenFrom({ participants }: LinkOperation) {
  const { pid, expect } = participants[1] as LinkOperation['participants'][number];
  const [key, from] = Object.entries(expect)[0] as [IdentityKey, Expected];
  return { pid, key, from };
}

/** Writes down what a call of the operation was answered, and does in the same write what comes next at the coordinator itself. */
export function advanceOperation(
  node: ProfileNode,
  operation: LinkOperation,
  answer: Answer,
  context: ProtocolContext,
): Handled {
  if (answer === null) return handled(put(node, waiting(operation, context)));
  return runOwn(advance(node, operation, answer, context), operation.id, context);
}

/** Does everything of an operation that concerns only its coordinator, up to the next call to somebody else. */
export function runOwn(start: Handled, id: string, context: ProtocolContext): Handled {
  let { node, effects } = start;
  while (true) {
    const operation = node.operations[id];
    if (!operation || operation.notBefore > context.now) break;
    const call = nextCall(operation);
    if (call === null) {
      const { [id]: _, ...operations } = node.operations;
      node = finish({ ...node, operations }, id);
      break;
    }
    if (call.kind !== 'profile' || call.to !== node.pid) break;
    const own = ownCall(node, call.message, context);
    if (own === null) break;
    const after = advance(own.node, operation, { kind: 'profile', reply: own.reply }, context);
    node = after.node;
    effects = [...effects, ...own.effects, ...after.effects];
  }
  return { ...start, node, effects };
}

function ownCall(
  node: ProfileNode,
  message: Extract<Call, { kind: 'profile' }>['message'],
  context: ProtocolContext,
): Handled | null {
  switch (message.kind) {
    case 'lock':
    case 'install':
    case 'switch':
    case 'cut':
    case 'release':
    case 'graph':
    case 'forward':
    case 'unlock':
      return handleParticipant(node, message, context);
    case 'wanted':
    case 'linked':
    case 'aborted':
      return handleOwnIntent(node, message, context);
    default:
      return null;
  }
}

function put(node: ProfileNode, operation: LinkOperation): ProfileNode {
  return { ...node, operations: { ...node.operations, [operation.id]: operation } };
}

function waiting(operation: LinkOperation, { now }: ProtocolContext): LinkOperation {
  const { id, tries } = operation;
  return { ...operation, notBefore: backOff(id, tries, now), tries: tries + 1 };
}

function advance(
  node: ProfileNode,
  operation: LinkOperation,
  answer: Exclude<Answer, null>,
  context: ProtocolContext,
): Handled {
  const next = { ...operation, tries: 0, notBefore: context.now };
  if (operation.phase === 'fast' || operation.phase === 'locking') {
    if (answer.kind !== 'profile') return handled(node);
    return operation.phase === 'fast'
      ? onTakeAnswer(node, next, answer.reply)
      : handled(put(node, onLockAnswer(operation, next, answer.reply, context)));
  }
  return handled(put(node, onStepAnswer(next, answer)));
}

function onLockAnswer(
  operation: LinkOperation,
  next: LinkOperation,
  reply: ProfileReply,
  context: ProtocolContext,
): LinkOperation {
  if (reply.kind === 'busy') return waiting(operation, context);
  const all = next.participants.length;
  if (next.held.length < all) {
    if (reply.kind === 'never') return abort(next, orphanCalls(next, reply.keys, context));
    if (reply.kind !== 'locked') return abort(next);
    const held = [...next.held, reply];
    // With nobody waiting for it there is nobody to ask.
    return held.length === all && next.intentAt === null ? decide({ ...next, held }, context) : { ...next, held };
  }
  return reply.kind === 'ok' ? decide(next, context) : abort(next);
}

/** The commit point: from here the plan only goes forward. */
export function decide(operation: LinkOperation, context: ProtocolContext): LinkOperation {
  const plan = planOperation(operation, context);
  return plan === null ? abort(operation) : { ...operation, ...plan, held: [], phase: 'decided', step: 0 };
}

/** The participant asked last is closed: the directory must hear that it will not have these. */
function orphanCalls(
  { participants, held }: LinkOperation,
  keys: readonly IdentityKey[],
  context: ProtocolContext,
): readonly Call[] {
  const expect = participants[held.length]?.expect ?? {};
  return keys.flatMap((key): readonly Call[] => {
    const where = expect[key];
    return where ? [{ kind: 'directory', key, message: orphanedTo(key, where, context) }] : [];
  });
}

function abort(operation: LinkOperation, first: readonly Call[] = []): LinkOperation {
  const script = [...first, ...unlockCalls(operation, []), ...intentCalls(operation, 'aborted')];
  return { ...operation, held: [], phase: 'aborting', step: 0, script };
}

/** Import, links, claimant and unlock in one write; what the others must be told follows. */
function onTakeAnswer(node: ProfileNode, operation: LinkOperation, reply: ProfileReply): Handled {
  const { id, coordinator } = operation;
  const { pid, key } = takenFrom(operation);
  const unlock: Call = { kind: 'profile', to: coordinator, message: { kind: 'unlock', operation: id } };
  if (reply.kind !== 'taken') {
    const script = [unlock, ...intentCalls(operation, 'aborted'), { ...unlock, to: pid }];
    return handled(put(node, { ...operation, phase: 'aborting', step: 0, script }));
  }
  const { epoch, erasedAt, page, uses } = reply;
  const whole = page.next === null;
  const row: StrandRow = { epoch, erasedAt, state: whole ? 'owned' : 'incoming', to: null, claimant: null };
  const directory: Call = { kind: 'directory', key, message: { kind: 'move', owner: coordinator, epoch } };
  const copy: Call = { kind: 'copy', operation: id, from: pid, to: coordinator, strand: key, epoch, after: page.next };
  const script: readonly Call[] = [
    ...operation.script.map((call) => withTaken(call, key, uses, reply.stubs, operation.wish.stamp.at)),
    ...intentCalls(operation, 'linked'),
    ...(whole ? [unlock, directory] : [directory, copy, unlock]),
    { kind: 'profile', to: pid, message: { kind: 'release', operation: id, strand: key, epoch } },
  ];
  const emptied = whole && page.rows.length === 0 ? [key] : [];
  const decided: LinkOperation = { ...operation, phase: 'decided', step: 0, script, after: page.next, emptied };
  const here = put({ ...node, strands: { ...node.strands, [key]: row } }, decided);
  return handled(here, { kind: 'ok' }, { kind: 'takeIn', strand: key, page });
}

/** Of the graph that was planned before: who forwards here, and who used the device, is only known now. */
function withTaken(
  call: Call,
  key: IdentityKey,
  held: DeviceUses | undefined,
  stubs: readonly Stub[],
  at: Instant,
): Call {
  if (call.kind !== 'profile' || call.message.kind !== 'graph') return call;
  const { graph } = call.message;
  const by = graph.claimants[key] ?? null;
  const told = { ...graph, stubs: [...stubs, ...graph.stubs] };
  if (graph.uses?.[key] === undefined || by === null) return { ...call, message: { ...call.message, graph: told } };
  const noted = noteUse(held, at, by);
  const uses = { ...graph.uses, [key]: userOf(noted) === by ? noted : usesFrom(at, by) };
  return { ...call, message: { ...call.message, graph: { ...told, uses } } };
}

function onStepAnswer(next: LinkOperation, answer: Exclude<Answer, null>): LinkOperation {
  const { step, script } = next;
  const call = script[step];
  if (call?.kind === 'copy') {
    if (answer.kind === 'copied') {
      if (answer.next !== null) return { ...next, after: answer.next };
      const emptied = next.after === null && answer.rows === 0 ? [...next.emptied, call.strand] : next.emptied;
      return { ...next, step: step + 1, after: null, emptied };
    }
    // The source no longer has it (it was restored to before): what has come is all there is.
    const { operation, strand, epoch, to } = call;
    const page = { rows: [], next: null, carry: null };
    const close: Call = { kind: 'profile', to, message: { kind: 'import', operation, strand, epoch, page } };
    return { ...next, script: script.with(step, close), after: null };
  }
  const decided = next.phase === 'decided';
  if (decided && call?.kind === 'directory' && answer.kind === 'directory' && call.message.kind === 'move') {
    const { owner, epoch, erasedAt } = answer.node;
    // The directory knows better: somebody here was restored to an earlier state.
    if (owner !== null && (epoch > call.message.epoch || owner !== call.message.owner)) {
      const where = { owner, epoch, erasedAt };
      const fence: Call = { kind: 'profile', to: call.message.owner, message: { kind: 'fence', key: call.key, where } };
      return { ...next, step: step + 1, script: [...script, fence] };
    }
  }
  return { ...next, step: step + 1 };
}
