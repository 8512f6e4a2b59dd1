import type { Identity } from '../event/event.ts';
import type { Instant } from '../lib/ids.ts';

/**
 * Facts that came over a device which was not here yet. It may have sent some of them before, to where it was: those are told of from there, and it brings
 * them along. So archive and rollups hear of these when the device has come, and only of those that it did not bring.
 */
export interface UnsentFacts {
  readonly device: Identity;
  /** When they were stored. */
  readonly since: Instant;
  /** `<source>/<event id>`. */
  readonly names: readonly string[];
}
