import type { Instant } from '../lib/ids.ts';
import { type PurposeMask, withdrawnMask } from '../policy/purposes.ts';
import type { Engine } from '../segment/runtime/engine.ts';
import { createResident } from '../segment/runtime/resident.ts';
import { refusedBy } from './presence.ts';
import type { Live, ProfileState } from './state.ts';

/** Evaluates everything anew, as of `at`. */
export function openLive(state: ProfileState, engine: Engine, at: Instant): Live {
  const withdrawn = new Map<number, PurposeMask>();
  const resident = createResident(
    engine,
    state.log,
    {
      attribute: (name) => state.attributes.get(name),
      withdrawn: (strand) => {
        const known = withdrawn.get(strand) ?? withdrawnNow(state, strand);
        withdrawn.set(strand, known);
        return known;
      },
      score: () => undefined,
    },
    at,
  );
  const live: Live = { engine, resident, withdrawn, wake: undefined };
  state.live = live;
  state.evaluatedAt = at;
  return live;
}

/** Somebody has withdrawn a purpose, or taken a withdrawal back. */
export function consentMoved(state: ProfileState, live: Live): boolean {
  for (const [strand, mask] of live.withdrawn) if (mask !== withdrawnNow(state, strand)) return true;
  return false;
}

/** A strand's own withdrawal hides its facts, also after it left; a refusal by the person hides the facts of all. */
export function withdrawnNow(state: ProfileState, strand: number): PurposeMask {
  const held = state.strands[strand];
  const refused = refusedBy(state.strands);
  return held ? withdrawnMask(held.consent) | refused : refused;
}
