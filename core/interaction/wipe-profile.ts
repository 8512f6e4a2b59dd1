import type { ProfileNode } from '../identity/protocol/node-state.ts';
import type { Instant } from '../lib/ids.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { createLog } from '../segment/runtime/log/log.ts';
import { archiveKeysOf } from './archived-under.ts';
import { endMemberships } from './catch-up.ts';
import { type CausedChange, openChunk } from './outbox.ts';
import type { ProfileState } from './state.ts';
import { syncStrands } from './sync-strands.ts';

/** Forgets everything but what the protocol must remember. What others count or have indexed is told to end; nothing else leaves. */
export function wipeProfile(
  state: ProfileState,
  node: ProfileNode,
  ruleset: LoadedRuleset,
  now: Instant,
): readonly CausedChange[] {
  const changes = endMemberships(state, ruleset, now, 'erase');
  state.archiveKeys = archiveKeysOf(state);
  state.strands = [];
  state.log = createLog(ruleset.engine.program.log);
  state.logHash = ruleset.engine.program.logHash;
  state.attributes = new Map();
  state.sessions = [];
  state.proofs = [];
  state.seenUntil = null;
  state.outbox.chunks = state.outbox.chunks.map((chunk) => ({
    ...chunk,
    facts: [],
    changes: chunk.changes.map((change) => ({ ...change, evidence: { events: [], attributes: [] } })),
  }));
  if (changes.length > 0) openChunk(state.outbox, now).changes.push(...changes);
  syncStrands(state, node, ruleset.stitch, now);
  return changes;
}
