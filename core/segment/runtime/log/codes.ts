/** Small whole numbers, one a row, as narrow as they fit. What was decoded is a view of the stored bytes: written only after a copy. */
export type Codes = Uint8Array | Uint16Array | Int32Array;

/** The same numbers with room for `length`, and for `value` to be among them. */
export function roomyCodes(codes: Codes, length: number, value: number): Codes {
  const fits = codes instanceof Int32Array || (value >= 0 && value < 256 ** codes.BYTES_PER_ELEMENT);
  if (fits && length <= codes.length) return codes;
  const copy =
    !fits || codes instanceof Int32Array
      ? new Int32Array(length)
      : codes instanceof Uint8Array
        ? new Uint8Array(length)
        : new Uint16Array(length);
  copy.set(codes);
  return copy;
}

/** The codes with `value` at a place that they have room for. */
export function withCode(codes: Codes, place: number, value: number): Codes {
  if (value >= 0 && value < 256) {
    codes[place] = value;
    return codes;
  }
  const fitting = roomyCodes(codes, codes.length, value);
  fitting[place] = value;
  return fitting;
}
