import { err, ok, type Result } from '../../../core/lib/result.ts';
import { type ChangeSet, type ChangeSetItem, headsText, type StaleItem } from '../../../core/ruleset/change-set.ts';
import { publishRefusal } from '../../../core/ruleset/change-set-rules.ts';
import { type ContentChange, contentPart, layOver } from '../../../core/ruleset/content.ts';
import { withDataOf } from '../../../core/ruleset/data-parts.ts';
import type { PublishChangeSetCommand, Published, PublisherProblem } from '../../../core/ruleset/publisher-rpc.ts';
import type { StoredVersion } from '../../../core/ruleset/stored-version.ts';
import { sha256Hex } from '../../sha256.ts';
import { actEntry } from './act-entry.ts';
import { type AddressedParts, addressParts } from './address-parts.ts';
import { finish } from './finish.ts';
import { sequenceOf, warningsOf } from './go-live.ts';
import { gradualOf, refuseGradual } from './gradual.ts';
import { liveApprovals, liveContent } from './live-content.ts';
import { withLiveCredentials } from './live-credentials.ts';
import { refuseFrozen } from './may-publish.ts';
import type { PublishingContext } from './publishing-context.ts';
import { settleIntent } from './settle-intent.ts';

/**
 * Makes what is live, with the items of a change set laid over it, live under the next sequence. D1 takes the new versions, the set and the audit in one batch; the ledger knows
 * of it before, and commits the sequence after.
 */
export async function publishChangeSet(
  context: PublishingContext,
  { actor, id, percent }: PublishChangeSetCommand,
): Promise<Result<Published, PublisherProblem>> {
  const { space, ledger, chain, changeSets } = context;
  await settleIntent(context);
  await chain.settle();
  const set = await changeSets.find(space, id);
  if (!set) return err({ kind: 'notFound' });
  const refusal = publishRefusal(set, await liveApprovals(context));
  if (refusal) return err(refusal);
  const free = await refuseFrozen(context);
  if (!free.ok) return free;
  const alone = refuseGradual(ledger);
  if (!alone.ok) return alone;
  const items = await changeSets.items(space, id);
  if (!(await isWhole(set, items))) return err({ kind: 'otherItems', hash: set.hash });
  const planned = await plan(context, items, actor.name);
  if (!planned.ok) return planned;
  const addressed = await compile(context, planned.value);
  if (!addressed.ok) return addressed;
  const { parts: rules, bodies } = addressed.value;
  const parts = withDataOf(rules, ledger.current()?.parts ?? {});
  const next = sequenceOf(context, {
    actor,
    note: set.title,
    restored: null,
    data: null,
    changeSet: id,
    parts,
    bodies,
    ...gradualOf(ledger, percent),
  });
  const warnings = warningsOf(ledger, next);
  const entries = await chain.prepare([
    ...planned.value.written.map((version) => versionEntry(context, version, set, { ...actor })),
    actEntry(actor, next.at, 'published', { kind: 'changeSet', subject: id, afterHash: set.hash, note: set.title }),
  ]);
  const [first] = entries;
  if (!first) throw new Error('a publish has an entry');
  // From here on an alarm finds the end of it, whatever happens.
  await context.retryLater();
  ledger.intendSequence(next, first);
  const published = { by: actor.name, at: next.at, sequence: ledger.nextSequence() };
  const revision = set.revision + 1;
  const step = { revision, at: next.at, actor: actor.name, act: 'published', hash: set.hash, note: null };
  try {
    await chain.write(entries, [
      ...planned.value.written.flatMap((version) => [...context.config.write(space, version)]),
      changeSets.update(space, { ...set, state: 'published', revision, updatedAt: next.at, published }),
      changeSets.addReview(space, id, step),
    ]);
  } catch (error) {
    context.report('publishChangeSet', error);
  }
  const manifest = await settleIntent(context);
  if (!manifest) return err({ kind: 'unavailable' });
  return ok({ manifest, cached: await finish(context), warnings });
}

/** What is published is what the hash was taken over, and so what was approved. Only a hand in the database makes another of it. */
async function isWhole({ hash }: ChangeSet, items: readonly ChangeSetItem[]): Promise<boolean> {
  const bodies = items.map(async (item) => item.body === null || item.hash === (await sha256Hex(item.body)));
  return hash === (await sha256Hex(headsText(items))) && !(await Promise.all(bodies)).includes(false);
}

interface Planned {
  /** New versions, in the order of (kind, id). */
  readonly written: readonly StoredVersion[];
  readonly changes: readonly ContentChange[];
}

/** What each item becomes; an item that says what is there already writes nothing. */
async function plan(
  { space, contents, now }: PublishingContext,
  items: readonly ChangeSetItem[],
  actor: string,
): Promise<Result<Planned, PublisherProblem>> {
  if (items.length === 0) return err({ kind: 'emptyChangeSet' });
  const heads = await contents.heads(space, items);
  const stale = items.flatMap(({ kind, id, baseVersion }): readonly StaleItem[] => {
    const currentVersion = heads.get(`${kind}/${id}`)?.version ?? 0;
    return currentVersion === baseVersion ? [] : [{ kind, id, baseVersion, currentVersion }];
  });
  if (stale.length > 0) return err({ kind: 'staleChangeSet', items: stale });
  const written: StoredVersion[] = [];
  const changes: ContentChange[] = [];
  const last = await contents.versions(
    space,
    items.flatMap(({ kind, id, body, baseVersion }) => (body === null ? [[kind, id, baseVersion] as const] : [])),
  );
  for (const { kind, id, baseVersion, body, hash } of items) {
    const head = heads.get(`${kind}/${id}`);
    const archived = body === null;
    const isSame = head !== undefined && head.archived === archived && (archived || head.hash === hash);
    const version = isSame ? baseVersion : baseVersion + 1;
    changes.push({ kind, id, version: archived ? null : version });
    if (isSame) continue;
    // An archived version keeps the last body.
    const kept = archived ? last.find((each) => each.kind === kind && each.id === id) : undefined;
    const form = { body: body ?? kept?.body ?? '', hash: hash ?? kept?.hash ?? '' };
    written.push({ kind, id, version, archived, ...form, at: now(), actor });
  }
  return ok({ written, changes });
}

async function compile(
  context: PublishingContext,
  { written, changes }: Planned,
): Promise<Result<AddressedParts, PublisherProblem>> {
  const { space, contents, ledger, now } = context;
  const live = liveContent(ledger);
  if (live === null) return err({ kind: 'noContent' });
  const content = layOver(live, changes);
  const fresh = new Map(written.map((version) => [`${version.kind}/${version.id}/${version.version}`, version]));
  const stored = await contents.versions(
    space,
    content.filter((entry) => !fresh.has(entry.join('/'))),
  );
  const bodies = new Map([...stored, ...written].map((each) => [`${each.kind}/${each.id}/${each.version}`, each.body]));
  const { compileDraft } = await import('../../../core/ruleset/draft.ts');
  const resources = content.map((entry) => {
    const [kind, id] = entry;
    return { kind, id, body: JSON.parse(bodies.get(entry.join('/')) ?? '') as unknown };
  });
  const compiled = compileDraft(space, resources, now());
  if (!compiled.ok) return err({ kind: 'invalid', problems: compiled.error });
  // What is live may be an old source that a rollback brought back.
  const proposed = new Set(changes.flatMap(({ kind, id }) => (kind === 'source' ? [id] : [])));
  const kept = await withLiveCredentials(context, compiled.value.sources);
  const sources = compiled.value.sources.sources.map((source, i) =>
    proposed.has(source.id) ? source : (kept.sources[i] ?? source),
  );
  const parts = { ...compiled.value, sources: { ...compiled.value.sources, sources } };
  return ok(await addressParts(parts, contentPart(content)));
}

function versionEntry(
  { now }: PublishingContext,
  { kind, id, version, hash, archived }: StoredVersion,
  set: ChangeSet,
  actor: PublishChangeSetCommand['actor'],
) {
  return actEntry(actor, now(), archived ? 'archived' : 'put', {
    kind,
    subject: id,
    beforeVersion: version > 1 ? version - 1 : null,
    afterVersion: version,
    afterHash: hash,
    note: set.id,
  });
}
