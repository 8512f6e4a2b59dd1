const TEXT_CHUNK = 4096;

/**
 * Reads what ShardWriter wrote, from bytes that anybody may have made. A read that fails gives 0 or nothing, and `broken` stays true from then
 * on: decoders read in a straight line and ask once, as long as every loop and every allocation is bounded by `left`.
 */
export class ShardReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #place = 0;
  #broken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get broken(): boolean {
    return this.#broken;
  }

  /** Bytes that are not read yet; 0 when broken. */
  get left(): number {
    return this.#broken ? 0 : this.#bytes.length - this.#place;
  }

  byte(): number {
    if (!this.#has(1)) return 0;
    return this.#bytes[this.#place++] ?? 0;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const next = this.byte();
      value += (next & 127) * scale;
      if (next < 128) {
        if (Number.isSafeInteger(value)) return value;
        break;
      }
    }
    this.#broken = true;
    return 0;
  }

  /** A number of things of which each takes `minBytes` or more of what is left. */
  count(minBytes: number): number {
    const value = this.varint();
    if (value * minBytes <= this.left) return value;
    this.#broken = true;
    return 0;
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    if (!this.#has(8)) return 0;
    const value = this.#view.getFloat64(this.#place, true);
    this.#place += 8;
    return value;
  }

  text(): string {
    const length = this.count(1);
    const plain = this.#ascii(length);
    if (plain !== null) return plain;
    const parts: string[] = [];
    for (let i = 0; i < length && !this.#broken; i++) {
      const unit = this.varint();
      if (unit > 0xffff) this.#broken = true;
      parts.push(String.fromCharCode(unit));
    }
    return this.#broken ? '' : parts.join('');
  }

  /** Goes past a text without making it. */
  skipText(): void {
    const length = this.count(1);
    const bytes = this.#bytes;
    for (let i = 0; i < length && !this.#broken; i++) {
      if ((bytes[this.#place] ?? 255) < 128) this.#place++;
      else if (this.varint() > 0xffff) this.#broken = true;
    }
  }

  /** The text of so many bytes, if all of them are ASCII; else nothing is read. */
  #ascii(length: number): string | null {
    if (this.#broken) return null;
    const end = this.#place + length;
    for (let i = this.#place; i < end; i++) if ((this.#bytes[i] as number) >= 128) return null;
    let text = '';
    // Arguments of a call are bounded.
    for (let from = this.#place; from < end; from += TEXT_CHUNK) {
      const units: ArrayLike<number> = this.#bytes.subarray(from, Math.min(end, from + TEXT_CHUNK));
      text += String.fromCharCode.apply(null, units as number[]);
    }
    this.#place = end;
    return text;
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    if (!this.#has(length)) return new Uint8Array(0);
    this.#place += length;
    return this.#bytes.subarray(this.#place - length, this.#place);
  }

  #has(length: number): boolean {
    if (this.#broken || this.#place + length > this.#bytes.length) this.#broken = true;
    return !this.#broken;
  }
}
