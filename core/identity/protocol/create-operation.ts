import type { LinkOperation } from './message.ts';
import type { Pid } from './pid.ts';

/** An operation that has done nothing yet. */
export function createOperation(
  id: string,
  coordinator: Pid,
  given: Pick<LinkOperation, 'wish' | 'attempt' | 'intentAt' | 'participants' | 'newcomers' | 'notBefore'>,
): LinkOperation {
  return {
    ...given,
    id,
    coordinator,
    held: [],
    phase: 'locking',
    step: 0,
    script: [],
    after: null,
    emptied: [],
    tries: 0,
  };
}
