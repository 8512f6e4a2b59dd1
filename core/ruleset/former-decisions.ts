import type { CompiledOffer } from '../decision/compiled.ts';
import type { JsonValue } from '../lib/json.ts';

interface FormerPlacement {
  readonly id: string;
  readonly name: string;
  readonly kind: 'html' | 'json';
  readonly fallback: JsonValue;
}

interface FormerOffer extends Omit<CompiledOffer, 'caps' | 'suppression' | 'contents'> {
  readonly content: JsonValue;
}

/** Part `decisions` as it was before there were caps, rankers and experiments. Contents were no templates, whatever was in them. */
export interface FormerDecisionsPart {
  readonly format: 1;
  readonly placements: readonly FormerPlacement[];
  readonly offers: readonly FormerOffer[];
}
