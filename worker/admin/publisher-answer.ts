import { formatInstant } from '../../core/lib/instant.ts';
import { LIMITS } from '../../core/lib/limits.ts';
import type { ChangeSetState } from '../../core/ruleset/change-set.ts';
import type { PublisherProblem } from '../../core/ruleset/publisher-rpc.ts';
import type { AdminAnswer } from './route.ts';

/** What the publisher could not do, as the problem that an operator sees. `stale` is richer where both sides are known. */
export function refused(problem: PublisherProblem): Extract<AdminAnswer, { readonly problem: unknown }> {
  switch (problem.kind) {
    case 'unavailable':
      return { problem: 'unavailable', extras: { retryAfter: 2 } };
    case 'notFound':
      return { problem: 'notFound' };
    case 'exists':
      return { problem: 'conflict', extras: { detail: 'There is already one of this name.' } };
    case 'outdated':
      return {
        problem: 'conflict',
        extras: { detail: 'That sequence was compiled for an older version of Selvedge: publish the drafts instead.' },
      };
    case 'notPublished':
      return { problem: 'notPublished' };
    case 'missingParts':
      return {
        problem: 'conflict',
        extras: { detail: 'Parts are missing: send them first.', members: { missing: problem.hashes } },
      };
    case 'stale':
      return { problem: 'staleVersion', extras: { members: { currentVersion: problem.version } } };
    case 'immutable': {
      const errors = [
        {
          pointer: problem.pointer,
          code: 'immutable',
          detail: 'this can never change: profiles stay where they were born',
        },
      ];
      return { problem: 'invalid', extras: { errors } };
    }
    case 'frozen': {
      const since = formatInstant(problem.since);
      const detail = `Frozen by ${problem.by} since ${since}: ${problem.reason}`;
      return { problem: 'frozen', extras: { detail, members: { by: problem.by, since, reason: problem.reason } } };
    }
    case 'gradual':
      return {
        problem: 'conflict',
        extras: {
          detail: `${problem.percent} % of the profiles have the last publish: let it go on, for more of them or for all, or give it up.`,
          members: { percent: problem.percent },
        },
      };
    case 'notGradual':
      return { problem: 'conflict', extras: { detail: 'Everybody has the last publish.' } };
    case 'needsReview':
      return {
        problem: 'needsReview',
        extras: {
          detail: 'Put the changes into a change set, submit it, and have somebody approve it who did not make it.',
        },
      };
    case 'staleChangeSet':
      return { problem: 'staleChangeSet', extras: { members: { items: problem.items } } };
    case 'wrongState':
      return {
        problem: 'conflict',
        extras: { detail: `The change set is ${STATE_WORDS[problem.state]}.`, members: { state: problem.state } },
      };
    case 'ownWork':
      return { problem: 'forbidden', extras: { detail: 'Whoever made or edited a change set cannot approve it.' } };
    case 'otherItems':
      return {
        problem: 'conflict',
        extras: { detail: 'It has other items than those you looked at: look again.', members: { hash: problem.hash } },
      };
    case 'past':
      return {
        problem: 'invalid',
        extras: { errors: [{ pointer: '/at', code: 'past', detail: 'this time is over: publish it now, or later' }] },
      };
    case 'emptyChangeSet':
      return { problem: 'conflict', extras: { detail: 'There is nothing in the change set.' } };
    case 'changeSetFull': {
      const { value, unit } = LIMITS[problem.limit];
      return { problem: 'conflict', extras: { detail: `A change set holds ${value} ${unit} at most: make another.` } };
    }
    case 'noContent':
      return {
        problem: 'conflict',
        extras: { detail: 'What is live was published by an older version of Selvedge: publish the drafts once.' },
      };
    case 'invalid':
      return { problem: 'draftInvalid', extras: { errors: problem.problems } };
  }
}

const STATE_WORDS: Readonly<Record<ChangeSetState, string>> = {
  open: 'open: submit it first',
  inReview: 'in review: it has to be approved, rejected or withdrawn',
  approved: 'approved: publish or schedule it',
  scheduled: 'scheduled: unschedule it first',
  published: 'published, and over',
  withdrawn: 'withdrawn, and over',
  failed: 'failed: edit, unschedule or withdraw it',
};
