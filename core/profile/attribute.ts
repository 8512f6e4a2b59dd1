import type { AuthState } from '../event/event.ts';
import type { Label } from '../policy/labels.ts';

/** A stored value of a person, as operators declare it. */
export interface Attribute {
  /** Identifier, as rules name it. */
  readonly id: string;
  readonly name: string;
  readonly type: 'string' | 'number' | 'boolean' | 'instant' | 'list';
  readonly labels: readonly Label[];
  /** May leave for a browser. */
  readonly public: boolean;
  /** Authentication state needed before it is used or shown. */
  readonly requires: AuthState;
}
