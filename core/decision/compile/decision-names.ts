import type { TemplateNames } from '../content/language/template-names.ts';

/** What placements, offers and rankers may name. */
export interface DecisionNames {
  readonly offers: ReadonlySet<string>;
  readonly rankers: ReadonlySet<string>;
  readonly segments: ReadonlySet<string>;
  readonly strategies: ReadonlySet<string>;
  readonly content: TemplateNames;
}
