import type { Space } from '../../core/lib/ids.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import type { ProofKey, Source } from '../../core/ruleset/resources.ts';
import type { SourceInput } from '../../core/ruleset/schema.ts';
import type { ProblemItem } from '../http/problem.ts';
import type { AdminServices } from '../services/admin-services.ts';
import { mintKey } from './mint-key.ts';

type Services = Pick<AdminServices, 'secrets' | 'randomBytes'>;

/** What an operator put, joined with what is stored: keys left out stay, plain secrets are sealed. */
export async function storedSource(
  input: SourceInput,
  present: Source | null,
  space: Space,
  services: Services,
): Promise<Result<Source, readonly ProblemItem[]>> {
  const { writeKeys, serverKeyHashes, proofKeys, ...rest } = input;
  const sealed: ProofKey[] = [];
  const problems: ProblemItem[] = [];
  for (const [index, key] of (proofKeys ?? []).entries()) {
    const held = present?.proofKeys.find((other) => other.kid === key.kid);
    if (proofKeys?.findIndex((other) => other.kid === key.kid) !== index) {
      problems.push({
        pointer: `/proofKeys/${index}/kid`,
        code: 'duplicateKid',
        detail: 'another proof key has this kid',
      });
    } else if (key.alg !== 'HS256') {
      sealed.push(key as ProofKey);
    } else {
      const secretEncrypted = await sealSecret(key.secret, held, services);
      if (secretEncrypted !== null) sealed.push({ kid: key.kid, alg: 'HS256', secretEncrypted });
      else
        problems.push({
          pointer: `/proofKeys/${index}/secret`,
          code: 'required',
          detail: 'no secret is stored under this kid yet',
        });
    }
  }
  if (problems.length > 0) return err(problems);
  return ok({
    ...rest,
    writeKeys: writeKeys ?? present?.writeKeys ?? [mintKey('wk', space, services.randomBytes)],
    serverKeyHashes: serverKeyHashes ?? present?.serverKeyHashes ?? [],
    proofKeys: proofKeys ? sealed : (present?.proofKeys ?? []),
  } as Source);
}

/** The stored secret when it is the same or none was sent, so that putting a source twice changes nothing; null when there is none. */
async function sealSecret(
  secret: string | undefined,
  held: ProofKey | undefined,
  { secrets }: Services,
): Promise<string | null> {
  const stored = held?.alg === 'HS256' ? held.secretEncrypted : null;
  if (secret === undefined) return stored;
  if (stored !== null) {
    const opened = await secrets.open(stored);
    if (opened && new TextDecoder().decode(opened) === secret) return stored;
  }
  return secrets.seal(new TextEncoder().encode(secret));
}

/** What a read shows: the form that can be put back, without secrets. */
export function shownSource(source: Source): SourceInput {
  return {
    ...source,
    proofKeys: source.proofKeys.map((key) => (key.alg === 'HS256' ? { kid: key.kid, alg: key.alg } : key)),
  } as SourceInput;
}
