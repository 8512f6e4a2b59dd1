/** Ids that are UUIDs in lower case take four 32-bit words, the first half of the text first; others are kept as text. */

const HYPHEN = 45;
/** By ASCII code; -1: no digit. */
const DIGITS = Int8Array.from({ length: 128 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code)));

/** Writes the words of a UUID from `place` on. False, with the words cleared: the text is something else. */
export function packUuid(text: string, words: Int32Array, place: number): boolean {
  if (
    text.length === 36 &&
    text.charCodeAt(8) === HYPHEN &&
    text.charCodeAt(13) === HYPHEN &&
    text.charCodeAt(18) === HYPHEN &&
    text.charCodeAt(23) === HYPHEN
  ) {
    const a = fourDigits(text, 0);
    const b = fourDigits(text, 4);
    const c = fourDigits(text, 9);
    const d = fourDigits(text, 14);
    const e = fourDigits(text, 19);
    const f = fourDigits(text, 24);
    const g = fourDigits(text, 28);
    const h = fourDigits(text, 32);
    if ((a | b | c | d | e | f | g | h) >= 0) {
      words[place] = (a << 16) | b;
      words[place + 1] = (c << 16) | d;
      words[place + 2] = (e << 16) | f;
      words[place + 3] = (g << 16) | h;
      return true;
    }
  }
  words[place] = words[place + 1] = words[place + 2] = words[place + 3] = 0;
  return false;
}

/** Their number; below 0: some are none. */
function fourDigits(text: string, at: number): number {
  const a = text.charCodeAt(at);
  const b = text.charCodeAt(at + 1);
  const c = text.charCodeAt(at + 2);
  const d = text.charCodeAt(at + 3);
  if ((a | b | c | d) > 127) return -1;
  return (
    ((DIGITS[a] as number) << 12) | ((DIGITS[b] as number) << 8) | ((DIGITS[c] as number) << 4) | (DIGITS[d] as number)
  );
}

export function unpackUuid(words: Int32Array, place: number): string {
  let hex = '';
  for (let i = 0; i < 4; i++) hex += ((words[place + i] as number) >>> 0).toString(16).padStart(8, '0');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
