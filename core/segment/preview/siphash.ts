/** A 64-bit number as two unsigned 32-bit halves. */
export interface Hash64 {
  readonly high: number;
  readonly low: number;
}

/**
 * SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", INDOCRYPT 2012). Keyed, so that nobody who chooses ids can
 * choose where they fall, and uniform, which the intervals of a sample rest on. `key` has 16 bytes.
 */
export function siphash24(key: Uint8Array, data: Uint8Array): Hash64 {
  if (key.length !== 16) throw new RangeError('a SipHash key has 16 bytes');
  const k0: Hash64 = { low: word(key, 0), high: word(key, 4) };
  const k1: Hash64 = { low: word(key, 8), high: word(key, 12) };
  // v0 to v3, each as low and high half; the constants are "somepseudorandomlygeneratedbytes".
  const v = Int32Array.of(
    k0.low ^ 0x70736575,
    k0.high ^ 0x736f6d65,
    k1.low ^ 0x6e646f6d,
    k1.high ^ 0x646f7261,
    k0.low ^ 0x6e657261,
    k0.high ^ 0x6c796765,
    k1.low ^ 0x79746573,
    k1.high ^ 0x74656462,
  );
  const whole = data.length - (data.length % 8);
  for (let at = 0; at < whole; at += 8) absorb(v, word(data, at), word(data, at + 4));
  // The last block: what is left, zeros, and the length in the top byte.
  const rest = new Uint8Array(8);
  rest.set(data.subarray(whole));
  rest[7] = data.length & 0xff;
  absorb(v, word(rest, 0), word(rest, 4));
  v[4] = at(v, 4) ^ 0xff;
  for (let i = 0; i < 4; i++) round(v);
  return {
    low: (at(v, 0) ^ at(v, 2) ^ at(v, 4) ^ at(v, 6)) >>> 0,
    high: (at(v, 1) ^ at(v, 3) ^ at(v, 5) ^ at(v, 7)) >>> 0,
  };
}

function absorb(v: Int32Array, low: number, high: number): void {
  v[6] = at(v, 6) ^ low;
  v[7] = at(v, 7) ^ high;
  round(v);
  round(v);
  v[0] = at(v, 0) ^ low;
  v[1] = at(v, 1) ^ high;
}

function round(v: Int32Array): void {
  add(v, 0, 2);
  rotateXor(v, 2, 13, 0);
  swapHalves(v, 0);
  add(v, 4, 6);
  rotateXor(v, 6, 16, 4);
  add(v, 0, 6);
  rotateXor(v, 6, 21, 0);
  add(v, 4, 2);
  rotateXor(v, 2, 17, 4);
  swapHalves(v, 4);
}

function add(v: Int32Array, to: number, from: number): void {
  const low = (at(v, to) >>> 0) + (at(v, from) >>> 0);
  v[to] = low | 0;
  v[to + 1] = (at(v, to + 1) + at(v, from + 1) + (low > 0xffff_ffff ? 1 : 0)) | 0;
}

/** v[word] = rotate left by `bits` (below 32), then xor with v[other]. */
function rotateXor(v: Int32Array, index: number, bits: number, other: number): void {
  const low = at(v, index);
  const high = at(v, index + 1);
  v[index] = ((low << bits) | (high >>> (32 - bits))) ^ at(v, other);
  v[index + 1] = ((high << bits) | (low >>> (32 - bits))) ^ at(v, other + 1);
}

function swapHalves(v: Int32Array, index: number): void {
  const low = at(v, index);
  v[index] = at(v, index + 1);
  v[index + 1] = low;
}

function at(v: Int32Array, index: number): number {
  return v[index] ?? 0;
}

function word(bytes: Uint8Array, start: number): number {
  const byte = (offset: number) => bytes[start + offset] ?? 0;
  return byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24);
}
