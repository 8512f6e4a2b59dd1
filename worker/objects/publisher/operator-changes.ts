import type { BatchItem } from 'drizzle-orm/batch';
import { formatInstant } from '../../../core/lib/instant.ts';
import { err, ok, type Result } from '../../../core/lib/result.ts';
import type { OperatorRights } from '../../../core/ruleset/operator-rights.ts';
import type { ExternalIdentity } from '../../../core/ruleset/operator-session.ts';
import type { OperatorCommand, PublisherProblem } from '../../../core/ruleset/publisher-rpc.ts';
import { sha256Hex } from '../../sha256.ts';
import type { Operator } from '../../stores/operator-store.ts';
import type { SessionStore } from '../../stores/session-store.ts';
import type { ChangeContext } from './changes.ts';

export interface OperatorContext extends ChangeContext {
  readonly sessions: SessionStore;
}

type Statement = BatchItem<'sqlite'>;

/** What a change writes, and what the audit says of it. */
interface Plan {
  readonly statements: readonly Statement[];
  readonly action: 'created' | 'rotated' | 'changed' | 'revoked' | 'signedIn' | 'signedOut';
  /** Rights before and after; null: nothing was, or nothing is left. */
  readonly before: string | null;
  readonly after: string | null;
  readonly note?: string;
}

/** Whatever happens to an operator: the account, its token, its sessions. Each with its audit entry in one batch. */
export async function setOperator(
  context: OperatorContext,
  command: OperatorCommand,
): Promise<Result<null, PublisherProblem>> {
  const { space, operators, chain } = context;
  const { actor, name } = command;
  await chain.settle();
  const found = await operators.find(space, name);
  const planned = await planOf(context, command, found?.revokedAt === null ? found : null);
  if (!planned.ok) return planned;
  const { statements, action, before, after, note } = planned.value;
  const entry = {
    at: context.now(),
    actor: actor.name,
    requestId: actor.requestId,
    from: actor.from ?? null,
    action,
    kind: 'operator',
    subject: name,
    beforeVersion: null,
    beforeHash: before && (await sha256Hex(before)),
    afterVersion: null,
    afterHash: after && (await sha256Hex(after)),
    note: note ?? [before, after].filter((side) => side !== null).join(' → '),
  };
  await chain.append(entry, statements);
  return ok(null);
}

async function planOf(
  context: OperatorContext,
  { actor, name, change }: OperatorCommand,
  present: Operator | null,
): Promise<Result<Plan, PublisherProblem>> {
  const { space, operators, sessions } = context;
  const now = context.now();
  if (change.kind === 'create' || change.kind === 'invite') {
    if (present) return err({ kind: 'exists' });
    if (change.kind === 'invite' && (await others(context, name)).some(({ email }) => email === change.email))
      return err({ kind: 'exists' });
    const access = change.kind === 'create' ? { hash: change.hash } : { email: change.email };
    const made = operators.create(space, name, access, change.rights, now, actor.name);
    // Nobody of the same name before is signed in as this one.
    const statements = [made, sessions.endAll(space, name)];
    const after = rightsText(change.rights) + (change.kind === 'invite' ? ', by sign-in' : '');
    return ok({ statements, action: 'created', before: null, after });
  }
  if (!present) return err({ kind: 'notFound' });
  const before = rightsText(present);
  switch (change.kind) {
    case 'rotate':
    case 'change': {
      const { kind, rights } = change;
      const statements = [operators.change(space, name, rights, kind === 'rotate' ? change.hash : null)];
      return ok({ statements, action: kind === 'rotate' ? 'rotated' : 'changed', before, after: rightsText(rights) });
    }
    case 'revoke': {
      const statements = [operators.revoke(space, name, now), sessions.endAll(space, name)];
      return ok({ statements, action: 'revoked', before, after: null });
    }
    case 'signIn': {
      const { identity, email, session } = change;
      if (present.expiresAt !== null && present.expiresAt <= now) return err({ kind: 'notFound' });
      if (present.identity ? !isSame(present.identity, identity) : email === null || present.email !== email)
        return err({ kind: 'notFound' });
      if ((await others(context, name)).some((each) => each.identity && isSame(each.identity, identity)))
        return err({ kind: 'exists' });
      const bind = present.identity ? [] : [operators.bind(space, name, identity)];
      const statements = [...bind, sessions.sweep(space, now), sessions.begin(space, name, session, now)];
      const note = `${session.kind} ${session.id}, by ${identity.issuer}${present.identity ? '' : ', for the first time'}`;
      return ok({ statements, action: 'signedIn', before: null, after: null, note });
    }
    case 'exchange': {
      const code = (await sessions.find(space, change.code))?.session;
      if (code?.kind !== 'code' || code.operator !== name || code.expiresAt <= now) return err({ kind: 'notFound' });
      const statements = [sessions.end(space, code.id), sessions.begin(space, name, change.session, now)];
      const note = `${change.session.kind} ${change.session.id}, with ${code.kind} ${code.id}`;
      return ok({ statements, action: 'signedIn', before: null, after: null, note });
    }
    case 'signOut': {
      const session = (await sessions.find(space, change.session))?.session;
      if (session?.operator !== name) return err({ kind: 'notFound' });
      const note = `${session.kind} ${session.id}`;
      const statements = [sessions.end(space, session.id)];
      return ok({ statements, action: 'signedOut', before: null, after: null, note });
    }
  }
}

/** Everybody else who is an operator now. */
async function others({ space, operators }: OperatorContext, name: string): Promise<readonly Operator[]> {
  return (await operators.list(space)).filter((each) => each.name !== name && each.revokedAt === null);
}

function isSame(a: ExternalIdentity, b: ExternalIdentity): boolean {
  return a.issuer === b.issuer && a.subject === b.subject;
}

/** `service editor, only segments and offers, until 2026-12-01T00:00:00.000Z`: the audit tells it before and after. */
function rightsText({ kind, role, scopes, expiresAt }: OperatorRights): string {
  const only = scopes && `only ${scopes.join(' and ') || 'nothing'}`;
  const until = expiresAt === null ? null : `until ${formatInstant(expiresAt)}`;
  return [`${kind} ${role}`, only, until].filter((part) => part !== null).join(', ');
}
