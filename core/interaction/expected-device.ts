import { limit } from '../lib/limits.ts';
import { sameIdentity } from '../profile/strand.ts';
import type { ProfileState, WaitingSession } from './state.ts';

/** What becomes of the device when it arrives; the last word counts. */
export function expect(state: ProfileState, session: WaitingSession): void {
  const others = state.sessions.filter((waiting) => !sameIdentity(waiting.device, session.device));
  state.sessions = [...others, session].slice(-limit('proofsKept'));
}
