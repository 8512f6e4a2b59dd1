import type { Handled } from '../../../core/identity/protocol/handled.ts';
import type { ProfileReply } from '../../../core/identity/protocol/message.ts';
import type { ProfileNode } from '../../../core/identity/protocol/node-state.ts';
import type { ProtocolContext } from '../../../core/identity/protocol/protocol-context.ts';
import { applyHandled } from '../../../core/interaction/apply-handled.ts';
import type { InteractCommand, InteractReply } from '../../../core/interaction/command.ts';
import { bringUpToDate } from '../../../core/interaction/evaluate.ts';
import { NO_CHANGES, type RowChanges } from '../../../core/interaction/fact-rows.ts';
import { type Interaction, interact } from '../../../core/interaction/interact.ts';
import { hasOpenWork, mustArm, nextWake } from '../../../core/interaction/next-wake.ts';
import { nodeOf } from '../../../core/interaction/node.ts';
import { type CausedChange, closeChunk, factName, openChunk } from '../../../core/interaction/outbox.ts';
import { contextOf } from '../../../core/interaction/protocol-context.ts';
import { needsRebuild, rebuild } from '../../../core/interaction/rebuild.ts';
import { decodeSnapshot, encodeSnapshot, snapshotOwner, snapshotSequence } from '../../../core/interaction/snapshot.ts';
import { createState, isSomebody, type ProfileState } from '../../../core/interaction/state.ts';
import { strandPage } from '../../../core/interaction/strand-page.ts';
import { isSweepDue, type OldFact, sweepFacts } from '../../../core/interaction/sweep.ts';
import { unsentNames } from '../../../core/interaction/unsent.ts';
import type { Instant, ProfileId, Sequence, Space } from '../../../core/lib/ids.ts';
import { limit } from '../../../core/lib/limits.ts';
import { overdueTypes } from '../../../core/profile/retention.ts';
import type { LoadedRuleset } from '../../../core/ruleset/loaded.ts';
import type { ProfileStore } from '../../stores/profile-store.ts';

export interface Whose {
  readonly space: Space;
  readonly profile: ProfileId;
}

export type Transition = (node: ProfileNode, context: ProtocolContext) => Handled;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Holds one profile's state in memory and keeps memory, table and alarm in step. Nothing in here awaits. */
export interface ProfileKeeper {
  /** Highest ruleset sequence that the stored profile has applied; 0 for a new one. */
  appliedSequence(): Sequence;
  /** Who is stored; null: nobody yet. */
  whose(): Whose | null;
  /** The state under this ruleset; null: nothing stored yet. */
  state(ruleset: LoadedRuleset): ProfileState | null;
  interact(command: InteractCommand, ruleset: LoadedRuleset): Interaction | Extract<InteractReply, { ok: false }>;
  /** Edits the stored state, under the newest ruleset it knows, and commits it; null: nothing stored yet. */
  change<T>(ruleset: LoadedRuleset, edit: (state: ProfileState, ruleset: LoadedRuleset) => T): T | null;
  /** One transition of the link protocol: its whole effect is one commit, none when nothing changed. `whose`: for an object that holds nobody yet. */
  handle(ruleset: LoadedRuleset, whose: Whose, transition: Transition): ProfileReply;
  /** Everything here, as if nothing had ever been stored. */
  forget(): void;
  /** The stored profile waits for other objects, as far as memory knows. */
  hasOpenWork(): boolean;
  /** Tells of memberships that change because strands come and go. Returns what ends it. */
  listen(listener: (changes: readonly CausedChange[]) => void): () => void;
  /** Lets time pass for those who observe: flips up to `now` are stored, and due to be sent at once. */
  advance(ruleset: LoadedRuleset, now: Instant): void;
  /** Deletes facts that are kept no more, when it is time to look. Stores nothing when there are none: another commit must follow. */
  sweep(ruleset: LoadedRuleset, now: Instant): void;
}

/** `arm` sets the one physical alarm: a billed row, so it is called only when the new wake is earlier than the armed one. */
export function createProfileKeeper(
  store: ProfileStore,
  arm: (at: Instant) => void,
  now: () => Instant,
): ProfileKeeper {
  let resident: ProfileState | null = null;
  let stored: Uint8Array | null | undefined;
  let applied: LoadedRuleset | null = null;
  /** `evaluatedAt` of the table: a visit that only reads moves the one in memory alone. */
  let committedAt: Instant | null = null;
  const listeners = new Set<(changes: readonly CausedChange[]) => void>();

  /** While a caller waited for others a newer ruleset may have come: evaluation never goes back. */
  function newest(ruleset: LoadedRuleset): LoadedRuleset {
    if (!applied || ruleset.sequence > applied.sequence) applied = ruleset;
    return applied;
  }

  function load(ruleset: LoadedRuleset): ProfileState | null {
    // A publish is compared as of the last evaluation that was stored, whether the object slept since or not.
    if (resident?.live && resident.live.engine !== ruleset.engine && resident.evaluatedAt !== committedAt)
      resident = null;
    if (!resident) {
      stored ??= store.load();
      if (!stored) return null;
      const decoded = decodeSnapshot(stored, ruleset.engine.program, (part) => decoder.decode(part));
      if (!decoded.ok) throw new Error(`snapshot: ${decoded.error}`);
      resident = decoded.value.state;
      committedAt = resident.evaluatedAt;
      stored = undefined;
      if (decoded.value.rebuild) rebuild(resident, ruleset, store.all());
    } else if (needsRebuild(resident, ruleset.engine.program)) {
      rebuild(resident, ruleset, store.all());
    }
    return resident;
  }

  function commit(state: ProfileState, rows: RowChanges, ruleset: LoadedRuleset): void {
    const at = Math.max(now(), state.evaluatedAt) as Instant;
    const wake = nextWake(state, ruleset, at);
    // Never in the past: a lost alarm is set anew, but not with every visit until it rings.
    const armsAt = mustArm(state, wake, at) ? (Math.max(wake, state.evaluatedAt) as Instant) : null;
    if (armsAt !== null) state.armedAt = armsAt;
    store.commit(
      rows,
      encodeSnapshot(state, (text) => encoder.encode(text)),
    );
    if (armsAt !== null) arm(armsAt);
    resident = state;
    committedAt = state.evaluatedAt;
    stored = undefined;
  }

  /** What time has changed is due to be sent at once. */
  function tell(
    state: ProfileState,
    changes: readonly CausedChange[],
    rows: RowChanges,
    ruleset: LoadedRuleset,
    now: Instant,
  ): void {
    state.memberships.forgetOldExits(now);
    if (changes.length > 0) {
      openChunk(state.outbox, now).changes.push(...changes);
      closeChunk(state.outbox, now);
    }
    commit(state, rows, ruleset);
  }

  /** What has not been sent yet stays until it has. */
  function oldFacts(state: ProfileState, { retention }: LoadedRuleset, now: Instant) {
    const most = limit('sweptFacts');
    const found: OldFact[] = [];
    for (const { type, before } of overdueTypes(store.oldestByType(), retention, now))
      found.push(...store.olderThan(type, before, most - found.length));
    const waiting = new Set([...state.outbox.chunks.flatMap(({ facts }) => facts), ...unsentNames(state)]);
    const old = found.filter(({ source, id }) => !waiting.has(factName(source, id)));
    return { old, isAll: found.length < most };
  }

  /** Whatever went wrong in the middle, memory must not know more than the table. */
  function guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      resident = null;
      stored = undefined;
      throw error;
    }
  }

  return {
    appliedSequence() {
      if (resident) return resident.sequence;
      if (stored === undefined) stored = store.load();
      return stored ? snapshotSequence(stored) : (0 as Sequence);
    },

    whose() {
      if (resident) return resident;
      if (stored === undefined) stored = store.load();
      return stored ? snapshotOwner(stored, (part) => decoder.decode(part)) : null;
    },

    state: (ruleset) => guarded(() => load(newest(ruleset))),

    interact: (command, asked) =>
      guarded(() => {
        const ruleset = newest(asked);
        const held = load(ruleset);
        const seenToo = held !== null && held.seenUntil !== null && held.seenUntil >= command.now;
        const known = held ? store.known(command.events, seenToo) : new Set<never>();
        const state = held ?? createState(command.space, command.profile, command.now, ruleset.engine.program);
        const done = interact(state, command, ruleset, known, store);
        if ('error' in done) {
          const { error } = done;
          return { ok: false, error: error.kind === 'moved' ? { ...error, known: [...known] } : error };
        }
        // A visit that only reads may find that the alarm is missing: another ruleset observes something else.
        if (done.dirty || (held && ruleset.observed.length > 0 && mustArm(held, nextWake(held, ruleset))))
          commit(state, done.rows, ruleset);
        return done;
      }),

    change: (asked, edit) =>
      guarded(() => {
        const ruleset = newest(asked);
        const state = load(ruleset);
        if (!state) return null;
        const result = edit(state, ruleset);
        commit(state, NO_CHANGES, ruleset);
        return result;
      }),

    handle: (asked, { space, profile }, transition) =>
      guarded(() => {
        const ruleset = newest(asked);
        const held = load(ruleset);
        const at = now();
        const state = held ?? createState(space, profile, at, ruleset.engine.program);
        const node = nodeOf(state);
        const handled = transition(node, contextOf(ruleset.stitch, at));
        if (handled.node !== node || handled.effects.length > 0) {
          const { rows, changes } = applyHandled(state, handled, store, ruleset, at);
          if (state.stitch.state === 'none') {
            resident = null;
            stored = undefined;
            if (held) store.forget();
          } else commit(state, rows, ruleset);
          if (changes.length > 0) for (const listener of listeners) listener(changes);
        }
        const { reply, read } = handled;
        if (!read || (reply.kind !== 'page' && reply.kind !== 'taken')) return reply;
        return { ...reply, page: strandPage(state, read, store, at) };
      }),

    forget() {
      resident = null;
      stored = undefined;
      store.forget();
    },

    hasOpenWork: () => resident !== null && hasOpenWork(resident),

    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    advance: (asked, now) =>
      guarded(() => {
        const ruleset = newest(asked);
        const state = ruleset.observed.length > 0 ? load(ruleset) : null;
        if (!state || !isSomebody(state)) return;
        const changes = bringUpToDate(state, ruleset, now);
        if (changes.length > 0) tell(state, changes, NO_CHANGES, ruleset, now);
      }),

    sweep: (asked, now) =>
      guarded(() => {
        const ruleset = newest(asked);
        const state = ruleset.retention.size > 0 ? load(ruleset) : null;
        if (!state || !isSweepDue(state, ruleset, now)) return;
        const { old, isAll } = oldFacts(state, ruleset, now);
        if (isAll) state.sweptAt = now;
        if (old.length === 0) return;
        const changes = sweepFacts(state, old, store.all(), ruleset, now);
        tell(state, changes, { ...NO_CHANGES, drop: old }, ruleset, now);
      }),
  };
}
