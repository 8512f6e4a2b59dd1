import type { CompiledOffer, CompiledPlacement, CompiledRanker } from '../decision/compiled.ts';
import type { CompiledEffect } from '../decision/experiment-effect.ts';
import type { BanditShares } from '../decision/ranking/bandit-shares.ts';
import { type Experiments, loadExperiments } from '../experiment/loaded-experiments.ts';
import { compileIdentity, DEFAULT_STITCH_RULES } from '../identity/identity-config.ts';
import type { StitchRules } from '../identity/replay/stitch-rules.ts';
import type { Sequence, Space } from '../lib/ids.ts';
import type { Surroundings } from '../model/recommend/candidates.ts';
import { type CompiledStrategy, compileStrategy } from '../model/recommend/compile-strategy.ts';
import type { Attribute } from '../profile/attribute.ts';
import { type Retention, retentionOf } from '../profile/retention.ts';
import { createEngine, type Engine } from '../segment/runtime/engine.ts';
import { type CompiledPlan, compilePlan } from '../source/tracking-plan.ts';
import type { Gradual } from './gradual.ts';
import { createLiveData, type PeekPart } from './live-data.ts';
import type {
  BrowserPart,
  DecisionsPart,
  IdentityPart,
  LiveParts,
  Manifest,
  MeasureInfo,
  ProgramPart,
} from './manifest.ts';
import { placementsOfItems } from './placements-of-items.ts';
import { presentDecisions } from './present-decisions.ts';
import type { Source } from './resources.ts';

/** A ruleset as the hot path reads it: resident, immutable, every lookup a Map. */
export interface LoadedRuleset {
  readonly manifest: Manifest;
  readonly space: Space;
  readonly sequence: Sequence;
  readonly salt: string;
  /** Not everybody has this ruleset yet; null: everybody has. */
  readonly gradual: Gradual<LoadedRuleset> | null;
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly placements: ReadonlyMap<string, CompiledPlacement>;
  readonly offers: ReadonlyMap<string, CompiledOffer>;
  /** Candidates of each placement: priority descending, then id ascending. A placement without offers has an empty list. */
  readonly offersByPlacement: ReadonlyMap<string, readonly CompiledOffer[]>;
  readonly rankers: ReadonlyMap<string, CompiledRanker>;
  readonly experiments: Experiments;
  /** By experiment; those that need none have none. */
  readonly effects: ReadonlyMap<string, CompiledEffect>;
  /** Recommendation strategies. */
  readonly strategies: ReadonlyMap<string, CompiledStrategy>;
  /** Catalogue, neighbours and popular items, as far as they are in memory. */
  readonly items: Surroundings;
  /** Placements that may show items: for them it is worth to wait for the catalogue. */
  readonly placementsOfItems: ReadonlySet<string>;
  /** Traffic of arms, as a job worked it out. */
  readonly bandit: BanditShares;
  readonly sources: ReadonlyMap<string, Source>;
  readonly sourceByWriteKey: ReadonlyMap<string, Source>;
  /** By SHA-256 (hex) of the server key. */
  readonly sourceByServerKeyHash: ReadonlyMap<string, Source>;
  /** By group of sources, in seconds since 1970: visitor tokens that were signed before are refused. Absent: none are. */
  readonly revokedBefore: ReadonlyMap<string, number>;
  /** Runs the program; shared by the rulesets that have the same one. */
  readonly engine: Engine;
  /** What sources are expected to send, by source; those that may send anything have none. */
  readonly plans: ReadonlyMap<string, CompiledPlan>;
  /** By position in the program; what is hidden is never public. */
  readonly segmentInfo: ProgramPart['segmentInfo'];
  /** How identities become people; shared by the rulesets that have the same part `identity`. */
  readonly stitch: StitchRules;
  /** How long facts are kept, by event type. */
  readonly retention: Retention;
  /** By id, hidden rules included. */
  readonly positions: ReadonlyMap<string, number>;
  /** Positions of the segments whose flips wake the profile. */
  readonly observed: readonly number[];
  readonly measures: ReadonlyMap<string, MeasureInfo>;
  /** By source id; a source without a write key has none. */
  readonly browser: ReadonlyMap<string, BrowserPart>;
}

/**
 * Builds the resident form. `previous` is a ruleset of the same space: when its program is the same part, its
 * engine is shared instead of built again; so are the rules for identities. `peek`: what of the data parts is in memory. `stable`: beside a candidate, what most have.
 */
export function loadRuleset(
  manifest: Manifest,
  parts: LiveParts,
  previous: LoadedRuleset | null = null,
  peek: PeekPart = () => null,
  stable: LoadedRuleset | null = null,
): LoadedRuleset {
  const { program, sources, identity, retention, plans, bandit, browser } = parts;
  const decisions = presentDecisions(parts.decisions);
  const held = previous !== null && previous.space === manifest.space ? previous : null;
  const isSame = (part: string): boolean => held?.manifest.parts[part] === manifest.parts[part];
  return {
    manifest,
    space: manifest.space,
    sequence: manifest.sequence,
    salt: manifest.salt,
    gradual: gradualOf(manifest, stable),
    attributes: byId(program.attributes),
    placements: byId(decisions.placements),
    offers: byId(decisions.offers),
    offersByPlacement: rankOffers(decisions.placements, decisions.offers),
    rankers: byId(decisions.rankers),
    experiments: loadExperiments(decisions.experiments),
    effects: new Map(decisions.effects.map((effect) => [effect.experiment, effect])),
    strategies: byId(decisions.strategies.flatMap(present)),
    items: createLiveData(manifest.parts, peek),
    placementsOfItems: placementsOfItems(decisions),
    bandit: bandit?.shares ?? {},
    sources: byId(sources.sources),
    sourceByWriteKey: byKey(sources.sources, (source) => source.writeKeys),
    sourceByServerKeyHash: byKey(sources.sources, (source) => source.serverKeyHashes),
    revokedBefore: revocations(sources.sources),
    engine: held && isSame('program') ? held.engine : createEngine(program.program),
    stitch: stitchOf(identity, held && isSame('identity') ? held.stitch : null),
    retention: retentionOf(retention?.days ?? {}),
    plans: new Map((plans?.plans ?? []).map((plan) => [plan.id, compilePlan(plan)])),
    segmentInfo: program.segmentInfo,
    positions: new Map(program.segmentInfo.map(({ id }, position) => [id, position])),
    observed: program.segmentInfo.flatMap(({ observed }, position) => (observed ? [position] : [])),
    measures: byId(program.measures),
    browser: new Map(Object.entries(browser)),
  };
}

function gradualOf({ percent, gradualSince }: Manifest, stable: LoadedRuleset | null): LoadedRuleset['gradual'] {
  return stable && percent !== undefined && gradualSince !== undefined
    ? { stable, percent, since: gradualSince }
    : null;
}

/** Checked at publish; one that the code has come to refuse since recommends nothing. */
function present(strategy: DecisionsPart['strategies'][number]): readonly CompiledStrategy[] {
  const compiled = compileStrategy(strategy);
  return compiled.ok ? [compiled.value] : [];
}

function stitchOf(part: IdentityPart | undefined, held: StitchRules | null): StitchRules {
  return held ?? (part ? compileIdentity(part) : DEFAULT_STITCH_RULES);
}

function byId<T extends { readonly id: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}

function byKey(sources: readonly Source[], keysOf: (source: Source) => readonly string[]): ReadonlyMap<string, Source> {
  return new Map(sources.flatMap((source) => keysOf(source).map((key) => [key, source] as const)));
}

function revocations(sources: readonly Source[]): ReadonlyMap<string, number> {
  const byGroup = new Map<string, number>();
  for (const { group, revokedBefore = 0 } of sources) {
    if (revokedBefore > (byGroup.get(group) ?? 0)) byGroup.set(group, revokedBefore);
  }
  return byGroup;
}

function rankOffers(
  placements: readonly CompiledPlacement[],
  offers: readonly CompiledOffer[],
): ReadonlyMap<string, readonly CompiledOffer[]> {
  const ranked = new Map<string, CompiledOffer[]>(placements.map((placement) => [placement.id, []]));
  const best = [...offers].sort((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1));
  for (const offer of best) {
    for (const placement of offer.placements) ranked.get(placement)?.push(offer);
  }
  return ranked;
}
