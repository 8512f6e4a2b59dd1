import type { Instant, Space } from '../../../core/lib/ids.ts';
import { err, ok, type Result } from '../../../core/lib/result.ts';
import type {
  ChangeCommand,
  Changed,
  OperatorCommand,
  PublisherProblem,
  RecordCommand,
} from '../../../core/ruleset/publisher-rpc.ts';
import type { StoredVersion } from '../../../core/ruleset/stored-version.ts';
import { sha256Hex } from '../../sha256.ts';
import type { ConfigStore } from '../../stores/config-store.ts';
import type { OperatorStore } from '../../stores/operator-store.ts';
import type { AuditChain } from './audit-chain.ts';

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
  if (before && movesHome(kind, before.body, body)) return err({ kind: 'immutable', pointer: '/jurisdiction' });
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

/** Profiles stay where they were born, so a source cannot move its later ones elsewhere under the same name. */
function movesHome(kind: string, before: string, after: string): boolean {
  const homeOf = (body: string) => (JSON.parse(body) as { readonly jurisdiction?: string }).jurisdiction;
  return kind === 'source' && homeOf(before) !== homeOf(after);
}

/** A new token for a name that has none, or the end of the token of a name. */
export async function setOperator(
  context: ChangeContext,
  command: OperatorCommand,
): Promise<Result<null, PublisherProblem>> {
  const { space, operators, chain } = context;
  const { actor, name, hash } = command;
  await chain.settle();
  const present = await operators.find(space, name);
  const active = present !== null && present.revokedAt === null;
  if (hash !== null && active) return err({ kind: 'exists' });
  if (hash === null && !active) return err({ kind: 'notFound' });
  const at = context.now();
  const entry = {
    at,
    actor: actor.name,
    requestId: actor.requestId,
    action: hash === null ? ('revoked' as const) : ('created' as const),
    kind: 'operator',
    subject: name,
    beforeVersion: null,
    beforeHash: null,
    afterVersion: null,
    afterHash: null,
    note: null,
  };
  await chain.append(entry, [
    hash === null ? operators.revoke(space, name, at) : operators.create(space, name, hash, at, actor.name),
  ]);
  return ok(null);
}

/** An entry about a profile: nothing of the configuration changes. */
export async function recordAct(
  { chain, now }: ChangeContext,
  { actor, action, profile, note }: RecordCommand,
): Promise<Result<null, PublisherProblem>> {
  await chain.settle();
  const entry = {
    at: now(),
    actor: actor.name,
    requestId: actor.requestId,
    action,
    kind: 'profile',
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
