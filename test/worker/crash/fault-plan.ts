import { createRandom, type Random } from './random.ts';

/** What becomes of one call between objects, or from the edge to one. */
export const FAULTS = [
  /** Never arrives. */
  'lost',
  /** Is handled; nobody hears of it. */
  'replyLost',
  'twice',
  /** Is handled, and a copy of it arrives some hundred ms later. */
  'later',
  /** The object is thrown out of memory when it has handled it. */
  'abortAfter',
  /** The object is thrown out of memory a moment later, whatever it does then. */
  'abortSoon',
] as const;
export type Fault = (typeof FAULTS)[number];

/** The binding FAULTS, as JSON. */
export interface FaultPlan {
  readonly seed: number;
  /** Share of calls that something happens to, by who is called. */
  readonly protocol: number;
  readonly directory: number;
  readonly interact: number;
}

/** The faults of one process: the n-th call of a kind meets the same fate in every run with the seed. */
export interface FaultDice {
  roll(kind: string, share: number): Fault | null;
  waitMs(kind: string, from: number, to: number): number;
}

export function createFaultDice(seed: number): FaultDice {
  const streams = new Map<string, Random>();
  const stream = (kind: string): Random => {
    const known =
      streams.get(kind) ?? createRandom(Array.from(kind).reduce((sum, char) => sum * 31 + char.charCodeAt(0), seed));
    streams.set(kind, known);
    return known;
  };
  return {
    roll(kind, share) {
      const random = stream(kind);
      return random.chance(share) ? (FAULTS[random.between(0, FAULTS.length - 1)] ?? null) : null;
    },
    waitMs: (kind, from, to) => stream(kind).between(from, to),
  };
}
