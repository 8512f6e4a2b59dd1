const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const PER_DIGIT = 6;

/** One bit for each rule in turn, six to a digit of base64url, the highest bit first. */
export function packBits(positions: readonly Int32Array[], members: Uint8Array): string {
  let text = '';
  let digit = 0;
  let bits = 0;
  for (const list of positions) {
    for (let i = 0; i < list.length; i++) {
      digit = (digit << 1) | (members[list[i] as number] === 1 ? 1 : 0);
      if (++bits < PER_DIGIT) continue;
      text += DIGITS[digit];
      digit = 0;
      bits = 0;
    }
  }
  return bits === 0 ? text : text + DIGITS[digit << (PER_DIGIT - bits)];
}

/** The same positions, each only where it comes up first. Each list rises. */
export function eachOnce(positions: readonly Int32Array[]): readonly Int32Array[] {
  if (positions.length < 2) return positions;
  const known = new Uint8Array(highestOf(positions) + 1);
  return positions.map((list) =>
    list.filter((position) => {
      const isNew = known[position] === 0;
      known[position] = 1;
      return isNew;
    }),
  );
}

function highestOf(positions: readonly Int32Array[]): number {
  return positions.reduce((max, list) => Math.max(max, list.at(-1) ?? -1), -1);
}

/** The members again, of these rules; null: the text is not of so many rules, or says two things of one. */
export function unpackBits(text: string, positions: readonly Int32Array[]): Uint8Array | null {
  const total = positions.reduce((sum, list) => sum + list.length, 0);
  if (text.length !== Math.ceil(total / PER_DIGIT)) return null;
  const highest = highestOf(positions);
  const members = new Uint8Array(highest + 1);
  const known = new Uint8Array(highest + 1);
  let at = 0;
  for (const list of positions) {
    for (const position of list) {
      const digit = DIGITS.indexOf(text.charAt(Math.floor(at / PER_DIGIT)));
      if (digit < 0) return null;
      const bit = (digit >> (PER_DIGIT - 1 - (at % PER_DIGIT))) & 1;
      if (known[position] === 1 && members[position] !== bit) return null;
      known[position] = 1;
      members[position] = bit;
      at++;
    }
  }
  return members;
}
