import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';
import { components } from '../replay/components.ts';
import { closedUses, type DeviceUses } from './device-uses.ts';
import { hostsOf } from './hosts.ts';
import type { Call, HostedGraph, LinkOperation, ProfileMessage, Stub } from './message.ts';
import type { Pid } from './pid.ts';
import { linkingKeys, planUses } from './plan-uses.ts';
import { planWish } from './plan-wish.ts';
import type { ProtocolContext } from './protocol-context.ts';
import { settleClaims } from './settle-claims.ts';
import { type KeptName, type KeptRow, keptName, type StrandName, type StrandRow } from './strand-row.ts';
import { isErased } from './whereabouts.ts';

export interface OperationPlan {
  readonly script: readonly Call[];
  /** Strands whose living facts are left behind. */
  readonly emptied: readonly StrandName[];
}

/** What goes from where to where. */
interface Move {
  readonly strand: StrandName;
  readonly from: Pid;
  readonly to: Pid;
  readonly epoch: number;
  readonly erasedAt: number;
  readonly keepFor: IdentityKey | null;
  readonly until?: Instant;
  readonly uses?: DeviceUses;
}

/**
 * The plan of an operation that holds all its locks: everything that must happen from here on, in order, each step harmless when
 * repeated. Null: an identity of the wish is not held after all.
 */
export function planOperation(operation: LinkOperation, context: ProtocolContext): OperationPlan | null {
  const { rules, defects } = context;
  const held = operation.held.map((reply, index) => ({ pid: operation.participants[index]?.pid as Pid, reply }));
  const rows = new Map<IdentityKey, StrandRow>();
  const homes = new Map<IdentityKey, Pid>();
  for (const { pid, reply } of held) {
    for (const [key, row] of entries(reply.owned)) {
      rows.set(key, row);
      homes.set(key, pid);
    }
  }
  const { wish } = operation;
  if (wish.keys.some((key) => !rows.has(key)) && !defects.has('noOwnershipCheck')) return null;
  const keys = wish.keys.filter((key) => {
    const row = rows.get(key);
    return !row || !isErased(row, wish.stamp.at) || defects.has('noErasedAt');
  });
  const links = held.flatMap(({ reply }) => reply.links);
  const merges = held.reduce((sum, { reply }) => sum + reply.merges, 0);
  const known: Readonly<Record<IdentityKey, DeviceUses>> = Object.assign({}, ...held.map(({ reply }) => reply.uses));
  const linking = linkingKeys({ ...wish, keys }, (key) => rows.get(key), known, rules);
  const plan = planWish(links, { ...wish, keys: linking }, { merges, newcomers: operation.newcomers }, rules);
  const parts = components([...rows.keys()], plan.links);
  const claims = settleClaims(parts, rows, plan.travels || defects.has('keptTravels'), rules);
  const used = planUses({ ...wish, keys }, rows, known, claims, plan.travels, rules);
  const hosts = hostsOf(parts, held, homes, operation.id, context);
  const hostOf = new Map(parts.flatMap((members, part) => members.map((key) => [key, hosts[part] as Pid] as const)));

  const moves = [...rows].flatMap(([key, row]): readonly Move[] => {
    const from = homes.get(key) as Pid;
    const to = hostOf.get(key) as Pid;
    const keepFor = claims.closing.get(key) ?? null;
    if (from === to && keepFor === null) return [];
    const uses = rules.policy.anonymousHistory === 'stay' ? (used.uses.get(key) ?? known[key]) : undefined;
    const until = used.until.get(key);
    const told = { ...(uses && { uses }), ...(until !== undefined && { until }) };
    return [{ strand: key, from, to, epoch: row.epoch + 1, erasedAt: row.erasedAt, keepFor, ...told }];
  });
  const epochOf = (key: IdentityKey, by: IdentityKey) => {
    const same = held.flatMap(({ reply }) => reply.kept.filter((row) => row.key === key && row.by === by));
    return Math.max(rows.get(by)?.epoch ?? 0, ...same.map(({ epoch }) => epoch)) + 1;
  };
  const cuts = [...used.late].flatMap((key): readonly Cut[] => {
    const uses = used.uses.get(key) ?? known[key];
    const pieces = (uses ? closedUses(uses) : []).filter(({ by, until }) => {
      const owner = rows.get(by);
      return owner && hostOf.get(by) !== hostOf.get(key) && !isErased(owner, until);
    });
    if (!uses || pieces.length === 0 || defects.has('noCut')) return [];
    const told = pieces.map((piece) => ({ ...piece, epoch: epochOf(key, piece.by) }));
    return [{ from: homes.get(key) as Pid, strand: key, uses, pieces: told }];
  });
  const times = new Map<KeptName, number>();
  const keptMoves = keptAt(held, moves, cuts, rows).flatMap(({ pid: from, row }): readonly Move[] => {
    const to = hostOf.get(row.by);
    if (to === undefined || to === from || defects.has('noKeptMove')) return [];
    const strand = keptName(row.key, row.by);
    // Above every epoch that it has had at those who take part, and each of several moves of it above the one before.
    const time = (times.get(strand) ?? 0) + 1;
    times.set(strand, time);
    return [
      {
        strand,
        from,
        to,
        epoch: defects.has('keptEpochOfPerson') ? (rows.get(row.by)?.epoch ?? 0) + 1 : epochOf(row.key, row.by) + time,
        erasedAt: -1,
        keepFor: null,
      },
    ];
  });
  const drained = held.filter(({ pid }) => !hosts.includes(pid));
  const forwards = drained.flatMap(({ pid, reply }) => {
    const to = reply.anchor === null ? undefined : hostOf.get(reply.anchor);
    return to === undefined ? [] : [{ pid, to, stubs: [...reply.stubs, { pid, at: context.now }] }];
  });
  const graphs = parts.map((members, part): Call => {
    const host = hosts[part] as Pid;
    const inside = new Set(members);
    const graph: HostedGraph = {
      links: plan.links.filter(({ a }) => inside.has(a)),
      claimants: Object.fromEntries(members.map((key) => [key, claims.claimants.get(key) ?? null])),
      merges:
        (inside.has(keys[0] as IdentityKey) ? plan.merges : 0) +
        held.reduce((sum, { pid, reply }) => {
          const anchored = reply.anchor !== null && hostOf.has(reply.anchor) ? inside.has(reply.anchor) : pid === host;
          return anchored ? sum + reply.merges : sum;
        }, 0),
      uses: Object.fromEntries([...used.uses].filter(([key]) => inside.has(key))),
      reopen: [],
      stubs: forwards.flatMap(({ to, stubs }): readonly Stub[] => (to === host ? stubs : [])),
    };
    return { kind: 'profile', to: host, message: { kind: 'graph', operation: operation.id, graph } };
  });
  const script: readonly Call[] = [
    ...cuts.map(({ from, ...cut }): Call => tell(from, { kind: 'cut', operation: operation.id, ...cut })),
    ...moves.flatMap((move) => moveCalls(operation, move, context)),
    ...keptMoves.flatMap((move) => moveCalls(operation, move, context)),
    ...graphs,
    ...forwards.map(({ pid, to }): Call => tell(pid, { kind: 'forward', operation: operation.id, to })),
    ...unlockCalls(
      operation,
      hosts.filter((host) => !held.some(({ pid }) => pid === host)),
    ),
    ...intentCalls(operation, 'linked'),
  ];
  return { script, emptied: [...claims.closing.keys()] };
}

interface Cut {
  readonly from: Pid;
  readonly strand: IdentityKey;
  readonly uses: DeviceUses;
  readonly pieces: Extract<ProfileMessage, { kind: 'cut' }>['pieces'];
}

function tell(to: Pid, message: Extract<Call, { kind: 'profile' }>['message']): Call {
  return { kind: 'profile', to, message };
}

export function unlockCalls({ id, participants }: LinkOperation, made: readonly Pid[]): readonly Call[] {
  const pids = [...participants.map(({ pid }) => pid), ...made];
  return pids.map((to) => tell(to, { kind: 'unlock', operation: id }));
}

export function intentCalls(
  { intentAt, wish: { event }, attempt }: LinkOperation,
  kind: 'linked' | 'aborted',
): readonly Call[] {
  return intentAt === null ? [] : [tell(intentAt, { kind, event, attempt })];
}

/** Everything kept at the participants, with what these moves leave behind. */
function keptAt(
  held: readonly { readonly pid: Pid; readonly reply: LinkOperation['held'][number] }[],
  moves: readonly Move[],
  cuts: readonly Cut[],
  rows: ReadonlyMap<IdentityKey, StrandRow>,
): readonly { readonly pid: Pid; readonly row: Pick<KeptRow, 'key' | 'by'> }[] {
  const all = new Map<string, { pid: Pid; row: Pick<KeptRow, 'key' | 'by'> }>();
  const add = (pid: Pid, row: Pick<KeptRow, 'key' | 'by'>) =>
    all.set(`${pid}\n${keptName(row.key, row.by)}`, { pid, row });
  for (const { pid, reply } of held) for (const row of reply.kept) if (row.state === 'kept') add(pid, row);
  for (const { strand, from, keepFor } of moves) {
    if (keepFor !== null && rows.has(strand as IdentityKey)) add(from, { key: strand as IdentityKey, by: keepFor });
  }
  for (const { from, strand, pieces } of cuts) for (const { by } of pieces) add(from, { key: strand, by });
  return [...all.values()];
}

function moveCalls(
  { id: operation, coordinator }: LinkOperation,
  { strand, from, to, epoch, erasedAt, keepFor, until, uses }: Move,
  { defects }: ProtocolContext,
): readonly Call[] {
  const directory: readonly Call[] = strand.includes('\n')
    ? []
    : [{ kind: 'directory', key: strand as IdentityKey, message: { kind: 'move', owner: to, epoch } }];
  const told = uses && { uses };
  const leave = tell(from, {
    kind: 'switch',
    operation,
    strand,
    epoch,
    to,
    keepFor,
    ...(until !== undefined && { until }),
    ...(from === to && told),
  });
  if (from === to) return [leave, ...directory];
  const calls: readonly Call[] = [
    tell(to, {
      kind: 'install',
      operation,
      coordinator,
      strand,
      epoch,
      erasedAt,
      ...(!defects.has('usesStay') && told),
    }),
    leave,
    ...directory,
    { kind: 'copy', operation, from, to, strand, epoch, after: null },
  ];
  return defects.has('noRelease') ? calls : [...calls, tell(from, { kind: 'release', operation, strand, epoch })];
}

function entries(owned: Readonly<Record<IdentityKey, StrandRow>>): readonly (readonly [IdentityKey, StrandRow])[] {
  return Object.entries(owned) as unknown as (readonly [IdentityKey, StrandRow])[];
}
