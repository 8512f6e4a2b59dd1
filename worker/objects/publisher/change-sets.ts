import type { BatchItem } from 'drizzle-orm/batch';
import type { Instant } from '../../../core/lib/ids.ts';
import { limit } from '../../../core/lib/limits.ts';
import { err, ok, type Result } from '../../../core/lib/result.ts';
import type { AuditAction } from '../../../core/ruleset/audit-entry.ts';
import { type ChangeSet, type ChangeSetItem, headsText, type ItemHead } from '../../../core/ruleset/change-set.ts';
import { applyChangeSetAct, type ChangeSetAct } from '../../../core/ruleset/change-set-rules.ts';
import type {
  Actor,
  ChangeSetCommand,
  ChangeSetDone,
  ProposedItem,
  PublisherProblem,
} from '../../../core/ruleset/publisher-rpc.ts';
import type { ResourceKind } from '../../../core/ruleset/resources.ts';
import { sha256Hex } from '../../sha256.ts';
import { actEntry } from './act-entry.ts';
import { changesImmutable } from './immutable.ts';
import { liveApprovals } from './live-content.ts';
import type { PublishingContext } from './publishing-context.ts';

type Answer<T> = Promise<Result<T, PublisherProblem>>;

/** Everything that is done to change sets but publishing them: each act is one batch with its audit entry. */
export async function changeChangeSet(
  context: PublishingContext,
  { actor, change }: ChangeSetCommand,
): Answer<ChangeSetDone> {
  await context.chain.settle();
  if (change.kind === 'create') return create(context, actor, change);
  const set = await context.changeSets.find(context.space, change.id);
  if (!set) return err({ kind: 'notFound' });
  switch (change.kind) {
    case 'act':
      return act(context, set, { actor, act: change.act, note: change.note });
    case 'putItem':
      return putItem(context, set, actor, change.item);
    case 'removeItem':
      return removeItem(context, set, actor, change.item);
  }
}

async function create(
  { space, changeSets, chain, now }: PublishingContext,
  actor: Actor,
  words: { readonly title: string; readonly description: string },
): Answer<ChangeSetDone> {
  const at = now();
  const set: ChangeSet = {
    id: mintId(at),
    title: words.title,
    description: words.description,
    state: 'open',
    revision: 1,
    hash: await sha256Hex(headsText([])),
    createdAt: at,
    createdBy: actor.name,
    updatedAt: at,
    editors: [actor.name],
    approval: null,
    schedule: null,
    published: null,
    failure: null,
  };
  const about = { kind: 'changeSet', subject: set.id, afterHash: set.hash, note: set.title };
  await chain.append(actEntry(actor, at, 'created', about), [changeSets.insert(space, set)]);
  return ok(done(set));
}

interface Step {
  readonly actor: Actor;
  readonly act: ChangeSetAct;
  readonly note: string | null;
  /** What is written along with it. */
  readonly statements?: readonly BatchItem<'sqlite'>[];
}

/** One step of a set: its new state, the audit entry, and the word of whoever took it. */
export async function act(
  context: PublishingContext,
  set: ChangeSet,
  { actor, act: wanted, note, statements = [] }: Step,
): Answer<ChangeSetDone> {
  const { space, changeSets, chain, now, ledger } = context;
  const at = now();
  const approvals = wanted.kind === 'schedule' ? await liveApprovals(context) : 0;
  const next = applyChangeSetAct(set, wanted, { by: actor.name, requestId: actor.requestId, now: at, approvals });
  if (!next.ok) return next;
  if (wanted.kind === 'schedule') {
    // Before the set says so: woken for nothing is better than never.
    const before = ledger.scheduleAt();
    ledger.setScheduleAt(before === null || wanted.at < before ? wanted.at : before);
    await context.wakeAt(wanted.at);
  }
  const { action, isSaid } = ACTS[wanted.kind];
  const about = { kind: 'changeSet', subject: set.id, beforeHash: set.hash, afterHash: next.value.hash, note };
  const { revision, hash } = next.value;
  const step = { revision, at, actor: actor.name, act: action, hash, note };
  await chain.append(actEntry(actor, at, action, about), [
    changeSets.update(space, next.value),
    ...(isSaid ? [changeSets.addReview(space, set.id, step)] : []),
    ...statements,
  ]);
  return ok(done(next.value));
}

/** The word of the audit, and whether the history of the set tells it. */
const ACTS: {
  readonly [K in ChangeSetAct['kind']]: { readonly action: AuditAction; readonly isSaid: boolean };
} = {
  edit: { action: 'changed', isSaid: false },
  items: { action: 'changed', isSaid: false },
  submit: { action: 'submitted', isSaid: true },
  approve: { action: 'approved', isSaid: true },
  reject: { action: 'rejected', isSaid: true },
  schedule: { action: 'scheduled', isSaid: true },
  unschedule: { action: 'unscheduled', isSaid: true },
  withdraw: { action: 'withdrawn', isSaid: true },
  fail: { action: 'failed', isSaid: true },
};

async function putItem(
  context: PublishingContext,
  set: ChangeSet,
  actor: Actor,
  { kind, id, body, baseVersion }: ProposedItem,
): Answer<ChangeSetDone> {
  const { space, changeSets, config, now } = context;
  const present = await config.find(space, kind, id);
  const version = present?.version ?? 0;
  if (baseVersion !== undefined && baseVersion !== version) return err({ kind: 'stale', version });
  if (body === null && !present) return err({ kind: 'notFound' });
  const fixed = present && body !== null ? changesImmutable(kind, present.body, body) : null;
  if (fixed !== null) return err({ kind: 'immutable', pointer: fixed });
  const heads = await changeSets.itemHeads(space, set.id);
  const others = heads.filter((head) => head.kind !== kind || head.id !== id);
  if (others.length >= limit('changeSetItems')) return err({ kind: 'changeSetFull', limit: 'changeSetItems' });
  const bytes = body === null ? 0 : new TextEncoder().encode(body).byteLength;
  if (bytes + (await changeSets.itemBytes(space, set.id)) > limit('changeSetBytes'))
    return err({ kind: 'changeSetFull', limit: 'changeSetBytes' });
  const at: Instant = now();
  const hash = body === null ? null : await sha256Hex(body);
  const item: ChangeSetItem = { kind, id, baseVersion: version, body, hash, editedAt: at, editedBy: actor.name };
  const held = heads.find((head) => head.kind === kind && head.id === id);
  if (held && held.hash === hash && held.baseVersion === version) return ok(done(set));
  return act(context, set, {
    actor,
    act: { kind: 'items', hash: await hashOf([...others, item]) },
    note: `${body === null ? 'archive' : 'put'} ${kind} ${id}`,
    statements: [changeSets.putItem(space, set.id, item)],
  });
}

async function removeItem(
  context: PublishingContext,
  set: ChangeSet,
  actor: Actor,
  { kind, id }: { readonly kind: ResourceKind; readonly id: string },
): Answer<ChangeSetDone> {
  const { space, changeSets } = context;
  const heads = await changeSets.itemHeads(space, set.id);
  const others = heads.filter((head) => head.kind !== kind || head.id !== id);
  if (others.length === heads.length) return err({ kind: 'notFound' });
  return act(context, set, {
    actor,
    act: { kind: 'items', hash: await hashOf(others) },
    note: `take out ${kind} ${id}`,
    statements: [changeSets.removeItem(space, set.id, kind, id)],
  });
}

function hashOf(heads: readonly ItemHead[]): Promise<string> {
  return sha256Hex(headsText(heads));
}

function done({ id, revision, state }: ChangeSet): ChangeSetDone {
  return { id, revision, state };
}

/** `chs_`, the time, chance: in the order that they were made. */
function mintId(at: Instant): string {
  const chance = Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => (byte % 32).toString(32));
  return `chs_${at.toString(32).padStart(10, '0')}${chance.join('')}`;
}
