/** A set of positions in `Program.order`, as bits. */
export function createDirtySet(positions: number): Int32Array {
  return new Int32Array((positions + 31) >> 5);
}

export function markDirty(dirty: Int32Array, position: number): void {
  dirty[position >> 5] = (dirty[position >> 5] as number) | (1 << (position & 31));
}

/** Takes the first position at or after `from` out of the set; -1: there is none. What runs at a position marks only later ones. */
export function takeDirty(dirty: Int32Array, from: number): number {
  for (let w = from >> 5; w < dirty.length; w++) {
    const bits = dirty[w] as number;
    if (bits === 0) continue;
    dirty[w] = bits & (bits - 1);
    return w * 32 + 31 - Math.clz32(bits & -bits);
  }
  return -1;
}
