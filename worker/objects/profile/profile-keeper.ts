import type { Fact } from '../../../core/event/event.ts';
import type { InteractCommand, InteractReply } from '../../../core/interaction/command.ts';
import { bringUpToDate } from '../../../core/interaction/evaluate.ts';
import { type Interaction, interact } from '../../../core/interaction/interact.ts';
import { mustArm, nextWake } from '../../../core/interaction/next-wake.ts';
import { closeChunk, openChunk } from '../../../core/interaction/outbox.ts';
import { needsRebuild, rebuild } from '../../../core/interaction/rebuild.ts';
import { decodeSnapshot, encodeSnapshot, snapshotSequence, snapshotSpace } from '../../../core/interaction/snapshot.ts';
import { createState, type ProfileState } from '../../../core/interaction/state.ts';
import type { Instant, Sequence, Space } from '../../../core/lib/ids.ts';
import type { LoadedRuleset } from '../../../core/ruleset/loaded.ts';
import type { ProfileStore } from '../../stores/profile-store.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const PAGE = 500;

/** Holds one profile's state in memory and keeps memory, table and alarm in step. Nothing in here awaits. */
export interface ProfileKeeper {
  /** Highest ruleset sequence that the stored profile has applied; 0 for a new one. */
  appliedSequence(): Sequence;
  /** The space of the stored profile; null: nothing stored yet. */
  space(): Space | null;
  /** The state under this ruleset; null: nothing stored yet. */
  state(ruleset: LoadedRuleset): ProfileState | null;
  interact(command: InteractCommand, ruleset: LoadedRuleset): Interaction | Extract<InteractReply, { ok: false }>;
  /** Edits the stored state, under the newest ruleset it knows, and commits it with the facts that `edit` returns; null: nothing stored yet. */
  change<T>(
    ruleset: LoadedRuleset,
    edit: (state: ProfileState, ruleset: LoadedRuleset) => { readonly facts: readonly Fact[]; readonly result: T },
  ): T | null;
  /** Lets time pass for those who observe: flips up to `now` are stored, and due to be sent at once. */
  advance(ruleset: LoadedRuleset, now: Instant): void;
}

/** `arm` sets the one physical alarm: a billed row, so it is called only when the new wake is earlier than the armed one. */
export function createProfileKeeper(store: ProfileStore, arm: (at: Instant) => void): ProfileKeeper {
  let resident: ProfileState | null = null;
  let stored: Uint8Array | null | undefined;
  let applied: LoadedRuleset | null = null;
  /** `evaluatedAt` of the table: a visit that only reads moves the one in memory alone. */
  let committedAt: Instant | null = null;

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
      if (decoded.value.rebuild) rebuild(resident, ruleset, allFacts());
    } else if (needsRebuild(resident, ruleset.engine.program)) {
      rebuild(resident, ruleset, allFacts());
    }
    return resident;
  }

  function* allFacts(): Iterable<Fact> {
    for (let page = store.page(null, PAGE); page.length > 0; ) {
      yield* page;
      page = page.length < PAGE ? [] : store.page(page.at(-1) ?? null, PAGE);
    }
  }

  function commit(state: ProfileState, facts: readonly Fact[], ruleset: LoadedRuleset): void {
    const wake = nextWake(state, ruleset);
    // Never in the past: a lost alarm is set anew, but not with every visit until it rings.
    const armsAt = mustArm(state, wake) ? (Math.max(wake, state.evaluatedAt) as Instant) : null;
    if (armsAt !== null) state.armedAt = armsAt;
    store.commit(
      facts,
      encodeSnapshot(state, (text) => encoder.encode(text)),
    );
    if (armsAt !== null) arm(armsAt);
    resident = state;
    committedAt = state.evaluatedAt;
    stored = undefined;
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

    space() {
      if (resident) return resident.space;
      if (stored === undefined) stored = store.load();
      return stored ? snapshotSpace(stored, (part) => decoder.decode(part)) : null;
    },

    state: (ruleset) => guarded(() => load(newest(ruleset))),

    interact: (command, asked) =>
      guarded(() => {
        const ruleset = newest(asked);
        const held = load(ruleset);
        const known = held ? store.known(command.events) : new Set<never>();
        const state = held ?? createState(command.space, command.profile, command.now, ruleset.engine.program);
        const done = interact(state, command, ruleset, known);
        if ('moved' in done) return { ok: false, error: { ...done.moved, known: [...known] } };
        // A visit that only reads may find that the alarm is missing: another ruleset observes something else.
        if (done.dirty || (held && ruleset.observed.length > 0 && mustArm(held, nextWake(held, ruleset))))
          commit(state, done.newFacts, ruleset);
        return done;
      }),

    change: (asked, edit) =>
      guarded(() => {
        const ruleset = newest(asked);
        const state = load(ruleset);
        if (!state) return null;
        const { facts, result } = edit(state, ruleset);
        commit(state, facts, ruleset);
        return result;
      }),

    advance: (asked, now) =>
      guarded(() => {
        const ruleset = newest(asked);
        const state = ruleset.observed.length > 0 ? load(ruleset) : null;
        if (!state) return;
        const changes = bringUpToDate(state, ruleset, now);
        if (changes.length === 0) return;
        state.memberships.forgetOldExits(now);
        openChunk(state.outbox, now).changes.push(...changes);
        closeChunk(state.outbox, now);
        commit(state, [], ruleset);
      }),
  };
}
