import type { Value } from '../value.ts';
import type { Codes } from './codes.ts';
import { type LogColumn, NO_NUMBERS } from './log-column.ts';

/** A column of values, no numbers, that is made when somebody asks for one of them: few do for ids and sources. */
export class LateColumn implements LogColumn {
  numbers = NO_NUMBERS;
  isNumeric = false;
  index: Map<Value, number> | null = null;
  lists: Map<string, number> | null = null;
  searches = 0;
  readonly #make: () => LogColumn;
  #made: LogColumn | null = null;

  constructor(make: () => LogColumn) {
    this.#make = make;
  }

  get codes(): Codes {
    return this.#column().codes;
  }

  set codes(codes: Codes) {
    this.#column().codes = codes;
  }

  get values(): Value[] {
    return this.#column().values;
  }

  set values(values: Value[]) {
    this.#column().values = values;
  }

  #column(): LogColumn {
    this.#made ??= this.#make();
    return this.#made;
  }
}
