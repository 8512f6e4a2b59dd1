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
    case 'invalid':
      return { problem: 'draftInvalid', extras: { errors: problem.problems } };
  }
}
