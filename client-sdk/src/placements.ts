import type { Proposition } from '../../core/decision/proposition.ts';
import type { JsonValue } from '../../core/lib/json.ts';

declare global {
  /** Placements of the ruleset and what each holds: filled in by generated types. */
  interface SelvedgePlacements {}
}

/** Any text until types are generated; from then on only what the ruleset has. */
export type PlacementId = [keyof SelvedgePlacements] extends [never] ? string : keyof SelvedgePlacements & string;

export type ContentOf<P extends string> = P extends keyof SelvedgePlacements ? SelvedgePlacements[P] : JsonValue;

/** The answer for one placement, with content of its type. */
export type Decision<P extends string = string> = Omit<Proposition, 'placement' | 'content'> & {
  readonly placement: P;
  readonly content: ContentOf<P>;
};
