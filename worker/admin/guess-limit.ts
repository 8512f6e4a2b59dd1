import type { Instant } from '../../core/lib/ids.ts';
import { limit } from '../../core/lib/limits.ts';

/** Addresses that are remembered at a time; the one that began first is forgotten first. */
const MOST_ADDRESSES = 1_000;

interface Guesses {
  readonly until: Instant;
  readonly hashes: Set<string>;
}

export type GuessLimit = ReturnType<typeof createGuessLimit>;

/**
 * Counts the different wrong tokens that come from an address, each once: a program that goes on with a revoked token is no guesser. In the
 * memory of one isolate, so a guesser who reaches many has as many tries in each; it saves work, while 256 random bits keep the tokens safe.
 */
export function createGuessLimit() {
  const byAddress = new Map<string, Guesses>();
  const held = (address: string, now: Instant): Guesses | null => {
    const guesses = byAddress.get(address);
    if (guesses && guesses.until > now) return guesses;
    byAddress.delete(address);
    return null;
  };
  return {
    /** How long nothing is taken from this address any more, in ms; 0: it may ask. */
    waitMs(address: string, now: Instant): number {
      const guesses = held(address, now);
      return guesses && guesses.hashes.size >= limit('wrongOperatorTokens') ? guesses.until - now : 0;
    },

    wrong(address: string, hash: string, now: Instant): void {
      const present = held(address, now);
      if (present) {
        present.hashes.add(hash);
        return;
      }
      const oldest = byAddress.size >= MOST_ADDRESSES ? byAddress.keys().next().value : undefined;
      if (oldest !== undefined) byAddress.delete(oldest);
      byAddress.set(address, { until: (now + limit('wrongOperatorTokenMs')) as Instant, hashes: new Set([hash]) });
    },
  };
}

/** The host of a request, for counting only. Of IPv6 the network of 64 bits: one host has as many addresses as it likes. */
export function guesserOf(headers: Headers): string {
  const address = headers.get('cf-connecting-ip') ?? 'local';
  return address.includes(':') ? networkOf(address) : address;
}

function networkOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined ? left : [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return groups.slice(0, 4).join(':');
}
