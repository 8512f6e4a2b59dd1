import type { IdentityKey } from '../identity-key.ts';
import type { StitchRules } from '../replay/stitch-rules.ts';
import type { Defects } from './defects.ts';
import { advanceOperation, nextCall, positionOf } from './link-operation.ts';
import type { Handout, ProfileMessage, ProfileReply } from './message.ts';
import type { NodeFact } from './node-fact.ts';
import type { ProfileNode, StrandRow } from './node-state.ts';

export interface Handled {
  readonly node: ProfileNode;
  readonly reply: ProfileReply;
}

const OK: ProfileReply = { kind: 'ok' };

/** One call to a profile object: its whole effect is one write. Never calls out. */
export function handleProfile(
  node: ProfileNode,
  message: ProfileMessage,
  rules: StitchRules,
  defects: Defects,
): Handled {
  switch (message.kind) {
    case 'event':
      return onEvent(node, message, defects);
    case 'attempt': {
      const intent = node.intents[message.event];
      if (!intent || intent.attempt >= message.attempt) return { node, reply: OK };
      const operation = { id: message.id, coordinator: message.coordinator };
      return done({
        ...node,
        intents: { ...node.intents, [message.event]: { ...intent, attempt: message.attempt, operation } },
      });
    }
    case 'begin': {
      const { row } = message;
      const closed = node.state === 'erased' || node.state === 'erasing' || node.state === 'forwarded';
      if (closed || node.finished.includes(row.id) || node.operations[row.id]) return { node, reply: OK };
      return done({ ...node, operations: { ...node.operations, [row.id]: row } });
    }
    case 'advance':
      return onAdvance(node, message, rules, defects);
    case 'status':
      return { node, reply: { kind: 'closed', closed: !node.operations[message.operation] } };
    case 'lockAnswer':
      return message.closed && node.lock?.operation === message.operation
        ? done({ ...node, lock: null })
        : { node, reply: OK };
    case 'linked': {
      const { [message.event]: intent, ...intents } = node.intents;
      return intent ? done({ ...node, intents }) : { node, reply: OK };
    }
    case 'erase':
      return onErase(node, message, defects);
    case 'wipe':
      if (node.state !== 'erasing' || node.erasure?.request !== message.request) return { node, reply: OK };
      return done({ ...node, state: 'erased', strands: {}, facts: {}, links: [], intents: {}, lock: null });
    default:
      return onOperation(node, message, defects);
  }
}

function done(node: ProfileNode): Handled {
  return { node, reply: OK };
}

function opened(node: ProfileNode, expect: Readonly<Record<IdentityKey, Handout>>): ProfileNode {
  const strands = Object.entries(expect).map(([key, handout]): [string, StrandRow] => [
    key,
    { epoch: handout.epoch, erasedAt: handout.erasedAt, state: 'owned', to: null },
  ]);
  return { ...node, state: 'live', strands: Object.fromEntries(strands) };
}

function mayOpen(node: ProfileNode, defects: Defects): boolean {
  return node.state === 'none' || (defects.has('reviveErased') && node.state === 'erased');
}

function onEvent(node: ProfileNode, message: Extract<ProfileMessage, { kind: 'event' }>, defects: Defects): Handled {
  const { fact, handout, keys, stamp, verified } = message;
  const here = handout !== null && mayOpen(node, defects) ? opened(node, { [fact.strand]: handout }) : node;
  if (here.state === 'none' || here.state === 'erasing' || here.state === 'erased')
    return { node, reply: { kind: 'unknown' } };
  const strand = here.strands[fact.strand];
  if (!strand)
    return { node, reply: here.forward === null ? { kind: 'unknown' } : { kind: 'moved', to: here.forward } };
  if (strand.state === 'gone') return { node, reply: { kind: 'moved', to: strand.to ?? here.pid } };
  if (fact.at <= strand.erasedAt && !defects.has('noErasedAt')) return { node, reply: { kind: 'dropped' } };
  if (here.facts[fact.id]) return { node: here, reply: OK };
  const facts = { ...here.facts, [fact.id]: fact };
  if (keys.length < 2 || defects.has('noIntent')) return done({ ...here, facts });
  const intent = { keys, stamp, verified, attempt: 0, operation: null };
  return done({ ...here, facts, intents: { ...here.intents, [fact.id]: intent } });
}

function onAdvance(
  node: ProfileNode,
  message: Extract<ProfileMessage, { kind: 'advance' }>,
  rules: StitchRules,
  defects: Defects,
): Handled {
  const held = node.operations[message.operation];
  if (!held || positionOf(held) !== message.at) return { node, reply: OK };
  const next = advanceOperation(held, message.reply, rules, defects);
  const { [held.id]: _, ...others } = node.operations;
  if (nextCall(next) === null) return done({ ...node, operations: others, finished: [...node.finished, held.id] });
  return done({ ...node, operations: { ...others, [held.id]: next } });
}

function onErase(node: ProfileNode, message: Extract<ProfileMessage, { kind: 'erase' }>, defects: Defects): Handled {
  if (node.erasure?.request === message.request) return { node, reply: OK };
  if (node.state !== 'live') return { node, reply: { kind: 'refused' } };
  const open = node.lock !== null || Object.keys(node.operations).length > 0;
  if (open && !defects.has('eraseIgnoresLock')) return { node, reply: { kind: 'busy' } };
  return done({ ...node, state: 'erasing', erasure: { request: message.request, at: message.at } });
}

type OperationMessage = Extract<
  ProfileMessage,
  { kind: 'lock' | 'install' | 'switch' | 'import' | 'release' | 'graph' | 'forward' | 'unlock' }
>;

function onOperation(node: ProfileNode, message: OperationMessage, defects: Defects): Handled {
  const { operation } = message;
  if (message.kind === 'lock') return onLock(node, message, defects);
  if (message.kind === 'unlock') {
    const lock = node.lock?.operation === operation ? null : node.lock;
    return done({ ...node, lock, finished: [...new Set([...node.finished, operation])] });
  }
  if (message.kind === 'install') return onInstall(node, message, defects);
  const guarded = node.lock?.operation === operation || defects.has('noLock');
  if (message.kind === 'graph') return guarded ? done({ ...node, links: message.links }) : { node, reply: OK };
  if (message.kind === 'forward') {
    const empty = Object.values<StrandRow>(node.strands).every(({ state }) => state === 'gone');
    return guarded && empty
      ? done({ ...node, state: 'forwarded', forward: message.to, links: [] })
      : { node, reply: OK };
  }
  const strand = node.strands[message.key];
  if (!strand) return { node, reply: OK };
  const become = (row: StrandRow, facts: ProfileNode['facts']): ProfileNode => ({
    ...node,
    strands: { ...node.strands, [message.key]: row },
    facts,
  });
  if (message.kind === 'switch') {
    if (guarded && strand.state === 'owned' && strand.epoch < message.epoch) {
      const frozen = { ...strand, epoch: message.epoch, state: 'gone', to: message.to } as const;
      return {
        node: defects.has('noFreeze') ? node : become(frozen, node.facts),
        reply: { kind: 'rows', rows: rowsOf(node, message.key) },
      };
    }
    return { node, reply: { kind: 'rows', rows: rowsOf(node, message.key) } };
  }
  if (message.kind === 'import') {
    const due = strand.state === 'incoming' && strand.epoch === message.epoch;
    if (!due && !defects.has('noImportGuard')) return { node, reply: OK };
    const rows = Object.fromEntries(message.rows.map((fact) => [fact.id, fact]));
    return done(become({ ...strand, state: 'owned', to: null }, { ...node.facts, ...rows }));
  }
  const left = strand.state === 'gone' && strand.epoch === message.epoch;
  if (!left && !defects.has('noFreeze')) return { node, reply: OK };
  const facts = Object.fromEntries(Object.entries(node.facts).filter(([, fact]) => fact.strand !== message.key));
  return done(become({ ...strand, epoch: message.epoch, state: 'gone' }, facts));
}

function rowsOf(node: ProfileNode, key: IdentityKey): readonly NodeFact[] {
  return Object.values(node.facts).filter(({ strand }) => strand === key);
}

function onLock(node: ProfileNode, message: Extract<ProfileMessage, { kind: 'lock' }>, defects: Defects): Handled {
  const { operation, coordinator, expect } = message;
  // The memory of ended operations is bounded, so a lock may come when it is over: then only the lock alarm lets go.
  if (node.finished.includes(operation) && !defects.has('noLockAlarm')) return { node, reply: { kind: 'refused' } };
  const here = mayOpen(node, defects) ? opened(node, expect) : node;
  if (here.state !== 'live') return { node, reply: { kind: 'refused' } };
  if (here.lock !== null && here.lock.operation !== operation && !defects.has('noLock'))
    return { node, reply: { kind: 'busy' } };
  const missing = (Object.keys(expect) as IdentityKey[]).some((key) => here.strands[key]?.state !== 'owned');
  if (missing && !defects.has('noOwnershipCheck')) return { node, reply: { kind: 'refused' } };
  const owned = Object.entries<StrandRow>(here.strands)
    .filter(([, { state }]) => state === 'owned')
    .map(([key, { epoch, erasedAt }]) => [key, { epoch, erasedAt }] as const);
  const reply: ProfileReply = { kind: 'locked', owned: Object.fromEntries(owned), links: here.links };
  return { node: { ...here, lock: { operation, coordinator } }, reply };
}

function onInstall(
  node: ProfileNode,
  message: Extract<ProfileMessage, { kind: 'install' }>,
  defects: Defects,
): Handled {
  const { operation, coordinator, key, epoch, erasedAt } = message;
  if (node.finished.includes(operation)) return { node, reply: OK };
  const here = mayOpen(node, defects) ? { ...node, state: 'live' as const, lock: { operation, coordinator } } : node;
  const guarded = here.lock?.operation === operation || defects.has('noLock');
  const held = here.strands[key];
  if (!guarded || here.state !== 'live' || (held && held.epoch >= epoch)) return { node, reply: OK };
  const row = { epoch, erasedAt, state: 'incoming', to: null } as const;
  return done({ ...here, strands: { ...here.strands, [key]: row } });
}
