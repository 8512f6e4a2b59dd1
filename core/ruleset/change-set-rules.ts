import type { Instant } from '../lib/ids.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { ChangeSet, ChangeSetState } from './change-set.ts';

/** What can be done to a change set, but for publishing it. */
export type ChangeSetAct =
  | { readonly kind: 'edit'; readonly title?: string; readonly description?: string }
  /** The items are others now; `hash` is over them. */
  | { readonly kind: 'items'; readonly hash: string }
  | { readonly kind: 'submit' }
  | { readonly kind: 'approve'; readonly hash: string }
  | { readonly kind: 'reject' }
  | { readonly kind: 'schedule'; readonly at: Instant }
  | { readonly kind: 'unschedule' }
  | { readonly kind: 'withdraw' }
  /** Its time came and it could not be published. */
  | { readonly kind: 'fail'; readonly code: string; readonly detail: string };

/** `wrongState`: not from there. `ownWork`: who made it may not approve it. `otherItems`: not what was looked at. `needsReview`: nobody approved it. `past`: that time is over. */
export type ChangeSetRefusal =
  | { readonly kind: 'wrongState'; readonly state: ChangeSetState }
  | { readonly kind: 'ownWork' }
  | { readonly kind: 'otherItems'; readonly hash: string }
  | { readonly kind: 'needsReview' }
  | { readonly kind: 'past' };

export interface Circumstances {
  readonly by: string;
  readonly requestId: string;
  readonly now: Instant;
  /** How many people beside its makers have to approve a set in this space. */
  readonly approvals: 0 | 1;
}

const EVERY_UNFINISHED: readonly ChangeSetState[] = ['open', 'inReview', 'approved', 'scheduled', 'failed'];

/** From which states. */
const FROM: { readonly [K in ChangeSetAct['kind']]: readonly ChangeSetState[] } = {
  edit: EVERY_UNFINISHED,
  items: EVERY_UNFINISHED,
  submit: ['open', 'failed'],
  approve: ['inReview'],
  reject: ['inReview', 'approved'],
  schedule: ['open', 'approved'],
  unschedule: ['scheduled', 'failed'],
  withdraw: EVERY_UNFINISHED,
  fail: ['scheduled'],
};

/** The change set after an act, or why not. */
export function applyChangeSetAct(
  set: ChangeSet,
  act: ChangeSetAct,
  circumstances: Circumstances,
): Result<ChangeSet, ChangeSetRefusal> {
  const { by, now, requestId, approvals } = circumstances;
  if (!FROM[act.kind].includes(set.state)) return err({ kind: 'wrongState', state: set.state });
  const next = (change: Partial<ChangeSet>): Result<ChangeSet, never> =>
    ok({ ...set, ...change, revision: set.revision + 1, updatedAt: now });
  switch (act.kind) {
    case 'edit': {
      const { kind: _, ...words } = act;
      return next({ ...words, ...reopened(set, by) });
    }
    case 'items':
      return next({ hash: act.hash, ...reopened(set, by) });
    case 'submit':
      return next({ state: 'inReview', approval: null, schedule: null, failure: null });
    case 'approve':
      if (set.editors.includes(by)) return err({ kind: 'ownWork' });
      if (act.hash !== set.hash) return err({ kind: 'otherItems', hash: set.hash });
      return next({ state: 'approved', approval: { by, at: now, hash: set.hash } });
    case 'reject':
      return next({ state: 'open', approval: null });
    case 'schedule':
      if (approvals > 0 && !isApproved(set)) return err({ kind: 'needsReview' });
      if (act.at <= now) return err({ kind: 'past' });
      return next({ state: 'scheduled', schedule: { at: act.at, by, requestId }, failure: null });
    case 'unschedule':
      return next({ state: isApproved(set) ? 'approved' : 'open', schedule: null, failure: null });
    case 'withdraw':
      return next({ state: 'withdrawn', schedule: null });
    case 'fail':
      return next({ state: 'failed', failure: { at: now, code: act.code, detail: act.detail } });
  }
}

/** Why a set cannot be published now, as far as it alone decides; null: nothing keeps it. A set in review waits for its answer. */
export function publishRefusal(set: ChangeSet, approvals: 0 | 1): ChangeSetRefusal | null {
  if (set.state !== 'open' && set.state !== 'approved' && set.state !== 'scheduled') {
    const isWaiting = set.state === 'inReview' && approvals > 0;
    return isWaiting ? { kind: 'needsReview' } : { kind: 'wrongState', state: set.state };
  }
  return approvals > 0 && !isApproved(set) ? { kind: 'needsReview' } : null;
}

/** Somebody approved just these items. */
function isApproved({ approval, hash }: ChangeSet): boolean {
  return approval !== null && approval.hash === hash;
}

/** Whoever edits it takes it back to the beginning: what was approved is what is published. */
function reopened({ editors }: ChangeSet, by: string): Partial<ChangeSet> {
  return {
    state: 'open',
    editors: editors.includes(by) ? editors : [...editors, by],
    approval: null,
    schedule: null,
    failure: null,
  };
}
