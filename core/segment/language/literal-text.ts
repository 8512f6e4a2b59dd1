/** The value of a number as the lexer reads it; Infinity beyond the range of doubles, which the checks refuse. */
export function literalNumber(image: string): number {
  return Number(image);
}

/** The value of a text token: JSON's escapes, and the lexer lets no other in. */
export function literalText(image: string): string {
  return JSON.parse(image) as string;
}
