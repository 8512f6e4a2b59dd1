/** A binary heap of instants, each with the cell that is due then. Entries are never taken out but from the top: what is stale is skipped there. */
export class Deadlines {
  #times: Float64Array;
  #cells: Int32Array;
  #size = 0;

  constructor(room: number) {
    this.#times = new Float64Array(room);
    this.#cells = new Int32Array(room);
  }

  get size(): number {
    return this.#size;
  }

  /** Infinity: none. */
  get time(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#times[0] as number);
  }

  get cell(): number {
    return this.#cells[0] as number;
  }

  add(time: number, cell: number): void {
    if (this.#size === this.#times.length) {
      const [times, cells] = [this.#times, this.#cells];
      this.#times = new Float64Array(2 * this.#size);
      this.#cells = new Int32Array(2 * this.#size);
      this.#times.set(times);
      this.#cells.set(cells);
    }
    const times = this.#times;
    let place = this.#size++;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if ((times[parent] as number) <= time) break;
      times[place] = times[parent] as number;
      this.#cells[place] = this.#cells[parent] as number;
      place = parent;
    }
    times[place] = time;
    this.#cells[place] = cell;
  }

  pop(): void {
    const size = --this.#size;
    const [times, cells] = [this.#times, this.#cells];
    const time = times[size] as number;
    let place = 0;
    for (let child = 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && (times[child + 1] as number) < (times[child] as number)) child++;
      if ((times[child] as number) >= time) break;
      times[place] = times[child] as number;
      cells[place] = cells[child] as number;
      place = child;
    }
    times[place] = time;
    cells[place] = cells[size] as number;
  }

  clear(): void {
    this.#size = 0;
  }
}
