import type { IdentityKey } from '../identity-key.ts';
import { components } from '../replay/components.ts';
import { createGraph } from '../replay/identity-graph.ts';
import { planLinks } from '../replay/plan-links.ts';
import type { StitchRules } from '../replay/stitch-rules.ts';
import type { Defects } from './defects.ts';
import type { Handout, LinkOperation, OperationCall, ProfileReply } from './message.ts';
import { anchorOf, madePid, type Pid } from './pid.ts';

/** Where an operation stands; a driver that was overtaken by another one fails to advance and reads the row again. */
export function positionOf(operation: LinkOperation): string {
  return `${operation.phase}/${operation.phase === 'locking' ? operation.held.length : operation.step}`;
}

/** The one call that comes next, or null when the row may be deleted. */
export function nextCall(operation: LinkOperation): OperationCall | null {
  if (operation.phase === 'locking') {
    const participant = operation.participants[operation.held.length];
    if (!participant) return null;
    const { id, coordinator } = operation;
    return { to: participant.pid, message: { kind: 'lock', operation: id, coordinator, expect: participant.expect } };
  }
  const call = operation.script[operation.step];
  if (!call) return null;
  if ('to' in call && call.message.kind === 'import') {
    return { to: call.to, message: { ...call.message, rows: operation.rows[call.message.key] ?? [] } };
  }
  return call;
}

/** Writes down what a call was answered. The answer to the last lock is the commit point: from there the plan only goes forward. */
export function advanceOperation(
  operation: LinkOperation,
  reply: ProfileReply | null,
  rules: StitchRules,
  defects: Defects,
): LinkOperation {
  if (operation.phase !== 'locking') {
    const call = operation.script[operation.step];
    const rows =
      reply?.kind === 'rows' && call && 'to' in call && call.message.kind === 'switch'
        ? { ...operation.rows, [call.message.key]: reply.rows }
        : operation.rows;
    return { ...operation, step: operation.step + 1, rows };
  }
  if (reply?.kind === 'busy') return operation;
  if (reply?.kind !== 'locked') return abort(operation);
  const held = [...operation.held, reply];
  if (held.length < operation.participants.length) return { ...operation, held };
  return decide({ ...operation, held }, rules, defects);
}

function abort(operation: LinkOperation): LinkOperation {
  return { ...operation, phase: 'aborting', step: 0, script: unlocks(operation, []) };
}

function unlocks({ id, participants }: LinkOperation, made: readonly Pid[]): readonly OperationCall[] {
  const pids = [...participants.map(({ pid }) => pid), ...made];
  return pids.map((to) => ({ to, message: { kind: 'unlock', operation: id } }));
}

interface Owned extends Handout {
  readonly pid: Pid;
}

function decide(operation: LinkOperation, rules: StitchRules, defects: Defects): LinkOperation {
  const owned = new Map<IdentityKey, Owned>();
  operation.held.forEach(({ owned: here }, index) => {
    const pid = operation.participants[index]?.pid ?? operation.coordinator;
    for (const [key, handout] of Object.entries(here)) owned.set(key as IdentityKey, { ...handout, pid });
  });
  if (!defects.has('noOwnershipCheck') && operation.keys.some((key) => !owned.has(key))) return abort(operation);

  const links = operation.held.flatMap((held) => held.links);
  const { keys, stamp, verified } = operation;
  const request = { keys, stamp, verified, newcomers: new Set<IdentityKey>(), merges: 0, force: false };
  const { kept } = planLinks(createGraph(links), request, rules);
  const all = [...owned.keys()];
  const parts = components(all, kept).map((members) => ({ members, host: hostOf(members, operation, defects) }));
  const hostByKey = new Map(parts.flatMap(({ members, host }) => members.map((key) => [key, host] as const)));
  const made = parts.map(({ host }) => host).filter((host) => !operation.participants.some(({ pid }) => pid === host));
  const drained = operation.participants.map(({ pid }) => pid).filter((pid) => !parts.some(({ host }) => host === pid));
  const script: readonly OperationCall[] = [
    ...all.flatMap((key) => moveCalls(operation, key, owned.get(key) as Owned, hostByKey.get(key) as Pid, defects)),
    ...parts.map(({ members, host }): OperationCall => {
      const inside = new Set(members);
      return {
        to: host,
        message: { kind: 'graph', operation: operation.id, links: kept.filter(({ a }) => inside.has(a)) },
      };
    }),
    ...drained.flatMap((pid): readonly OperationCall[] => {
      const to = hostByKey.get(anchorOf(pid));
      return to === undefined ? [] : [{ to: pid, message: { kind: 'forward', operation: operation.id, to } }];
    }),
    ...unlocks(operation, made),
    { to: operation.intentAt, message: { kind: 'linked', event: operation.event, attempt: operation.attempt } },
  ];
  return { ...operation, phase: 'decided', step: 0, script };
}

/** The lowest profile whose anchor is inside hosts a component, so that forward pointers only go down. */
function hostOf(members: readonly IdentityKey[], { id, participants }: LinkOperation, defects: Defects): Pid {
  const candidates = participants.map(({ pid }) => pid).filter((pid) => members.includes(anchorOf(pid)));
  const sorted = candidates.toSorted();
  return (
    (defects.has('absorbUpwards') ? sorted.at(-1) : sorted[0]) ?? madePid(members.toSorted()[0] as IdentityKey, id)
  );
}

function moveCalls(
  { id: operation, coordinator }: LinkOperation,
  key: IdentityKey,
  { pid: from, epoch: held, erasedAt }: Owned,
  to: Pid,
  defects: Defects,
): readonly OperationCall[] {
  if (from === to) return [];
  const epoch = held + 1;
  const calls: readonly OperationCall[] = [
    { to, message: { kind: 'install', operation, coordinator, key, epoch, erasedAt } },
    { to: from, message: { kind: 'switch', operation, key, epoch, to } },
    { directory: key, message: { kind: 'move', owner: to, epoch } },
    { to, message: { kind: 'import', operation, key, epoch, rows: [] } },
  ];
  return defects.has('noRelease')
    ? calls
    : [...calls, { to: from, message: { kind: 'release', operation, key, epoch } }];
}
