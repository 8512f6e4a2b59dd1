import type { IdentityKey } from '../identity-key.ts';
import { isPersonal } from '../replay/settle-strands.ts';
import { nextCall, positionOf } from './drive-operation.ts';
import { keptHere } from './handle-lifetime.ts';
import type { Call, OpenCall } from './message.ts';
import { askAgainAt } from './next-due.ts';
import type { ProfileNode } from './node-state.ts';
import type { ProtocolContext } from './protocol-context.ts';
import { callOfIntent } from './pursue-intent.ts';
import { keptName, type StrandRow } from './strand-row.ts';

/** Every call that open work of this node may make now. None: it is at rest, or waits (`nextDue`). */
export function openCalls(node: ProfileNode, context: ProtocolContext): readonly OpenCall[] {
  const { now } = context;
  const calls: OpenCall[] = [];
  const add = (work: string, at: string, call: Call | null) => {
    if (call !== null) calls.push({ work, at, call });
  };
  for (const operation of Object.values(node.operations)) {
    if (operation.notBefore <= now) add(`operation ${operation.id}`, positionOf(operation), nextCall(operation));
  }
  for (const intent of Object.values(node.intents)) {
    const { wish, attempt } = intent;
    const call = callOfIntent(node, intent, context);
    if (call?.kind === 'directory') {
      const { message } = call;
      const born = message.kind === 'resolve' && message.mint !== null ? ' born' : '';
      add(`intent ${wish.event}`, `${attempt}/${call.key}${born}`, call);
    } else add(`intent ${wish.event}`, `${attempt}${intent.operation ? ' begun' : ''}`, call);
  }
  const { lock } = node;
  if (lock && askAgainAt(node, context) <= now) {
    const message = { kind: 'status', operation: lock.operation } as const;
    add('lock', `${lock.operation}/${lock.since}`, { kind: 'profile', to: lock.coordinator, message });
  }
  addEnding(node, context, add);
  return calls;
}

type Add = (work: string, at: string, call: Call) => void;

function addEnding(node: ProfileNode, { madePid, rules }: ProtocolContext, add: Add): void {
  const { pid, erasure, expiry } = node;
  const owned = (Object.entries(node.strands) as [IdentityKey, StrandRow][]).filter(
    ([, { state }]) => state !== 'gone',
  );
  if (expiry !== null) {
    for (const [key, { epoch }] of owned) {
      if (expiry.agreed.includes(key)) continue;
      const { idleSince } = expiry;
      add('expiry', key, { kind: 'directory', key, message: { kind: 'release', owner: pid, epoch, idleSince } });
    }
  }
  if (node.state !== 'erasing' || erasure === null) return;
  const { request, at, suppress } = erasure;
  const reservedFor = (key: IdentityKey) => madePid(`${request}\n${key}`, pid);
  const rows = Object.entries(node.strands) as [IdentityKey, StrandRow][];
  // Also those whose directory has been told: they leave one by one.
  const asked = rows.filter(([key, { state, to }]) => state !== 'gone' || to === reservedFor(key));
  for (const [key, { epoch }] of owned) {
    const owner = reservedFor(key);
    // A device may be somebody else's tomorrow: it is blocked only where it is all that was asked to be erased.
    const blocks = suppress && (asked.length === 1 || isPersonal(key, rules));
    const message = { kind: 'erase', owner, epoch: epoch + 1, at, by: { request, pid }, suppress: blocks } as const;
    add('erasure', key, { kind: 'directory', key, message });
  }
  for (const { key, by } of keptHere(node)) {
    const to = node.strands[key]?.to;
    // It was never here: only the directory knows where it is.
    const call: Call = to
      ? { kind: 'profile', to, message: { kind: 'disown', key, by } }
      : { kind: 'directory', key, message: { kind: 'resolve', mint: null } };
    add(`use ${keptName(key, by)}`, to ?? '', call);
  }
  for (const stub of node.stubs)
    add('stub', stub.pid, { kind: 'profile', to: stub.pid, message: { kind: 'forget', host: pid, request } });
}
