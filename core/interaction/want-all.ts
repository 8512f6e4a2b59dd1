import type { LinkWish } from '../identity/protocol/link-wish.ts';
import { wantLinks } from '../identity/protocol/want-links.ts';
import type { Instant } from '../lib/ids.ts';
import type { LoadedRuleset } from '../ruleset/loaded.ts';
import { applyHandled } from './apply-handled.ts';
import { bothChanges, type FactRows, NO_CHANGES, type RowChanges } from './fact-rows.ts';
import { nodeOf } from './node.ts';
import type { CausedChange } from './outbox.ts';
import { contextOf } from './protocol-context.ts';
import { rowsAfter } from './rows-after.ts';
import type { ProfileState } from './state.ts';
import { isUnderWay } from './wishes.ts';

/** What came of wishes, in the write that stores the events they came with. */
export interface WantedAll {
  readonly rows: RowChanges;
  readonly changes: readonly CausedChange[];
  /** Wishes that other objects must be asked about. */
  readonly underWay: readonly LinkWish[];
  readonly isDirty: boolean;
}

const NOTHING: WantedAll = { rows: NO_CHANGES, changes: [], underWay: [], isDirty: false };

/** Links what is all here, and remembers as intents what is not. */
export function wantAll(
  state: ProfileState,
  wishes: readonly LinkWish[],
  stored: FactRows,
  ruleset: LoadedRuleset,
  now: Instant,
): WantedAll {
  if (wishes.length === 0) return NOTHING;
  let rows = NO_CHANGES;
  const changes: CausedChange[] = [];
  let isDirty = false;
  for (const wish of wishes) {
    const node = nodeOf(state);
    const wanted = wantLinks(node, wish, contextOf(ruleset.stitch, now));
    if (wanted.node === node && wanted.effects.length === 0) continue;
    const applied = applyHandled(state, wanted, rowsAfter(stored, rows), ruleset, now);
    rows = bothChanges(rows, applied.rows);
    changes.push(...applied.changes);
    isDirty = true;
  }
  return { rows, changes, underWay: wishes.filter((wish) => isUnderWay(state, wish)), isDirty };
}
