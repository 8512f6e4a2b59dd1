import type { CompiledOffer, CompiledPlacement, CompiledRanker } from '../decision/compiled.ts';
import type { CompiledEffect } from '../decision/experiment-effect.ts';
import type { AuthState } from '../event/event.ts';
import type { ExperimentsPart } from '../experiment/compiled-experiment.ts';
import type { IdentityConfig } from '../identity/identity-config.ts';
import type { Instant, Sequence, Space } from '../lib/ids.ts';
import type { RecommendationStrategy } from '../model/recommend/strategy.ts';
import type { Purpose } from '../policy/purposes.ts';
import type { Attribute } from '../profile/attribute.ts';
import type { Lineage } from '../segment/compile/lineage.ts';
import type { Expression } from '../segment/language/expression.ts';
import type { Program } from '../segment/runtime/program.ts';
import type { TrackingPlan } from '../source/tracking-plan.ts';
import type { BanditPart } from './data-parts.ts';
import type { FormerDecisionsPart } from './former-decisions.ts';
import type { RetentionSetting, SdkOptions, Source } from './resources.ts';

/** What is live: a rising number and the content hashes (SHA-256, hex) of immutable parts. */
export interface Manifest {
  readonly space: Space;
  readonly sequence: Sequence;
  /** The sequence that everybody gets; a gradual publish adds `candidate` and `percent` beside it. */
  readonly stable: Sequence;
  readonly candidate?: Sequence;
  readonly percent?: number;
  /** Beside a candidate: the sequence that the gradual publish began with, and what those get who do not have it yet. */
  readonly gradualSince?: Sequence;
  readonly stableParts?: ManifestParts;
  /** Seeds every bucketing of this space; never changes. */
  readonly salt: string;
  readonly publishedAt: Instant;
  readonly parts: ManifestParts;
}

/** `program`, `decisions`, `rules`, `sources`, `identity`, `retention`, `plans` and `browserRules` where there are any, `browser/<source>` for each source, and `content` (see content.ts). Data parts stand beside them: see data-parts.ts. */
export type ManifestParts = Readonly<Record<string, string>>;

/** The form of each part that this code writes and reads; a part of another form is not read. */
export const PART_FORMATS = {
  program: 2,
  decisions: 2,
  rules: 1,
  sources: 1,
  identity: 1,
  retention: 1,
  plans: 1,
  content: 1,
  browser: 1,
  browserRules: 1,
  bandit: 1,
} as const;

/** Forms that are still read, and turned into the present one when they are loaded. */
export const FORMER_FORMATS: { readonly [P in keyof typeof PART_FORMATS]?: number } = { decisions: 1 };

/** What only operators read stays with the publisher: the cache takes no part over 25 MiB, and rules are the largest. */
export const OPERATOR_PARTS: ReadonlySet<string> = new Set(['rules', 'content']);

/** Part `program`: what the profile object evaluates. */
export interface ProgramPart {
  readonly format: 2;
  readonly attributes: readonly Attribute[];
  readonly program: Program;
  /** About the segments, by position in the program. */
  readonly segmentInfo: readonly SegmentInfo[];
  readonly measures: readonly MeasureInfo[];
}

export interface SegmentInfo {
  readonly id: string;
  /** The site may see memberships of it. */
  readonly public: boolean;
  /** Eligibility, a cap, a suppression: evaluated like a segment, shown to nobody. */
  readonly hidden: boolean;
  /** Its flips by time wake the profile. */
  readonly observed: boolean;
}

export interface MeasureInfo {
  readonly id: string;
  /** Position of its value among the program's cells. */
  readonly cell: number;
  /** May leave for a browser. */
  readonly public: boolean;
  /** Authentication state in which it may be shown. Left out: in any. */
  readonly requires?: AuthState;
}

/** Part `rules`: what operators see of the live rules. Explain and lineage read it; the hot path never loads it. */
export interface RulesPart {
  readonly format: 1;
  readonly segments: readonly LiveRule[];
  readonly measures: readonly { readonly id: string; readonly expression: Expression; readonly purpose: Purpose }[];
  /** By the offer's id. */
  readonly eligibility: readonly LiveRule[];
  readonly lineage: Lineage;
}

export interface LiveRule {
  readonly id: string;
  readonly rule: Expression;
  readonly purpose: Purpose;
}

/** Part `decisions`. Its rules are hidden segments of the program, its scores hidden measures, named here by position. */
export interface DecisionsPart {
  readonly format: 2;
  readonly placements: readonly CompiledPlacement[];
  readonly offers: readonly CompiledOffer[];
  readonly rankers: readonly CompiledRanker[];
  readonly experiments: ExperimentsPart;
  /** What variants use in place of what is varied, where an id does not say it. */
  readonly effects: readonly CompiledEffect[];
  readonly strategies: readonly RecommendationStrategy[];
}

/** Part `sources`: everything the edge needs to know a caller. */
export interface SourcesPart {
  readonly format: 1;
  readonly sources: readonly Source[];
}

/**
 * Part `identity`: how identities become people. A part of its own, because a profile is computed anew when its program changes, and the
 * rules for links are no reason to. Rulesets that were published before there was one have none: they go by the defaults.
 */
export interface IdentityPart extends IdentityConfig {
  readonly format: 1;
}

/** Part `retention`: how long events are kept. Absent: for ever. */
export interface RetentionPart {
  readonly format: 1;
  readonly days: RetentionSetting['days'];
}

/** Part `plans`: what sources are expected to send. Absent: anything. */
export interface PlansPart {
  readonly format: 1;
  readonly plans: readonly TrackingPlan[];
}

/** Part `browser/<source>`: inlined into sdk.js. Public by definition. */
export interface BrowserPart {
  readonly format: 1;
  readonly key: string;
  readonly source: string;
  readonly identityMode: Source['identityMode'];
  readonly defaultConsent: Source['defaultConsent'];
  readonly sdk: SdkOptions;
  /** Placements of DOM actions and redirects with live offers, which no element asks for. Left out: none. */
  readonly everywhere?: readonly string[];
  /** Hosts that a redirect may lead to, besides the page's own: those of this source's pages. */
  readonly redirectHosts?: readonly string[];
  /** Placements that have at least one offer; what is marked for them is hidden until it is decided. As many as fit, one at least if there is any. */
  readonly placements: readonly string[];
  /** By placement of DOM actions: the elements that its offers change, as CSS selectors. As many placements as fit. */
  readonly prehide?: Readonly<Record<string, readonly string[]>>;
}

/** Part `browserRules`: the segments that pages evaluate themselves. Read only when a page asks for it. Absent: there are none. Public by definition. */
export interface BrowserRulesPart {
  readonly format: 1;
  /** For the small engine (`createCoreEngine`). A segment that others are built on, but that is not marked itself, has the id ''. */
  readonly program: Program;
}

/** What `compileRuleset` makes: each part's name and its JSON value; hashing and storing is the publisher's. */
export interface CompiledParts {
  readonly program: ProgramPart;
  readonly decisions: DecisionsPart;
  readonly rules: RulesPart;
  readonly sources: SourcesPart;
  readonly identity: IdentityPart;
  readonly retention?: RetentionPart;
  readonly plans?: PlansPart;
  readonly browser: Readonly<Record<string, BrowserPart>>;
  readonly browserRules?: BrowserRulesPart;
}

/** What the hot path loads of it. */
export interface LiveParts extends Omit<CompiledParts, 'rules' | 'identity' | 'decisions' | 'browserRules'> {
  readonly decisions: DecisionsPart | FormerDecisionsPart;
  readonly identity?: IdentityPart;
  readonly bandit?: BanditPart;
}
