import type { Instant, Space } from '../../../core/lib/ids.ts';
import { err, ok, type Result } from '../../../core/lib/result.ts';
import type { ChangeCommand, Changed, PublisherProblem, RecordCommand } from '../../../core/ruleset/publisher-rpc.ts';
import type { StoredVersion } from '../../../core/ruleset/stored-version.ts';
import { sha256Hex } from '../../sha256.ts';
import type { ConfigStore } from '../../stores/config-store.ts';
import type { OperatorStore } from '../../stores/operator-store.ts';
import type { AuditChain } from './audit-chain.ts';
import { changesImmutable } from './immutable.ts';

export interface ChangeContext {
  readonly space: Space;
  readonly config: ConfigStore;
  readonly operators: OperatorStore;
  readonly chain: AuditChain;
  readonly now: () => Instant;
}

/** Puts or archives a resource: its new version, the pointer to it and the audit entry in one batch. Equal bodies write nothing. */
export async function changeResource(
  context: ChangeContext,
  command: ChangeCommand,
): Promise<Result<Changed, PublisherProblem>> {
  const { space, config, chain } = context;
  const { actor, kind, id, expectedVersion } = command;
  await chain.settle();
  const before = await config.find(space, kind, id);
  const version = before?.version ?? 0;
  if (expectedVersion !== undefined && expectedVersion !== version) return err({ kind: 'stale', version });
  if (command.body === null && !before) return err({ kind: 'notFound' });
  const archived = command.body === null;
  const body = command.body ?? before?.body ?? '';
  if (before && before.archived === archived && before.body === body) return ok({ version, archived, changed: false });
  const fixed = before && changesImmutable(kind, before.body, body);
  if (fixed !== null) return err({ kind: 'immutable', pointer: fixed });
  const at = context.now();
  const after: StoredVersion = {
    kind,
    id,
    version: version + 1,
    archived,
    body,
    hash: await sha256Hex(body),
    at,
    actor: actor.name,
  };
  const entry = {
    at,
    actor: actor.name,
    requestId: actor.requestId,
    from: actor.from ?? null,
    action: archived ? ('archived' as const) : ('put' as const),
    kind,
    subject: id,
    beforeVersion: before?.version ?? null,
    beforeHash: before?.hash ?? null,
    afterVersion: after.version,
    afterHash: after.hash,
    note: null,
  };
  await chain.append(entry, config.write(space, after));
  return ok({ version: after.version, archived, changed: true });
}

/** An entry about a profile: nothing of the configuration changes. */
export async function recordAct(
  { chain, now }: ChangeContext,
  { actor, action, of, profile, note }: RecordCommand,
): Promise<Result<null, PublisherProblem>> {
  await chain.settle();
  const entry = {
    at: now(),
    actor: actor.name,
    requestId: actor.requestId,
    from: actor.from ?? null,
    action,
    kind: of ?? 'profile',
    subject: profile,
    beforeVersion: null,
    beforeHash: null,
    afterVersion: null,
    afterHash: null,
    note,
  };
  await chain.append(entry, []);
  return ok(null);
}
