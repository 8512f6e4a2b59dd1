import { evaluateCode } from './general/evaluate-code.ts';
import { truthOf } from './general/truth-of.ts';
import type { Query, TruthCell, ValueCell } from './program.ts';
import { ProfileReader } from './resident/profile-reader.ts';
import type { GeneralCode, GeneralRun, ResidentState } from './resident/resident-state.ts';
import { EventRow, type Value } from './value.ts';

/** Runs the part of a program that is a tree: measures, and conditions that are no thresholds, sequences or comparisons with literals. */
export const generalCode: GeneralCode = (state) => new CodeRun(state);

class CodeRun implements GeneralRun {
  readonly #state: ResidentState;
  readonly #reader: ProfileReader;
  readonly #slots: Value[] = [];
  /** Lists are made in the middle of evaluations, whose slots must not be touched. */
  readonly #restSlots: Value[] = [];

  constructor(state: ResidentState) {
    this.#state = state;
    this.#reader = new ProfileReader(state);
  }

  evaluate(cell: number): number {
    const state = this.#state;
    const { kind, code } = state.plan.cells[cell] as ValueCell | TruthCell;
    const value = evaluateCode(code, this.#reader, this.#slots);
    if (kind === 'value') state.values[cell] = value;
    const truth = kind === 'value' ? null : truthOf(value);
    return truth === null ? -1 : truth ? 1 : 0;
  }

  passesRest(query: number, row: number): boolean {
    const { slot, code } = this.#state.engine.dispatch.queries.rests[query] as NonNullable<Query['rest']>;
    this.#restSlots[slot] = new EventRow(row);
    return truthOf(evaluateCode(code, this.#reader, this.#restSlots)) === true;
  }
}
