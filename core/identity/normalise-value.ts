/** What makes two spellings of one id equal. Each returns null for a text that is no value of its kind. */
const NORMALISERS = {
  /** As it came: ids of other systems are case sensitive. */
  none: (text: string) => text,
  /** Edges cut and Unicode composed (NFC): two encodings of one letter are one letter; look-alikes stay different. */
  trim: (text: string) => text.trim().normalize('NFC'),
  lower: (text: string) => text.trim().normalize('NFC').toLowerCase(),
  email: normaliseEmail,
  phone: normalisePhone,
} as const satisfies Record<string, (text: string) => string | null>;

export type Normaliser = keyof typeof NORMALISERS;
export const NORMALISER_NAMES = Object.keys(NORMALISERS) as readonly Normaliser[];

/**
 * Control characters (C0, DEL, C1), line and paragraph separators, lone surrogates: no id that a person or a system has
 * is spelt with them. They split log lines and keys, and text with half a character does not survive UTF-8.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * The comparable form of a value, or null when it is none of its kind. A tab or a line break at an edge is cut off by those
 * normalisers that trim; what is left is one line of text.
 */
export function normaliseValue(normaliser: Normaliser, text: string): string | null {
  const value = NORMALISERS[normaliser](text);
  return value === null || UNPRINTABLE.test(value) ? null : value;
}

const EMAIL = /^[^\s@"(),:;<>[\]\\]+@[^\s@"(),:;<>[\]\\.]+(?:\.[^\s@"(),:;<>[\]\\.]+)*$/;

/**
 * Lower case, no spaces, one `@`. The local part is case sensitive by RFC 5321 and never is in practice. No provider
 * rules (dots, plus tags): they differ by provider and a wrong fold melts two people.
 */
function normaliseEmail(text: string): string | null {
  const value = text.trim().normalize('NFC').toLowerCase();
  return value.length <= 254 && EMAIL.test(value) ? value : null;
}

/**
 * E.164: `+`, a country code that does not begin with 0, 7 to 15 digits in all. `00` counts as `+`. A national number is
 * refused: which country it is in cannot be told from its digits, and guessing would join strangers.
 */
function normalisePhone(text: string): string | null {
  const written = text.trim().normalize('NFKC');
  if (!/^[+\d][\d\s().\-/]*$/.test(written)) return null;
  const digits = written.replaceAll(/\D/g, '');
  const international = written.startsWith('+') ? digits : digits.startsWith('00') ? digits.slice(2) : null;
  return international !== null && /^[1-9]\d{6,14}$/.test(international) ? `+${international}` : null;
}
