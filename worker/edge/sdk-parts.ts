import type { LoadedRuleset } from '../../core/ruleset/loaded.ts';
import type { BrowserPart } from '../../core/ruleset/manifest.ts';
import type { Source } from '../../core/ruleset/resources.ts';

/**
 * The parts of sdk.js that this source needs, in the order in which they stand in the built text; the last holds the configuration. `visitorLink`: other sites
 * share its visitors. `dom`: some offer changes the page or leads on. `early`: there is something to show at all.
 */
export function sdkParts(
  text: string,
  { everywhere = [], prehide = {}, placements }: Pick<BrowserPart, 'everywhere' | 'prehide' | 'placements'>,
  linksVisitors: boolean,
): string {
  const [visitorLink, dom, early, base] = text.split('\n');
  // Rulesets of earlier code name DOM placements by what they hide only.
  const changesPages = everywhere.length > 0 || Object.keys(prehide).length > 0;
  return [linksVisitors && visitorLink, changesPages && dom, placements.length > 0 && early, base]
    .filter((part) => part)
    .join('\n');
}

/** Whether a visitor of the source may be taken along to another site: the sources of its group, itself included, have more than one origin. */
export function linksVisitors({ group, jurisdiction }: Source, { sources }: Pick<LoadedRuleset, 'sources'>): boolean {
  const origins = new Set<string>();
  for (const each of sources.values())
    if (each.group === group && each.jurisdiction === jurisdiction)
      for (const origin of each.allowedOrigins) origins.add(origin);
  return origins.size > 1;
}
