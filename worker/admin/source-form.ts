import type { Space } from '../../core/lib/ids.ts';
import { err, ok, type Result } from '../../core/lib/result.ts';
import type { KeySet } from '../../core/ruleset/proof-key.schema.ts';
import type { ProofKey, Source } from '../../core/ruleset/resources.ts';
import { MAX_PROOF_KEYS, type SourceInput } from '../../core/ruleset/schema.ts';
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
  const { writeKeys, serverKeyHashes, proofKeys: written, ...rest } = input;
  const proofKeys = written?.flatMap(keysOf);
  const sealed: ProofKey[] = [];
  const problems: ProblemItem[] = [];
  if (proofKeys && proofKeys.length > MAX_PROOF_KEYS)
    problems.push({
      pointer: '/proofKeys',
      code: 'tooLarge',
      detail: `at most ${MAX_PROOF_KEYS} keys, in sets or alone`,
    });
  for (const [index, { key, pointer }] of (proofKeys ?? []).entries()) {
    const held = present?.proofKeys.find((other) => other.kid === key.kid);
    if (proofKeys?.findIndex((other) => other.key.kid === key.kid) !== index) {
      problems.push({
        pointer: `${pointer}/kid`,
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
          pointer: `${pointer}/secret`,
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

type WrittenKey = NonNullable<SourceInput['proofKeys']>[number];

/** The keys of one entry, each with its place: itself, or those of a set. */
function keysOf(
  written: WrittenKey,
  index: number,
): readonly { readonly key: Exclude<WrittenKey, KeySet>; readonly pointer: string }[] {
  const pointer = `/proofKeys/${index}`;
  if (!('keys' in written)) return [{ key: written, pointer }];
  return written.keys.map((key, at) => ({ key: alone(key), pointer: `${pointer}/keys/${at}` }));
}

/** One key of a set as it would be put alone: its algorithm pinned, its certificates left behind. */
function alone({ kid, ...key }: KeySet['keys'][number]): Exclude<WrittenKey, KeySet> {
  switch (key.kty) {
    case 'EC':
      return { kid, alg: 'ES256', publicJwk: { kty: key.kty, crv: key.crv, x: key.x, y: key.y } };
    case 'RSA':
      return { kid, alg: 'RS256', publicJwk: { kty: key.kty, n: key.n, e: key.e } };
    case 'OKP':
      return { kid, alg: 'EdDSA', publicJwk: { kty: key.kty, crv: key.crv, x: key.x } };
  }
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
