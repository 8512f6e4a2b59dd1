/** What a person may consent to. The position is the bit in every stored purpose mask: never reorder, only append. */
export const PURPOSES = ['necessary', 'analytics', 'personalization', 'advertising', 'sharing'] as const;
export type Purpose = (typeof PURPOSES)[number];
/** Bit i is PURPOSES[i]. */
export type PurposeMask = number;
export type ConsentChoice = 'in' | 'out' | 'pending';
export type ConsentChoices = { readonly [P in Purpose]?: ConsentChoice };

export const NECESSARY_MASK: PurposeMask = 1;
export const ALL_PURPOSES_MASK: PurposeMask = (1 << PURPOSES.length) - 1;

/** What `Sec-GPC: 1` denies, whatever was said. */
export const GPC_DENIES: PurposeMask = (1 << PURPOSES.indexOf('advertising')) | (1 << PURPOSES.indexOf('sharing'));

export function purposeBit(purpose: Purpose): PurposeMask {
  return 1 << PURPOSES.indexOf(purpose);
}

/**
 * The purposes under which one event is collected. `necessary` is always there; any other purpose needs an
 * explicit `in`, from the event first, else from the source's default. `Sec-GPC: 1` denies advertising and sharing whatever was said.
 */
export function collectedUnder(
  said: ConsentChoices | undefined,
  sourceDefault: ConsentChoices,
  globalPrivacyControl: boolean,
): PurposeMask {
  let mask = NECESSARY_MASK;
  for (const purpose of PURPOSES) {
    const choice = said?.[purpose] ?? sourceDefault[purpose];
    if (choice === 'in') mask |= purposeBit(purpose);
  }
  return globalPrivacyControl ? mask & ~GPC_DENIES : mask;
}

/** The purposes that are withdrawn now: facts collected for them do not exist for rules that declare them. */
export function withdrawnMask(current: ConsentChoices): PurposeMask {
  let mask = 0;
  for (const purpose of PURPOSES) {
    if (purpose !== 'necessary' && current[purpose] === 'out') mask |= purposeBit(purpose);
  }
  return mask;
}

/** Whether everything that was asked for is refused: something was, and nothing is granted or still open. */
export function isRefusal({ necessary: _, ...asked }: ConsentChoices): boolean {
  const choices = Object.values(asked);
  return choices.length > 0 && choices.every((choice) => choice === 'out');
}
