import type { ContentKind } from '../../core/decision/placement.ts';
import type { Proposition } from '../../core/decision/proposition.ts';
import type { SdkConfig } from './config.ts';
import type { CoreClient } from './core.ts';
import type { Verb } from './watch.ts';

/** What a step did to one element. */
export interface Made {
  undo(): void;
  /** What a visitor sees of it. */
  readonly seen: Element;
  /** Position of the proposition that it shows. */
  readonly of: number;
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
}

export type DecideConfig = Pick<SdkConfig, 'placements' | 'prehide' | 'everywhere' | 'redirectHosts'>;

export interface StepTools extends Omit<CoreClient['link'], 'track'> {
  parse(html: string): DocumentFragment;
  report(verb: Verb, proposition: Proposition): void;
  readonly config: DecideConfig;
  /** Placements that no element asks for, but the page as such. */
  readonly everywhere: Set<string>;
  /** Takes in answers; `isKept`: those of an earlier page. */
  take(propositions: readonly Proposition[], isKept?: boolean): void;
  /** What holds in this view. */
  answers(): readonly Proposition[];
}

/** How propositions of a kind become steps. Called anew for each answer that differs; `isKept`: the answer is of an earlier page. */
export type PlanSteps = (list: readonly Proposition[], tools: StepTools, isKept: boolean) => readonly Step[];

export type Plans = { readonly [K in ContentKind]?: PlanSteps };
