/** The least double above the number: `> x` is `>= nextDouble(x)`. */
export function nextDouble(number: number): number {
  if (number === 0) return Number.MIN_VALUE;
  if (number === Number.POSITIVE_INFINITY) return Number.NaN;
  const double = new Float64Array([number]);
  const bits = new BigInt64Array(double.buffer);
  bits[0] = (bits[0] as bigint) + (number > 0 ? 1n : -1n);
  return double[0] as number;
}
