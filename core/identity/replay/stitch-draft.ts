import type { Instant } from '../../lib/ids.ts';
import type { IdentityKey } from '../identity-key.ts';
import type { IdentityGraph } from './identity-graph.ts';
import type { Link } from './link.ts';
import type { Stamp } from './stamp.ts';
import type { Erasure, EventOutcome, StitchedFact, StitchState, StitchStrand } from './stitch-state.ts';

const NO_LINKS: ReadonlyMap<IdentityKey, Link> = new Map();

/**
 * A copy of a state that one operation may change before handing it out as the next state. Only the maps are copied,
 * and links of an identity only when they change; what the maps hold is immutable.
 */
export class StitchDraft implements IdentityGraph {
  readonly strands: Map<IdentityKey, StitchStrand>;
  readonly facts: Map<string, StitchedFact>;
  readonly erasures: Map<IdentityKey, Erasure>;
  readonly outcomes: Map<string, EventOutcome>;
  readonly #links: Map<IdentityKey, ReadonlyMap<IdentityKey, Link>>;

  constructor(state: StitchState) {
    this.strands = new Map(state.strands);
    this.facts = new Map(state.facts);
    this.erasures = new Map(state.erasures);
    this.outcomes = new Map(state.outcomes);
    this.#links = new Map(state.links);
  }

  finish(): StitchState {
    const { strands, facts, erasures, outcomes } = this;
    return { links: this.#links, strands, facts, erasures, outcomes };
  }

  readonly linksOf = (key: IdentityKey): Iterable<Link> => (this.#links.get(key) ?? NO_LINKS).values();

  /** Makes these the only links among the given identities, which must be whole components. */
  relink(keys: readonly IdentityKey[], links: readonly Link[]): void {
    const fresh = new Map<IdentityKey, Map<IdentityKey, Link>>();
    const add = (from: IdentityKey, to: IdentityKey, link: Link) => {
      const held = fresh.get(from);
      if (held) held.set(to, link);
      else fresh.set(from, new Map([[to, link]]));
    };
    for (const link of links) {
      add(link.a, link.b, link);
      add(link.b, link.a, link);
    }
    for (const key of keys) {
      const held = fresh.get(key);
      if (held) this.#links.set(key, held);
      else this.#links.delete(key);
    }
  }

  see(key: IdentityKey, stamp: Stamp): void {
    const held = this.strands.get(key);
    const fresh = { generation: 1, claimant: null, consent: {}, assigned: {}, merges: 0 };
    this.strands.set(
      key,
      held
        ? { ...held, lastSeen: Math.max(stamp.at, held.lastSeen) as Instant }
        : { ...fresh, firstSeen: stamp, lastSeen: stamp.at },
    );
  }

  change(key: IdentityKey, changes: Partial<StitchStrand>): void {
    const held = this.strands.get(key);
    if (held) this.strands.set(key, { ...held, ...changes });
  }
}
