import type { UsedProof } from '../identity/used-proofs.ts';
import type { Instant, ProfileId, Sequence, Space } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { decodeLog } from '../segment/runtime/log/decode-log.ts';
import { encodeLog } from '../segment/runtime/log/encode-log.ts';
import { createLog, type Log } from '../segment/runtime/log/log.ts';
import type { Program } from '../segment/runtime/program.ts';
import { type FormerHead, fromFormerHead } from './former-snapshot.ts';
import { type FormerIntent, type FormerStrand, fromFormerStrands } from './former-strands.ts';
import { Memberships } from './memberships.ts';
import { CAUSES } from './outbox.ts';
import {
  applyChanged,
  type PackedChanged,
  type PackedMemberships,
  type PackedOutbox,
  packChanged,
  packMemberships,
  packOutbox,
  unpackMemberships,
  unpackOutbox,
} from './packed-head.ts';
import { type PackedStitch, packStitch, unpackStitch } from './packed-stitch.ts';
import { type PackedStrand, packStrand, unpackStrand } from './packed-strand.ts';
import { needsRebuild } from './rebuild.ts';
import { type ProfileState, refreshAttributes, type WaitingSession } from './state.ts';

/** Raise when the layout below changes; older snapshots are then rebuilt from facts. */
const CODEC = 3;
/** Strands with generations, and devices on their way instead of links. */
const GENERATIONS_CODEC = 2;
/** Posting lists instead of a log, and memberships in the head. */
const FORMER_CODEC = 1;
const FORMER_HEADER_BYTES = 12;
const HEADER_BYTES = 16;
/**
 * Sizes go in steps: SQLite overwrites a row of the same size in place, while another size frees its pages and takes new ones. Nearly
 * every visit keeps the size, and then writes half as many pages. Four steps still fit one page of 4,096 bytes beside its own head.
 */
const STEP_BYTES = 1000;
const SPACE = 0x20;

interface Head {
  readonly space: Space;
  readonly profile: ProfileId;
  readonly createdAt: Instant;
  readonly revision: number;
  readonly sequence: Sequence;
  readonly logHash: string;
  readonly strands: readonly PackedStrand[];
  readonly evaluatedAt: Instant;
  readonly outbox: PackedOutbox;
  readonly stitch?: PackedStitch;
  readonly linkSeq?: number;
  readonly sessions?: readonly WaitingSession[];
  readonly proofs?: readonly UsedProof[];
  readonly seenUntil?: Instant;
  readonly archiveKeys?: readonly string[];
  readonly activeAt: Instant;
  readonly armedAt: Instant | null;
  readonly sweptAt?: Instant;
  /** Memberships that are not as the stored form of all says. */
  readonly changed?: PackedChanged;
}

/** What layouts 1 and 2 held in another form. */
interface FormerLinks {
  readonly strands: readonly FormerStrand[];
  readonly intents: readonly FormerIntent[];
}

export type SnapshotProblem = 'newerCodec' | 'corrupt';
type DecodeText = (bytes: Uint8Array) => string;

/**
 * One snapshot: codec, length of the head, sequence, length of the memberships (four little-endian 32-bit numbers), the head and the memberships as
 * JSON, the log as columns from a multiple of 8 on.
 */
export function encodeSnapshot(state: ProfileState, encodeText: (text: string) => Uint8Array): Uint8Array {
  const { memberships } = state;
  const packed = memberships.packed ?? encodeText(JSON.stringify(packMemberships(memberships)));
  if (memberships.packed === null) memberships.keepPacked(packed);
  const stitch = packStitch(state.stitch, state.strands);
  const head: Head = {
    space: state.space,
    profile: state.profile,
    createdAt: state.createdAt,
    revision: state.revision,
    sequence: state.sequence,
    logHash: state.logHash,
    strands: state.strands.map(packStrand),
    evaluatedAt: state.evaluatedAt,
    outbox: packOutbox(state.outbox),
    ...(stitch && { stitch }),
    ...(state.linkSeq > 0 && { linkSeq: state.linkSeq }),
    ...(state.sessions.length > 0 && { sessions: state.sessions }),
    ...(state.proofs.length > 0 && { proofs: state.proofs }),
    ...(state.seenUntil !== null && { seenUntil: state.seenUntil }),
    ...(state.archiveKeys.length > 0 && { archiveKeys: state.archiveKeys }),
    activeAt: state.activeAt,
    armedAt: state.armedAt,
    ...(state.sweptAt !== null && { sweptAt: state.sweptAt }),
    changed: packChanged(memberships.changed),
  };
  const text = encodeText(JSON.stringify(head));
  const log = encodeLog(state.log, encodeText);
  const steps = Math.ceil((HEADER_BYTES + text.length + packed.length + log.length) / STEP_BYTES);
  const bytes = new Uint8Array(steps * STEP_BYTES);
  const logStart = bytes.length - log.length;
  const headLength = logStart - packed.length - HEADER_BYTES;
  const view = new DataView(bytes.buffer);
  view.setUint32(0, CODEC, true);
  view.setUint32(4, headLength, true);
  view.setUint32(8, state.sequence, true);
  view.setUint32(12, packed.length, true);
  bytes.set(text, HEADER_BYTES);
  // Spaces after JSON mean nothing.
  bytes.fill(SPACE, HEADER_BYTES + text.length, HEADER_BYTES + headLength);
  bytes.set(packed, HEADER_BYTES + headLength);
  bytes.set(log, logStart);
  return bytes;
}

/** The ruleset sequence that a stored profile has applied, without decoding the rest. */
export function snapshotSequence(bytes: Uint8Array): Sequence {
  return viewOf(bytes).getUint32(8, true) as Sequence;
}

/** Who is stored, without decoding the rest. */
export function snapshotOwner(bytes: Uint8Array, decodeText: DecodeText): Pick<Head, 'space' | 'profile'> {
  const start = viewOf(bytes).getUint32(0, true) === FORMER_CODEC ? FORMER_HEADER_BYTES : HEADER_BYTES;
  return JSON.parse(decodeText(bytes.subarray(start, start + viewOf(bytes).getUint32(4, true)))) as Head;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The state behind a snapshot, and whether its log must be rebuilt from facts because another program or layout made it. */
export function decodeSnapshot(
  bytes: Uint8Array,
  program: Program,
  decodeText: DecodeText,
): Result<{ readonly state: ProfileState; readonly rebuild: boolean }, SnapshotProblem> {
  if (bytes.length < HEADER_BYTES) return err('corrupt');
  const view = viewOf(bytes);
  const codec = view.getUint32(0, true);
  if (codec > CODEC) return err('newerCodec');
  const isFormer = codec === FORMER_CODEC;
  const start = isFormer ? FORMER_HEADER_BYTES : HEADER_BYTES;
  const headEnd = start + view.getUint32(4, true);
  const logStart = headEnd + (isFormer ? 0 : view.getUint32(12, true));
  if (logStart > bytes.length) return err('corrupt');
  const head = JSON.parse(decodeText(bytes.subarray(start, headEnd))) as Head;
  if (isFormer) {
    const { memberships, outbox } = fromFormerHead(head as unknown as FormerHead, CAUSES);
    const state = stateOf({ ...head, outbox, logHash: '', evaluatedAt: head.createdAt }, memberships, null, program);
    takeFormer(state, head as unknown as FormerLinks);
    // Nobody knows when it was evaluated last; flips since then are told as of the first visit under this layout.
    state.evaluatedAt = lastChange(state);
    return ok({ state, rebuild: true });
  }
  const packed = bytes.slice(headEnd, logStart);
  const memberships = JSON.parse(decodeText(packed)) as PackedMemberships;
  const isOther = head.logHash !== program.logHash;
  const log = isOther ? ok(null) : decodeLog(program.log, bytes.subarray(logStart), decodeText);
  if (!log.ok) return log;
  const state = stateOf(head, memberships, log.value, program);
  if (codec === GENERATIONS_CODEC) takeFormer(state, head as unknown as FormerLinks);
  state.memberships.keepPacked(packed);
  applyChanged(head.changed ?? [], state.memberships);
  return ok({ state, rebuild: isOther || needsRebuild(state, program) });
}

function stateOf(head: Head, memberships: PackedMemberships, log: Log | null, program: Program): ProfileState {
  const strands = head.strands.map(unpackStrand);
  const state: ProfileState = {
    space: head.space,
    profile: head.profile,
    createdAt: head.createdAt,
    revision: head.revision,
    sequence: head.sequence,
    logHash: head.logHash,
    strands,
    log: log ?? createLog(program.log),
    memberships: new Memberships(),
    evaluatedAt: head.evaluatedAt,
    outbox: unpackOutbox(head.outbox),
    stitch: unpackStitch(head.stitch, strands),
    linkSeq: head.linkSeq ?? 0,
    sessions: [...(head.sessions ?? [])],
    proofs: head.proofs ?? [],
    seenUntil: head.seenUntil ?? null,
    archiveKeys: head.archiveKeys ?? [],
    activeAt: head.activeAt ?? head.evaluatedAt,
    armedAt: head.armedAt,
    sweptAt: head.sweptAt ?? null,
    live: null,
    attributes: new Map(),
  };
  unpackMemberships(memberships, state.memberships);
  refreshAttributes(state);
  return state;
}

function takeFormer(state: ProfileState, { strands, intents }: FormerLinks): void {
  const taken = fromFormerStrands(state.profile, strands, intents);
  state.strands = [...taken.strands];
  state.stitch = taken.stitch;
  state.linkSeq = taken.stitch.links.length;
  state.sessions = intents.map(({ identity, person, at }) => ({
    device: identity,
    person,
    since: at,
    until: (at + limit('sessionMs')) as Instant,
  }));
  refreshAttributes(state);
}

function lastChange(state: ProfileState): Instant {
  let last: number = state.createdAt;
  for (const { lastSeen } of state.strands) last = Math.max(last, lastSeen);
  for (const [, { since }] of state.memberships) last = Math.max(last, since);
  return last as Instant;
}
