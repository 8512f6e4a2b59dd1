import { err, type Result } from '../../../core/lib/result.ts';
import { contentPart } from '../../../core/ruleset/content.ts';
import { withDataOf } from '../../../core/ruleset/data-parts.ts';
import type { PublishCommand, Published, PublisherProblem } from '../../../core/ruleset/publisher-rpc.ts';
import type { ResourceKind } from '../../../core/ruleset/resources.ts';
import { addressParts } from './address-parts.ts';
import { goLive } from './go-live.ts';
import { gradualOf, refuseGradual } from './gradual.ts';
import { liveApprovals } from './live-content.ts';
import { refuseFrozen } from './may-publish.ts';
import type { PublishingContext } from './publishing-context.ts';
import { settleIntent } from './settle-intent.ts';

/** Compiles the drafts and makes them live under the next sequence, also when nothing changed. */
export async function publishDrafts(
  context: PublishingContext,
  { actor, note, percent }: PublishCommand,
): Promise<Result<Published, PublisherProblem>> {
  const { space, ledger, config } = context;
  await settleIntent(context);
  const free = await refuseFrozen(context);
  if (!free.ok) return free;
  const alone = refuseGradual(ledger);
  if (!alone.ok) return alone;
  if ((await liveApprovals(context)) > 0) return err({ kind: 'needsReview' });
  const drafts = await config.readDraft(space);
  // On demand: the compiler and the parser behind it are not for an isolate that only serves.
  const { compileDraft } = await import('../../../core/ruleset/draft.ts');
  const compiled = compileDraft(
    space,
    drafts.map(({ kind, id, body }) => ({ kind, id, body: JSON.parse(body) as unknown })),
    context.now(),
  );
  if (!compiled.ok) return err({ kind: 'invalid', problems: compiled.error });
  const content = contentPart(drafts.map(({ kind, id, version }) => [kind as ResourceKind, id, version]));
  const { parts: rules, bodies } = await addressParts(compiled.value, content);
  const parts = withDataOf(rules, ledger.current()?.parts ?? {});
  const told = { actor, note: note ?? null, restored: null, data: null, changeSet: null };
  return goLive(context, { ...told, parts, bodies, ...gradualOf(ledger, percent) });
}
