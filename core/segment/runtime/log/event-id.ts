/** Ids that are UUIDs in lower case take four 32-bit words, the first half of the text first; others are kept as text. */

/** Writes the words of a UUID from `place` on. False, with the words cleared: the text is something else. */
export function packUuid(text: string, words: Int32Array, place: number): boolean {
  let isUuid = text.length === 36;
  let digits = 0;
  let word = 0;
  for (let i = 0; isUuid && i < 36; i++) {
    const unit = text.charCodeAt(i);
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      isUuid = unit === 45;
      continue;
    }
    isUuid = (unit >= 48 && unit <= 57) || (unit >= 97 && unit <= 102);
    word = (word << 4) | ((unit & 15) + (unit >> 6) * 9);
    if ((++digits & 7) === 0) words[place + (digits >> 3) - 1] = word;
  }
  if (!isUuid) words.fill(0, place, place + 4);
  return isUuid;
}

export function unpackUuid(words: Int32Array, place: number): string {
  let hex = '';
  for (let i = 0; i < 4; i++) hex += ((words[place + i] as number) >>> 0).toString(16).padStart(8, '0');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
