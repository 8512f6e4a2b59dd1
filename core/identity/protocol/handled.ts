import type { Instant } from '../../lib/ids.ts';
import type { Page, ProfileReply } from './message.ts';
import type { ProfileNode } from './node-state.ts';
import type { StrandName } from './strand-row.ts';

/** What handling did to facts; the shell carries it out in the same write as the node, in this order. */
export type FactEffect =
  /** Insert those that are not here yet. `carry` with the last page. */
  | { readonly kind: 'takeIn'; readonly strand: StrandName; readonly page: Page }
  /** The facts stay where they are under another name, beside what has that name (closing a generation, or opening it again). */
  | { readonly kind: 'rename'; readonly from: StrandName; readonly to: StrandName; readonly within?: FactSpan }
  /** The other side has them: no longer part of this profile. Delete once effects have left. */
  | { readonly kind: 'leave'; readonly strand: StrandName }
  /** Only {state, erasure} stays of this profile; nothing at all when the node is `none`. */
  | { readonly kind: 'wipe' };

/** Only what happened after `after` (null: ever) until `until`. `closes`: the rest is somebody else's from now on. */
export interface FactSpan {
  readonly after: Instant | null;
  readonly until: Instant;
  readonly closes: boolean;
}

/** One write: the node as it is afterwards, the answer, and what happens to facts. */
export interface Handled {
  readonly node: ProfileNode;
  /** When `read` is set the shell puts the page into it. */
  readonly reply: ProfileReply;
  readonly effects: readonly FactEffect[];
  /** The page that the reply wants. */
  readonly read: { readonly strand: StrandName; readonly after: string | null } | null;
}

export function handled(node: ProfileNode, reply: ProfileReply = { kind: 'ok' }, ...effects: FactEffect[]): Handled {
  return { node, reply, effects, read: null };
}
