import type { CompiledOffer } from '../decision/compiled.ts';
import type { DomContent } from '../decision/content/dom-action.ts';
import type { Placement } from '../decision/placement.ts';
import { byteLength } from '../lib/byte-length.ts';
import type { Space } from '../lib/ids.ts';
import { limit } from '../lib/limits.ts';
import type { BrowserPart } from './manifest.ts';
import { isOrigin, spaceOfKey } from './names.ts';
import type { RulesetProblem } from './problem.ts';
import type { Source } from './resources.ts';

/** Everything wrong with sources, alone and among each other. */
export function sourceProblems(space: Space, sources: readonly Source[]): readonly RulesetProblem[] {
  const problems: RulesetProblem[] = [];
  const say = (source: Source, pointer: string, code: RulesetProblem['code'], detail: string): void => {
    problems.push({ kind: 'source', id: source.id, pointer, code, detail });
  };
  const holders = new Map<string, string>();
  for (const source of sources) {
    source.writeKeys.forEach((key, index) => {
      if (spaceOfKey(key, 'wk') !== space)
        say(source, `/writeKeys/${index}`, 'wrongSpace', `A write key of this space begins with wk_${space}.`);
    });
    for (const [member, keys] of [
      ['writeKeys', source.writeKeys],
      ['serverKeyHashes', source.serverKeyHashes],
    ] as const) {
      keys.forEach((key, index) => {
        const holder = holders.get(key);
        if (holder !== undefined)
          say(source, `/${member}/${index}`, 'duplicateKey', `The source "${holder}" holds the same key.`);
        else holders.set(key, source.id);
      });
    }
    source.allowedOrigins.forEach((origin, index) => {
      const pointer = `/allowedOrigins/${index}`;
      if (!isOrigin(origin))
        say(
          source,
          pointer,
          'invalidOrigin',
          'An origin has a scheme, a host and perhaps a port: https://shop.example',
        );
      else if (source.crossSite && source.identityMode === 'cookie' && !isSecure(origin)) {
        say(source, pointer, 'crossSiteCookie', 'Browsers keep cross-site cookies for https only.');
      }
    });
  }
  return problems;
}

/** Browsers treat loopback as secure. */
function isSecure(origin: string): boolean {
  return origin.startsWith('https:') || /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::|$)/.test(origin);
}

/** What sdk.js carries of a source, or null for a source without a write key. */
export function compileBrowserPart(
  source: Source,
  placements: readonly Placement[],
  offers: readonly CompiledOffer[],
): BrowserPart | null {
  const key = source.writeKeys[0];
  if (key === undefined) return null;
  const { id, identityMode, defaultConsent, sdk } = source;
  const ids = placements.map((placement) => placement.id);
  let part: BrowserPart = { format: 1, key, source: id, identityMode, defaultConsent, sdk, placements: ids };
  for (const placement of placements) {
    const selectors = changedElements(placement, offers);
    if (selectors.length === 0) continue;
    // Hiding elements until their offer is there is a nicety: it gives way to what the SDK cannot do without.
    const longer = { ...part, prehide: { ...part.prehide, [placement.id]: selectors } };
    if (bytesOf(longer) <= limit('browserConfigBytes')) part = longer;
  }
  return part;
}

/** CSS selectors of what the offers of a placement of DOM actions change, in every language, each once. */
function changedElements({ id, kind }: Placement, offers: readonly CompiledOffer[]): readonly string[] {
  if (kind !== 'dom') return [];
  const contents = offers
    .filter((offer) => offer.placements.includes(id))
    .flatMap((offer) => Object.values(offer.contents.dom ?? {}));
  // The form was checked when the content was compiled.
  const actions = contents.flatMap(({ value }) => (value as unknown as DomContent).actions);
  return [...new Set(actions.map(({ selector }) => selector))];
}

export function browserProblems(part: BrowserPart): readonly RulesetProblem[] {
  const bytes = bytesOf(part);
  if (bytes <= limit('browserConfigBytes')) return [];
  const detail = `The configuration in sdk.js has ${bytes} bytes; ${limit('browserConfigBytes')} are allowed. Use fewer or shorter placement ids.`;
  return [{ kind: 'source', id: part.source, pointer: '', code: 'browserConfigTooLarge', detail }];
}

function bytesOf(part: BrowserPart): number {
  return byteLength(JSON.stringify(part));
}
