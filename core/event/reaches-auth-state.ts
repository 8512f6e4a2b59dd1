import { AUTH_STATES, type AuthState } from './event.ts';

/** Whether a visitor in `state` may see what `requires` that much: the state itself, or a surer one. */
export function reachesAuthState(state: AuthState, requires: AuthState): boolean {
  return AUTH_STATES.indexOf(state) <= AUTH_STATES.indexOf(requires);
}
