import type { BatchItem } from 'drizzle-orm/batch';
import type { Instant, Space } from '../../../core/lib/ids.ts';
import { formatInstant } from '../../../core/lib/instant.ts';
import { err, ok, type Result } from '../../../core/lib/result.ts';
import type { OperatorRights } from '../../../core/ruleset/operator-rights.ts';
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

/** Profiles stay where they were born, so a source cannot move its later ones elsewhere under the same name. */
function movesHome(kind: string, before: string, after: string): boolean {
  const homeOf = (body: string) => (JSON.parse(body) as { readonly jurisdiction?: string }).jurisdiction;
  return kind === 'source' && homeOf(before) !== homeOf(after);
}

/** A new token for a name that has none, another token or other rights for one that has, or its end. */
export async function setOperator(
  context: ChangeContext,
  { actor, name, change }: OperatorCommand,
): Promise<Result<null, PublisherProblem>> {
  const { space, operators, chain } = context;
  await chain.settle();
  const found = await operators.find(space, name);
  const present = found?.revokedAt === null ? found : null;
  if (change.kind === 'create' && present) return err({ kind: 'exists' });
  if (change.kind !== 'create' && !present) return err({ kind: 'notFound' });
  const at = context.now();
  const before = present && rightsText(present);
  const after = change.kind === 'revoke' ? null : rightsText(change.rights);
  const entry = {
    at,
    actor: actor.name,
    requestId: actor.requestId,
    from: actor.from ?? null,
    action: OPERATOR_ACTIONS[change.kind],
    kind: 'operator',
    subject: name,
    beforeVersion: null,
    beforeHash: before && (await sha256Hex(before)),
    afterVersion: null,
    afterHash: after && (await sha256Hex(after)),
    note: [before, after].filter((side) => side !== null).join(' → '),
  };
  const write = (): BatchItem<'sqlite'> => {
    switch (change.kind) {
      case 'create':
        return operators.create(space, name, change.hash, change.rights, at, actor.name);
      case 'rotate':
        return operators.change(space, name, change.rights, change.hash);
      case 'change':
        return operators.change(space, name, change.rights, null);
      case 'revoke':
        return operators.revoke(space, name, at);
    }
  };
  await chain.append(entry, [write()]);
  return ok(null);
}

const OPERATOR_ACTIONS = { create: 'created', rotate: 'rotated', change: 'changed', revoke: 'revoked' } as const;

/** `service editor, only segments and offers, until 2026-12-01T00:00:00.000Z`: the audit tells it before and after. */
function rightsText({ kind, role, scopes, expiresAt }: OperatorRights): string {
  const only = scopes && `only ${scopes.join(' and ') || 'nothing'}`;
  const until = expiresAt === null ? null : `until ${formatInstant(expiresAt)}`;
  return [`${kind} ${role}`, only, until].filter((part) => part !== null).join(', ');
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
    from: actor.from ?? null,
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
