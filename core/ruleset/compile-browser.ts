import type { CompiledOffer } from '../decision/compiled.ts';
import type { DomContent } from '../decision/content/dom-action.ts';
import type { CompiledEffect } from '../decision/experiment-effect.ts';
import { byteLength } from '../lib/byte-length.ts';
import { limit } from '../lib/limits.ts';
import type { BrowserPart } from './manifest.ts';
import type { RulesetProblem } from './problem.ts';
import { redirectHosts } from './redirect-hosts.ts';
import type { RulesetSources, Source } from './resources.ts';

/** What may appear on pages. */
export interface Shown {
  readonly offers: readonly CompiledOffer[];
  readonly effects: readonly CompiledEffect[];
}

/** What sdk.js carries of each source that has a write key. Pages ask only for placements that something may appear in. */
export function compileBrowserParts(sources: RulesetSources, shown: Shown): readonly BrowserPart[] {
  const running = sources.experiment.filter(({ status }) => status !== 'draft');
  const used = new Set([
    ...sources.offer.flatMap((offer) => offer.placements),
    ...running.flatMap(({ on }) => (on.kind === 'placement' ? [on.id] : [])),
  ]);
  const placements = sources.placement.flatMap(({ id }) => (used.has(id) ? [id] : []));
  const prehide = changedElements(sources, shown);
  const kinds = new Map(sources.placement.map(({ id, kind }) => [id, kind]));
  const everywhere = placements.filter((id) => kinds.get(id) === 'dom' || kinds.get(id) === 'redirect');
  const leadsOn = everywhere.some((id) => kinds.get(id) === 'redirect');
  return sources.source.flatMap(
    (source) => compileBrowserPart(source, { placements, everywhere, leadsOn, prehide }) ?? [],
  );
}

export function browserProblems(part: BrowserPart): readonly RulesetProblem[] {
  const bytes = bytesOf(part);
  if (bytes <= limit('browserConfigBytes')) return [];
  const detail = `The configuration in sdk.js has ${bytes} bytes; ${limit('browserConfigBytes')} are allowed. Use fewer or shorter ids of placements of kind dom or redirect, or fewer allowed origins.`;
  return [{ kind: 'source', id: part.source, pointer: '', code: 'browserConfigTooLarge', detail }];
}

type Selectors = ReadonlyMap<string, ReadonlySet<string>>;

/** What pages of every source may show. */
interface OnPages {
  readonly placements: readonly string[];
  readonly everywhere: readonly string[];
  readonly leadsOn: boolean;
  readonly prehide: Selectors;
}

function compileBrowserPart(source: Source, { placements, everywhere, leadsOn, prehide }: OnPages): BrowserPart | null {
  const key = source.writeKeys[0];
  if (key === undefined) return null;
  const { id, identityMode, defaultConsent, sdk } = source;
  const hosts = leadsOn ? redirectHosts(source) : [];
  let part: BrowserPart = {
    format: 1,
    key,
    source: id,
    identityMode,
    defaultConsent,
    sdk,
    // One says that there is something to show.
    placements: placements.slice(0, 1),
    ...(everywhere.length > 0 && { everywhere }),
    ...(hosts.length > 0 && { redirectHosts: hosts }),
  };
  // From here on niceties, which give way to what the SDK cannot do without: hiding elements until their offer is there.
  const isEverywhere = new Set(everywhere);
  const listed = new Set(part.placements);
  const list = (more: readonly string[]) => {
    let room = limit('browserConfigBytes') - bytesOf(part);
    for (const each of more) {
      const bytes = byteLength(`,${JSON.stringify(each)}`);
      if (listed.has(each) || bytes > room) continue;
      room -= bytes;
      listed.add(each);
    }
    part = { ...part, placements: placements.filter((each) => listed.has(each)) };
  };
  list(placements.filter((each) => !isEverywhere.has(each)));
  for (const placement of placements) {
    const selectors = prehide.get(placement);
    if (!selectors) continue;
    const longer = { ...part, prehide: { ...part.prehide, [placement]: [...selectors] } };
    if (bytesOf(longer) <= limit('browserConfigBytes')) part = longer;
  }
  // No element is marked for these.
  list(everywhere);
  return part;
}

/** CSS selectors of what DOM actions may change, by placement: of its offers and of variants, in every language. */
function changedElements({ placement, offer, experiment }: RulesetSources, { offers, effects }: Shown): Selectors {
  const found = new Map<string, Set<string>>();
  const isDom = new Set(placement.flatMap(({ id, kind }) => (kind === 'dom' ? [id] : [])));
  const add = (ids: readonly string[], { dom = {} }: CompiledOffer['contents']): void => {
    // The form was checked when the content was compiled.
    const actions = Object.values(dom).flatMap(({ value }) => (value as unknown as DomContent).actions);
    for (const id of ids) {
      if (!isDom.has(id) || actions.length === 0) continue;
      const known = found.get(id) ?? new Set();
      for (const { selector } of actions) known.add(selector);
      found.set(id, known);
    }
  };
  for (const { placements, contents } of offers) add(placements, contents);
  for (const effect of effects) {
    const on = experiment.find(({ id }) => id === effect.experiment)?.on;
    const ids = on?.kind === 'placement' ? [on.id] : (offer.find(({ id }) => id === on?.id)?.placements ?? []);
    for (const contents of Object.values(effect.contents ?? {})) add(ids, contents);
  }
  return found;
}

function bytesOf(part: BrowserPart): number {
  return byteLength(JSON.stringify(part));
}
