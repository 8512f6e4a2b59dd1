import type { CompiledOffer, Placement } from '../decision/offer.ts';
import type { Instant, Sequence, Space } from '../lib/ids.ts';
import type { Attribute } from '../profile/attribute.ts';
import type { SegmentProgram } from '../segment/program.ts';
import type { SdkOptions, Source } from './resources.ts';

/** What is live: a rising number and the content hashes (SHA-256, hex) of immutable parts. */
export interface Manifest {
  readonly space: Space;
  readonly sequence: Sequence;
  /** The sequence that everybody gets; a gradual publish adds `candidate` and `percent` beside it. */
  readonly stable: Sequence;
  readonly candidate?: Sequence;
  readonly percent?: number;
  /** Seeds every bucketing of this space; never changes. */
  readonly salt: string;
  readonly publishedAt: Instant;
  readonly parts: ManifestParts;
}

/** `program`, `decisions`, `sources`, and `browser/<source>` for each source. Data parts (catalogue, models) join later under their own names. */
export type ManifestParts = Readonly<Record<string, string>>;

/** Part `program`: what the profile object evaluates. */
export interface ProgramPart {
  readonly format: 1;
  readonly attributes: readonly Attribute[];
  readonly segments: SegmentProgram;
  /** About the segments, by position in the program. */
  readonly segmentInfo: readonly SegmentInfo[];
}

export interface SegmentInfo {
  readonly id: string;
  /** The site may see memberships of it. */
  readonly public: boolean;
  /** The eligibility rule of an offer: evaluated like a segment, shown to nobody. */
  readonly hidden: boolean;
}

/** Part `decisions`. An offer's eligibility is a hidden segment of the program, named here by position. */
export interface DecisionsPart {
  readonly format: 1;
  readonly placements: readonly Placement[];
  readonly offers: readonly CompiledOffer[];
}

/** Part `sources`: everything the edge needs to know a caller. */
export interface SourcesPart {
  readonly format: 1;
  readonly sources: readonly Source[];
}

/** Part `browser/<source>`: inlined into sdk.js. Public by definition. */
export interface BrowserPart {
  readonly format: 1;
  readonly key: string;
  readonly source: string;
  readonly identityMode: Source['identityMode'];
  readonly defaultConsent: Source['defaultConsent'];
  readonly sdk: SdkOptions;
  /** Placements that have at least one offer. */
  readonly placements: readonly string[];
}

/** What `compileRuleset` makes: each part's name and its JSON value; hashing and storing is the publisher's. */
export interface CompiledParts {
  readonly program: ProgramPart;
  readonly decisions: DecisionsPart;
  readonly sources: SourcesPart;
  readonly browser: Readonly<Record<string, BrowserPart>>;
}
