import type { Instant, ProfileId, Sequence, Space } from '../lib/ids.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { createPostings, decodePostings, encodePostings } from '../segment/postings.ts';
import type { SegmentRuntime } from '../segment/runtime.ts';
import {
  type PackedMemberships,
  type PackedOutbox,
  type PackedStrand,
  packMemberships,
  packOutbox,
  packStrand,
  unpackMemberships,
  unpackOutbox,
  unpackStrand,
} from './packed-head.ts';
import { type LinkIntent, type ProfileState, refreshAttributes } from './state.ts';

/** Raise when the layout below changes; older snapshots are then rebuilt from facts. */
const CODEC = 1;
const HEADER_BYTES = 12;
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
  readonly programHash: string;
  readonly strands: readonly PackedStrand[];
  readonly memberships: PackedMemberships;
  readonly nextChange: Instant | null;
  readonly outbox: PackedOutbox;
  readonly intents: readonly LinkIntent[];
  readonly armedAt: Instant | null;
}

export type SnapshotProblem = 'newerCodec' | 'corrupt';

/** One snapshot: codec, length of the head, sequence (three little-endian 32-bit numbers), the head as JSON, the posting lists as columns. */
export function encodeSnapshot(state: ProfileState, encodeText: (text: string) => Uint8Array): Uint8Array {
  const head: Head = {
    space: state.space,
    profile: state.profile,
    createdAt: state.createdAt,
    revision: state.revision,
    sequence: state.sequence,
    programHash: state.programHash,
    strands: state.strands.map(packStrand),
    memberships: packMemberships(state.memberships),
    nextChange: state.nextChange,
    outbox: packOutbox(state.outbox),
    intents: state.intents,
    armedAt: state.armedAt,
  };
  const text = encodeText(JSON.stringify(head));
  const postings = encodePostings(state.postings);
  const steps = Math.ceil((HEADER_BYTES + text.length + postings.length) / STEP_BYTES);
  const bytes = new Uint8Array(steps * STEP_BYTES);
  const headLength = bytes.length - HEADER_BYTES - postings.length;
  const view = new DataView(bytes.buffer);
  view.setUint32(0, CODEC, true);
  view.setUint32(4, headLength, true);
  view.setUint32(8, state.sequence, true);
  bytes.set(text, HEADER_BYTES);
  // Spaces after JSON mean nothing.
  bytes.fill(SPACE, HEADER_BYTES + text.length, HEADER_BYTES + headLength);
  bytes.set(postings, HEADER_BYTES + headLength);
  return bytes;
}

/** The ruleset sequence that a stored profile has applied, without decoding the rest. */
export function snapshotSequence(bytes: Uint8Array): Sequence {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(8, true) as Sequence;
}

/** The space that a stored profile belongs to. */
export function snapshotSpace(bytes: Uint8Array, decodeText: (bytes: Uint8Array) => string): Space {
  return headOf(bytes, decodeText).space;
}

function headOf(bytes: Uint8Array, decodeText: (bytes: Uint8Array) => string): Head {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, true);
  return JSON.parse(decodeText(bytes.subarray(HEADER_BYTES, HEADER_BYTES + length))) as Head;
}

/** The state behind a snapshot, and whether its derived part must be rebuilt from facts because another program made it. */
export function decodeSnapshot(
  bytes: Uint8Array,
  runtime: SegmentRuntime,
  programHash: string,
  decodeText: (bytes: Uint8Array) => string,
): Result<{ readonly state: ProfileState; readonly rebuild: boolean }, SnapshotProblem> {
  if (bytes.length < HEADER_BYTES) return err('corrupt');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const codec = view.getUint32(0, true);
  if (codec > CODEC) return err('newerCodec');
  const headLength = view.getUint32(4, true);
  if (HEADER_BYTES + headLength > bytes.length) return err('corrupt');
  const head = headOf(bytes, decodeText);
  const rebuild = codec !== CODEC || head.programHash !== programHash;
  const state: ProfileState = {
    space: head.space,
    profile: head.profile,
    createdAt: head.createdAt,
    revision: head.revision,
    sequence: head.sequence,
    programHash: head.programHash,
    strands: head.strands.map(unpackStrand),
    postings: rebuild ? createPostings(runtime) : decodePostings(runtime, bytes.subarray(HEADER_BYTES + headLength)),
    memberships: unpackMemberships(head.memberships),
    nextChange: head.nextChange,
    outbox: unpackOutbox(head.outbox),
    intents: [...head.intents],
    armedAt: head.armedAt,
    members: new Uint8Array(0),
    attributes: new Map(),
  };
  refreshAttributes(state);
  return ok({ state, rebuild });
}
