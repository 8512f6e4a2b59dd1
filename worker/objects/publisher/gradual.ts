import type { Sequence } from '../../../core/lib/ids.ts';
import { err, ok, type Result } from '../../../core/lib/result.ts';
import { withDataOf } from '../../../core/ruleset/data-parts.ts';
import type { Manifest } from '../../../core/ruleset/manifest.ts';
import type { GoOnCommand, Published, PublisherProblem } from '../../../core/ruleset/publisher-rpc.ts';
import { goLive } from './go-live.ts';
import type { Ledger, NewSequence } from './ledger.ts';
import { refuseFrozen } from './may-publish.ts';
import type { PublishingContext } from './publishing-context.ts';
import { settleIntent } from './settle-intent.ts';

/** While only a part has the last publish, the next has to wait: nobody should have to tell three rulesets apart. */
export function refuseGradual(ledger: Ledger): Result<null, PublisherProblem> {
  const percent = ledger.current()?.percent;
  return percent === undefined ? ok(null) : err({ kind: 'gradual', percent });
}

/** What a publish for a part of the profiles adds to its sequence; nothing where it is for all, or the first. */
export function gradualOf(ledger: Ledger, percent: number | undefined): Pick<NewSequence, 'gradual'> {
  const current = ledger.current();
  if (percent === undefined || percent >= 100 || !current) return {};
  return { gradual: { percent, since: null, stable: current.sequence, stableParts: current.parts } };
}

/** The same rules for more of the profiles, or for all: a new sequence, so that everybody hears of it. Never for fewer: who has them keeps them. */
export async function goOn(
  context: PublishingContext,
  { actor, percent }: GoOnCommand,
): Promise<Result<Published, PublisherProblem>> {
  const { ledger } = context;
  await settleIntent(context);
  const current = ledger.current();
  if (current?.percent === undefined) return err({ kind: 'notGradual' });
  if (percent <= current.percent) return err({ kind: 'gradual', percent: current.percent });
  const free = await refuseFrozen(context);
  if (!free.ok) return free;
  const { parts } = current;
  const gradual = percent >= 100 ? undefined : heldBy(current, percent);
  return goLive(context, {
    actor,
    note: percent >= 100 ? 'for all' : `for ${percent} %`,
    restored: null,
    data: null,
    changeSet: null,
    parts,
    bodies: new Map(),
    ...(gradual ? { gradual } : {}),
  });
}

/** Other data under a gradual publish: those who have the stable rules get it too, under a sequence of their own. */
export function withDataForBoth(
  { ledger }: Pick<PublishingContext, 'ledger'>,
  current: Manifest,
  next: NewSequence,
): NewSequence {
  if (current.percent === undefined || current.stableParts === undefined) return next;
  const stableParts = withDataOf(current.stableParts, next.parts);
  const { sequence: stable } = ledger.commit({ ...next, parts: stableParts });
  return { ...next, gradual: { ...heldBy(current, current.percent), stable, stableParts } };
}

function heldBy({ stable, stableParts, gradualSince }: Manifest, percent: number): Required<NewSequence>['gradual'] {
  return { percent, since: gradualSince ?? (null as Sequence | null), stable, stableParts: stableParts ?? {} };
}
