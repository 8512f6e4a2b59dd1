import type { Fact } from '../event/event.ts';
import type { Page } from '../identity/protocol/message.ts';
import type { StrandName } from '../identity/protocol/strand-row.ts';
import type { Instant } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import type { FactKey } from './command.ts';
import type { FactRows } from './fact-rows.ts';
import { numberOf } from './node.ts';
import { factName, keyOfFact } from './outbox.ts';
import type { ProfileState } from './state.ts';
import { carryOf } from './strand-carry.ts';

/** Facts of one strand as pages need them. */
export interface PageRows extends Pick<FactRows, 'recent'> {
  pageOfStrand(strand: number, after: FactKey | null, size: number): readonly Fact[];
}

/** A page of what left under `name`, in the order of keys. */
export function strandPage(
  state: ProfileState,
  { strand: name, after }: { readonly strand: StrandName; readonly after: string | null },
  rows: PageRows,
  now: Instant,
): Page {
  const number = numberOf(state.strands, name);
  const strand = state.strands[number];
  if (!strand) return { rows: [], next: null, carry: null };
  const size = limit('historyPage');
  // One more than fits tells whether another page follows.
  const found = rows.pageOfStrand(number, after === null ? null : keyOfFact(after), size + 1);
  const page = withinBytes(found.slice(0, size));
  const last = page.facts.at(-1);
  if (last && (page.isCut || found.length > size)) {
    return { rows: page.facts, next: factName(last.source, last.id), carry: null };
  }
  const since = (now - limit('seenMs')) as Instant;
  const seen = rows.recent(besides(state, number), since, limit('seenEvents'));
  return { rows: page.facts, next: null, carry: carryOf(strand, state.profile, strand.keptBy ? [] : seen) };
}

/** Strands under which events of one device may be stored beside its own: what it left behind, and whoever was signed in on it. */
function besides(state: ProfileState, number: number): readonly number[] {
  return state.strands.flatMap(({ leaving }, other) => (leaving || other === number ? [] : [other]));
}

function withinBytes(facts: readonly Fact[]): { readonly facts: readonly Fact[]; readonly isCut: boolean } {
  let bytes = 0;
  for (const [place, fact] of facts.entries()) {
    bytes += JSON.stringify(fact).length;
    if (place > 0 && bytes > limit('historyPageBytes')) return { facts: facts.slice(0, place), isCut: true };
  }
  return { facts, isCut: false };
}
