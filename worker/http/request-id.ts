const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_DIGITS = 9;
const RANDOM_DIGITS = 11;

/** Names one request in logs, problems and proposition ids: 9 base32 digits of milliseconds since 1970, 11 random ones. So what was stored of it can be found by its name. */
export function createRequestId(randomBytes: (count: number) => Uint8Array, nowMs: number): string {
  let id = '';
  let rest = nowMs;
  for (let i = 0; i < TIME_DIGITS; i++) {
    id = `${DIGITS[rest % 32]}${id}`;
    rest = Math.floor(rest / 32);
  }
  for (const byte of randomBytes(RANDOM_DIGITS)) id += DIGITS[byte & 31];
  return id;
}

/** When the request of this name came, milliseconds since 1970; null: no name of a request. */
export function timeOfRequest(id: string): number | null {
  if (id.length !== TIME_DIGITS + RANDOM_DIGITS) return null;
  let time = 0;
  for (const digit of id.slice(0, TIME_DIGITS)) {
    const value = DIGITS.indexOf(digit);
    if (value < 0) return null;
    time = time * 32 + value;
  }
  return time;
}
