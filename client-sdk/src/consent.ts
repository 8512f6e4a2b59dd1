import type { ConsentChoices, Purpose } from '../../core/policy/purposes.ts';
import type { SdkConfig } from './config.ts';
import type { Storage } from './storage.ts';

/**
 * `open`: some purpose is consented to (or the site asks for none); `held`: still to be chosen, so nothing leaves and
 * nothing is stored; `closed`: everything was refused.
 */
export type ConsentMode = 'open' | 'held' | 'closed';

/** Where the choice is kept. */
export const CHOICE = 'c';

export interface Consent {
  /** The choices that an event made now carries. Global Privacy Control denies advertising and sharing whatever was said. */
  now(): ConsentChoices;
  mode(): ConsentMode;
  /** Remembers a choice. A purpose left out keeps what held before. */
  choose(choices: ConsentChoices): void;
}

/** Read from storage each time, so that a withdrawal in another tab holds here at once. */
export function createConsent(config: SdkConfig, storage: Storage): Consent {
  const chosen = (): ConsentChoices => ({ ...config.defaultConsent, ...storage.get<ConsentChoices>(CHOICE) });
  return {
    now: () => ({
      ...chosen(),
      ...((navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl &&
        ({ advertising: 'out', sharing: 'out' } as const)),
    }),
    mode: () => {
      const { necessary, ...rest } = chosen();
      const choices = Object.values(rest);
      return !choices[0] || choices.includes('in') ? 'open' : choices.includes('pending') ? 'held' : 'closed';
    },
    choose: (choices) => storage.set(CHOICE, { ...storage.get<ConsentChoices>(CHOICE), ...choices }),
  };
}

/** What was pending when an event was made takes the choice made since; everything else stays as it was made. */
export function settleConsent(made: ConsentChoices, now: ConsentChoices): ConsentChoices {
  const settled: Record<string, string> = { ...made };
  for (const purpose in settled) {
    if (settled[purpose] === 'pending') settled[purpose] = now[purpose as Purpose] ?? 'pending';
  }
  return settled as ConsentChoices;
}
