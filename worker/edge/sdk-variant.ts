import type { ContentKind } from '../../core/decision/placement.ts';
import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import type { BrowserPart } from '../../core/ruleset/manifest.ts';
import type { Source } from '../../core/ruleset/resources.ts';

/** Variants of sdk.js in the order in which they stand in the built text, each more than the one before; then the same again, linking visitors. */
const SHOWN = ['base', 'early', 'dom', 'redirect'] as const;

/**
 * The text of sdk.js that this source needs, of all that were built, with an empty line between. `redirect`: some offer leads on. `dom`: some changes the page. `early`: there is
 * something to show at all. Linking visitors: other sites share them.
 */
export function sdkVariant(
  text: string,
  { everywhere = [], prehide = {}, placements }: Pick<BrowserPart, 'everywhere' | 'prehide' | 'placements'>,
  kindOf: (placement: string) => ContentKind | undefined,
  linksVisitors: boolean,
): string {
  // Rulesets of earlier code name DOM placements by what they hide only.
  const changesPages = everywhere.length > 0 || Object.keys(prehide).length > 0;
  const leadsOn = everywhere.some((placement) => kindOf(placement) === 'redirect');
  const shown = leadsOn ? 'redirect' : changesPages ? 'dom' : placements.length > 0 ? 'early' : 'base';
  return text.split('\n\n')[SHOWN.indexOf(shown) + (linksVisitors ? SHOWN.length : 0)] ?? '';
}

/** Whether a visitor of the source may be taken along to another site: the sources of its group, itself included, have more than one origin. */
export function linksVisitors({ group, jurisdiction }: Source, { sources }: Pick<LoadedRuleset, 'sources'>): boolean {
  const origins = new Set<string>();
  for (const each of sources.values())
    if (each.group === group && each.jurisdiction === jurisdiction)
      for (const origin of each.allowedOrigins) origins.add(origin);
  return origins.size > 1;
}
