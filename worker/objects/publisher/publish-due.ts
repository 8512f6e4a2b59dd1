import { formatInstant } from '../../../core/lib/instant.ts';
import type { ChangeSet } from '../../../core/ruleset/change-set.ts';
import type { PublisherProblem } from '../../../core/ruleset/publisher-rpc.ts';
import { act } from './change-sets.ts';
import { attempt, finish } from './finish.ts';
import { publishChangeSet } from './publish-change-set.ts';
import type { PublishingContext } from './publishing-context.ts';

/** What the alarm does: ends what was begun, publishes the change sets whose time has come, and asks to be woken for the next. */
export async function wakeUp(context: PublishingContext): Promise<void> {
  await finish(context);
  const at = context.ledger.scheduleAt();
  if (at === null) return;
  // A clock that was set back since then wakes us early.
  if (at > context.now()) return context.wakeAt(at);
  await context.retryLater();
  await attempt(context, 'schedule', () => publishDue(context));
}

async function publishDue(context: PublishingContext): Promise<void> {
  const { ledger, changeSets, space, now } = context;
  const due = await changeSets.due(space, now());
  // One that has to wait for the database keeps no other from going.
  const done: boolean[] = [];
  for (const set of due) done.push(await attempt(context, 'schedule', () => publishScheduled(context, set)));
  if (done.includes(false)) return;
  const next = await changeSets.nextDue(space);
  ledger.setScheduleAt(next);
  if (next !== null) await context.wakeAt(next);
}

/** Throws when it is to be tried again. */
async function publishScheduled(context: PublishingContext, { id, schedule }: ChangeSet): Promise<void> {
  if (schedule === null) return;
  const actor = { name: schedule.by, requestId: schedule.requestId };
  const published = await publishChangeSet(context, { actor, id });
  if (published.ok) {
    const { sequence } = published.value.manifest;
    await attempt(context, 'sweep', () => context.startSweep(sequence));
    return;
  }
  if (published.error.kind === 'unavailable') throw new Error('a scheduled publish has to be tried again');
  const set = await context.changeSets.find(context.space, id);
  if (set?.state !== 'scheduled') return;
  const { kind: code } = published.error;
  const detail = detailOf(published.error);
  await act(context, set, { actor, act: { kind: 'fail', code, detail }, note: detail });
}

function detailOf(problem: PublisherProblem): string {
  switch (problem.kind) {
    case 'frozen':
      return `Publishing is frozen since ${formatInstant(problem.since)} by ${problem.by}: ${problem.reason}`;
    case 'gradual':
      return `Only ${problem.percent} % of the profiles have the publish before yet.`;
    case 'needsReview':
      return 'Somebody who did not make it has to approve it first.';
    case 'staleChangeSet':
      return `Others have changed ${listed(problem.items.map(({ kind, id }) => `${kind} ${id}`))} since.`;
    case 'invalid':
      return `The whole does not compile: ${listed(problem.problems.map(({ kind, id, detail }) => `${kind} ${id}: ${detail}`))}`;
    case 'otherItems':
      return 'Its items are not those that it was made of.';
    case 'emptyChangeSet':
      return 'There is nothing in it.';
    default:
      return 'It could not be published.';
  }
}

const NAMED = 5;

function listed(words: readonly string[]): string {
  const more = words.length - NAMED;
  return words.slice(0, NAMED).join('; ') + (more > 0 ? `; and ${more} more` : '');
}
