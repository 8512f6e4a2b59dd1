/** Ids that are UUIDs in lower case take four 32-bit words, the first half of the text first; others are kept as text. */

const HYPHEN = 45;
/** Where the 32 digits stand. */
const PLACES = Uint8Array.from(
  { length: 32 },
  (_, digit) => digit + (digit < 8 ? 0 : digit < 12 ? 1 : digit < 16 ? 2 : digit < 20 ? 3 : 4),
);
/** By ASCII code; -1: no digit. */
const DIGITS = Int8Array.from({ length: 128 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code)));

/** Writes the words of a UUID from `place` on. False, with the words cleared: the text is something else. */
export function packUuid(text: string, words: Int32Array, place: number): boolean {
  let isUuid = text.length === 36;
  for (let i = 8; isUuid && i < 24; i += 5) isUuid = text.charCodeAt(i) === HYPHEN;
  // Below 0 as soon as something is no digit.
  let all = 0;
  for (let d = 0, word = 0; isUuid && d < 32; d++) {
    const code = text.charCodeAt(PLACES[d] as number);
    const digit = code < 128 ? (DIGITS[code] as number) : -1;
    all |= digit;
    word = (word << 4) | digit;
    if ((d & 7) === 7) words[place + (d >> 3)] = word;
  }
  isUuid &&= all >= 0;
  if (!isUuid) words.fill(0, place, place + 4);
  return isUuid;
}

export function unpackUuid(words: Int32Array, place: number): string {
  let hex = '';
  for (let i = 0; i < 4; i++) hex += ((words[place + i] as number) >>> 0).toString(16).padStart(8, '0');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
