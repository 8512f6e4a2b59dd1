import { type DomAction, stepOf } from './dom-actions.ts';
import { planRedirect } from './redirect.ts';
import type { PlanSteps, Plans } from './steps.ts';

export type { DomAction } from './dom-actions.ts';

/** Propositions that change the page where no element is marked for them. */
export const planDom: PlanSteps = (list, { parse }) =>
  list.flatMap(({ content }, of) =>
    ((content as { readonly actions?: readonly DomAction[] } | null)?.actions ?? []).map((todo) =>
      stepOf(todo, of, parse),
    ),
  );

/** What changes the page beyond marked elements, and what leaves it. For `addDecisions`. */
export const domPlans: Plans = { dom: planDom, redirect: planRedirect };
