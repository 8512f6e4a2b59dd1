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
  /** Absent: the newest value wins. */
  readonly merge?: MergePolicy;
}

/** How values of several sources become one. */
export interface MergePolicy {
  /** Sources in the order of their word; the first that has a value wins. Empty: the newest value wins. */
  readonly sources: readonly string[];
  /** `join`: of attributes of type list, every member that any source says. */
  readonly lists: 'replace' | 'join';
}
