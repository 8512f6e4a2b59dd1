import type { CompiledOffer, Placement } from '../decision/offer.ts';
import type { Sequence, Space } from '../lib/ids.ts';
import type { Attribute } from '../profile/attribute.ts';
import type { SegmentProgram } from '../segment/program.ts';
import { createSegmentRuntime, type SegmentRuntime } from '../segment/runtime.ts';
import type { BrowserPart, CompiledParts, Manifest, ProgramPart } from './manifest.ts';
import type { Source } from './resources.ts';

/** A ruleset as the hot path reads it: resident, immutable, every lookup a Map. */
export interface LoadedRuleset {
  readonly manifest: Manifest;
  readonly space: Space;
  readonly sequence: Sequence;
  readonly salt: string;
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly placements: ReadonlyMap<string, Placement>;
  readonly offers: ReadonlyMap<string, CompiledOffer>;
  /** Candidates of each placement: priority descending, then id ascending. A placement without offers has an empty list. */
  readonly offersByPlacement: ReadonlyMap<string, readonly CompiledOffer[]>;
  readonly sources: ReadonlyMap<string, Source>;
  readonly sourceByWriteKey: ReadonlyMap<string, Source>;
  /** By SHA-256 (hex) of the server key. */
  readonly sourceByServerKeyHash: ReadonlyMap<string, Source>;
  readonly program: SegmentProgram;
  readonly segments: SegmentRuntime;
  /** By position in the program; eligibility rules of offers are never public. */
  readonly segmentInfo: ProgramPart['segmentInfo'];
  /** By source id; a source without a write key has none. */
  readonly browser: ReadonlyMap<string, BrowserPart>;
}

/**
 * Builds the resident form. `previous` is a ruleset of the same space: when its program is the same part, its
 * runtime is shared instead of built again.
 */
export function loadRuleset(
  manifest: Manifest,
  parts: CompiledParts,
  previous: LoadedRuleset | null = null,
): LoadedRuleset {
  const { program, decisions, sources, browser } = parts;
  const sameProgram =
    previous !== null &&
    previous.space === manifest.space &&
    previous.manifest.parts.program === manifest.parts.program;
  return {
    manifest,
    space: manifest.space,
    sequence: manifest.sequence,
    salt: manifest.salt,
    attributes: byId(program.attributes),
    placements: byId(decisions.placements),
    offers: byId(decisions.offers),
    offersByPlacement: rankOffers(decisions.placements, decisions.offers),
    sources: byId(sources.sources),
    sourceByWriteKey: byKey(sources.sources, (source) => source.writeKeys),
    sourceByServerKeyHash: byKey(sources.sources, (source) => source.serverKeyHashes),
    program: sameProgram ? previous.program : program.segments,
    segments: sameProgram ? previous.segments : createSegmentRuntime(program.segments),
    segmentInfo: program.segmentInfo,
    browser: new Map(Object.entries(browser)),
  };
}

function byId<T extends { readonly id: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}

function byKey(sources: readonly Source[], keysOf: (source: Source) => readonly string[]): ReadonlyMap<string, Source> {
  return new Map(sources.flatMap((source) => keysOf(source).map((key) => [key, source] as const)));
}

function rankOffers(
  placements: readonly Placement[],
  offers: readonly CompiledOffer[],
): ReadonlyMap<string, readonly CompiledOffer[]> {
  const ranked = new Map<string, CompiledOffer[]>(placements.map((placement) => [placement.id, []]));
  const best = [...offers].sort((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1));
  for (const offer of best) {
    for (const placement of offer.placements) ranked.get(placement)?.push(offer);
  }
  return ranked;
}
