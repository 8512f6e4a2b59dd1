/** Reads what ByteWriter wrote. Throws a RangeError past the end: our own snapshots are whole, so that is a bug. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #place = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#place === this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.#place++];
    if (value === undefined) throw new RangeError('postings end too early');
    return value;
  }

  varint(): number {
    let value = this.byte();
    if (value < 128) return value;
    value -= 128;
    for (let scale = 128; ; scale *= 128) {
      const next = this.byte();
      if (next < 128) return value + next * scale;
      value += (next - 128) * scale;
    }
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    const value = this.#view.getFloat64(this.#place, true);
    this.#place += 8;
    return value;
  }

  text(): string {
    const length = this.varint();
    let value = '';
    for (let i = 0; i < length; i++) value += String.fromCharCode(this.varint());
    return value;
  }
}
