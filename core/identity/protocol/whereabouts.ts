import type { Pid } from './pid.ts';

/** Where an identity lives: enough to open its strand at a profile that does not exist yet. */
export interface Whereabouts {
  readonly owner: Pid;
  readonly epoch: number;
  /** Events up to this time belong to somebody who was erased; -1 for never. */
  readonly erasedAt: number;
}

/** `mayOpen`: the directory said so, and not only a hint: who does not have the strand yet may open it. */
export type Expected = Whereabouts & { readonly mayOpen: boolean };

/** Whether what happened at `at` belongs to somebody who was erased. Before 1970 is a time like any other. */
export function isErased({ erasedAt }: Pick<Whereabouts, 'erasedAt'>, at: number): boolean {
  return erasedAt >= 0 && at <= erasedAt;
}
