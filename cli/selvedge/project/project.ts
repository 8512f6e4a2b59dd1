import type { ResourceKind } from '../../../core/ruleset/resources.ts';
import type { Position } from '../../../core/segment/language/position.ts';
import type { Plain } from './canonical.ts';

/** One resource as a file says it. */
export interface WrittenResource {
  readonly kind: ResourceKind;
  readonly id: string;
  /** From the folder of the project, with slashes. */
  readonly file: string;
  /** As it is put. */
  readonly resource: Plain;
  /** Where a JSON pointer into the resource stands; `inside` is a place in the text there. */
  readonly place: (pointer: string, inside?: Position) => Position;
}

export interface FileProblem extends Position {
  readonly file: string;
  readonly code: string;
  readonly detail: string;
}

/** A folder of configuration files, as far as it can be read. */
export interface Project {
  readonly folder: string;
  readonly space: string;
  readonly resources: readonly WrittenResource[];
  readonly problems: readonly FileProblem[];
  /** Ids of resources whose files are wrong: others may name them all the same. */
  readonly unread: readonly string[];
}
