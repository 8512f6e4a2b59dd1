import type { ContentKind } from '../../core/decision/placement.ts';
import type { Proposition } from '../../core/decision/proposition.ts';
import type { Bus } from './bus.ts';
import type { SdkConfig } from './config.ts';
import type { Consent } from './consent.ts';
import type { Storage } from './storage.ts';
import type { Verb } from './watch.ts';

/** What a step did to one element. */
export interface Made {
  undo(): void;
  /** What a visitor sees of it. */
  readonly seen: Element;
  /** When it leaves the document, so did the change. Left out: the element. */
  readonly anchor?: Element;
  /** What it brought in: never a target of the same step. */
  readonly added?: readonly Element[];
}

/** One thing that an answer does to whatever its selector finds, now or later. */
export interface Step {
  readonly selector: string;
  /** Does it to one element; nothing while what it needs is not there. Throws when it must not be done. */
  act(element: Element): readonly Made[];
  /** Ends what it does by itself. */
  undo?(): void;
  /** Position of the first proposition that it shows. */
  readonly of: number;
}

export type DecideConfig = Pick<SdkConfig, 'placements' | 'prehide' | 'everywhere' | 'redirectHosts'>;

export interface StepTools {
  parse(html: string): DocumentFragment;
  isSafe(name: string, value: string): boolean;
  report(verb: Verb, proposition: Proposition): void;
  readonly bus: Bus;
  readonly storage: Storage;
  readonly consent: Consent;
  readonly config: DecideConfig;
  /** Placements that no element asks for, but the page as such. */
  readonly everywhere: Set<string>;
  /** Takes in answers: of the edge with the page, kept from before, or else of the server. */
  take(propositions: readonly Proposition[], from?: 'edge' | 'kept'): void;
  /** What holds in this view. */
  answers(): readonly Proposition[];
  /** Whether the page brought the edge's answers. */
  isHydrated(): boolean;
}

/** How propositions of a kind become steps. Called anew for each answer that differs; `isKept`: the answer is of an earlier page. */
export type PlanSteps = (list: readonly Proposition[], tools: StepTools, isKept: boolean) => readonly Step[];

export type Plans = { readonly [K in ContentKind]?: PlanSteps };
