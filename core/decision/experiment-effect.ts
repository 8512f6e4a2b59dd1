import type { CompiledOffer } from './compiled.ts';
import type { CompiledContent } from './content/compiled-content.ts';

/**
 * What the ruleset adds to an experiment so that it can be decided; what its variants name by id (offers, rankers) needs nothing. Only for
 * experiments that have one of these.
 */
export interface CompiledEffect {
  readonly experiment: string;
  /** By variant that uses content. On an offer: for the kinds of its placements. */
  readonly contents?: Readonly<Record<string, CompiledOffer['contents']>>;
  /** On a segment: by variant that does not use the default, then by offer whose eligibility asks for the segment: its rule instead. */
  readonly rules?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Of a content by language. */
export type Languages = Readonly<Record<string, CompiledContent>>;
