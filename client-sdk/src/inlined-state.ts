import type { Proposition } from '../../core/decision/proposition.ts';
import type { ConsentChoices } from '../../core/policy/purposes.ts';

/** What the edge puts into a page that it made for this visitor: `<script type="application/json" id="selvedge-state">`. */
export interface InlinedState {
  readonly propositions?: readonly Proposition[];
  /** What the visitor chose, as the server knows it; a choice made in this browser goes before. */
  readonly consent?: ConsentChoices;
}

/** Null while there is none, and for one that is broken. */
export function readState(): InlinedState | null {
  try {
    return JSON.parse(document.getElementById('selvedge-state')?.textContent ?? 'null');
  } catch {
    return null;
  }
}
