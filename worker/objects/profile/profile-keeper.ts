import type { Fact } from '../../../core/event/event.ts';
import type { InteractCommand, InteractReply } from '../../../core/interaction/command.ts';
import { type Interaction, interact } from '../../../core/interaction/interact.ts';
import { nextWake } from '../../../core/interaction/next-wake.ts';
import { rebuild } from '../../../core/interaction/rebuild.ts';
import { decodeSnapshot, encodeSnapshot, snapshotSequence, snapshotSpace } from '../../../core/interaction/snapshot.ts';
import { createState, type ProfileState } from '../../../core/interaction/state.ts';
import type { Instant, Sequence, Space } from '../../../core/lib/ids.ts';
import type { LoadedRuleset } from '../../../core/ruleset/loaded.ts';
import { createPostings } from '../../../core/segment/postings.ts';
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
  /** Edits the stored state and commits it with the facts that `edit` returns; null: nothing stored yet. */
  change<T>(
    ruleset: LoadedRuleset,
    edit: (state: ProfileState) => { readonly facts: readonly Fact[]; readonly result: T },
  ): T | null;
}

/** `arm` sets the one physical alarm: a billed row, so it is called only when the new wake is earlier than the armed one. */
export function createProfileKeeper(store: ProfileStore, arm: (at: Instant) => void): ProfileKeeper {
  let resident: ProfileState | null = null;
  let stored: Uint8Array | null | undefined;

  function load(ruleset: LoadedRuleset): ProfileState | null {
    if (!resident) {
      stored ??= store.load();
      if (!stored) return null;
      const decoded = decodeSnapshot(stored, ruleset.segments, ruleset.program.hash, (part) => decoder.decode(part));
      if (!decoded.ok) throw new Error(`snapshot: ${decoded.error}`);
      resident = decoded.value.state;
      stored = undefined;
      if (decoded.value.rebuild) rebuild(resident, ruleset, allFacts());
    } else if (resident.programHash !== ruleset.program.hash) {
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

  function commit(state: ProfileState, facts: readonly Fact[]): void {
    const wake = nextWake(state);
    const earlier = wake !== null && (state.armedAt === null || wake < state.armedAt);
    if (earlier) state.armedAt = wake;
    store.commit(
      facts,
      encodeSnapshot(state, (text) => encoder.encode(text)),
    );
    if (earlier) arm(wake);
    resident = state;
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

    state: (ruleset) => guarded(() => load(ruleset)),

    interact: (command, ruleset) =>
      guarded(() => {
        const held = load(ruleset);
        const known = held ? store.known(command.events) : new Set<never>();
        const state =
          held ??
          createState(
            command.space,
            command.profile,
            command.now,
            createPostings(ruleset.segments),
            ruleset.program.hash,
          );
        const done = interact(state, command, ruleset, known);
        if ('moved' in done) return { ok: false, error: { ...done.moved, known: [...known] } };
        if (done.dirty) commit(state, done.newFacts);
        return done;
      }),

    change: (ruleset, edit) =>
      guarded(() => {
        const state = load(ruleset);
        if (!state) return null;
        const { facts, result } = edit(state);
        commit(state, facts);
        return result;
      }),
  };
}
