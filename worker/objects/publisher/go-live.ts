import { DEFAULT_IDENTITY } from '../../../core/identity/identity-config.ts';
import { ok, type Result } from '../../../core/lib/result.ts';
import { identityWarnings } from '../../../core/ruleset/identity-warnings.ts';
import type { IdentityPart } from '../../../core/ruleset/manifest.ts';
import type { Published, PublisherProblem } from '../../../core/ruleset/publisher-rpc.ts';
import { finish } from './finish.ts';
import type { Ledger, NewSequence } from './ledger.ts';
import type { PublishingContext } from './publishing-context.ts';

/** What a publish, a rollback or a job brings. */
export type NewContent = Omit<NewSequence, 'space' | 'at' | 'newSalt'>;

/** Commits the next sequence and writes what follows from it. */
export async function goLive(
  context: PublishingContext,
  content: NewContent,
): Promise<Result<Published, PublisherProblem>> {
  const warnings = warningsOf(context.ledger, content);
  const manifest = context.ledger.commit(sequenceOf(context, content));
  // Armed before the follow-up: should the object stop in the middle of it, the alarm finds the rest.
  await context.retryLater();
  return ok({ manifest, cached: await finish(context), warnings });
}

export function sequenceOf({ space, now }: PublishingContext, content: NewContent): NewSequence {
  return { ...content, space, at: now(), newSalt: newSalt() };
}

/** What the change of namespaces means for people who are known already; nobody is before the first publish. */
export function warningsOf(
  ledger: Ledger,
  { parts, bodies }: Pick<NewContent, 'parts' | 'bodies'>,
): Published['warnings'] {
  const before = ledger.current();
  if (!before || before.parts.identity === parts.identity) return [];
  const namespacesOf = (hash: string | undefined) => {
    const body = hash === undefined ? null : (bodies.get(hash) ?? ledger.part(hash));
    return body === null ? DEFAULT_IDENTITY.namespaces : (JSON.parse(body) as IdentityPart).namespaces;
  };
  return identityWarnings(namespacesOf(before.parts.identity), namespacesOf(parts.identity));
}

function newSalt(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
