import type { Identity } from '../event/event.ts';
import type { CompiledNamespaces } from './compiled-namespaces.ts';
import { type IdentityKey, identityKey, namespaceOf } from './identity-key.ts';
import { readIdentity, type ValueProblem } from './normalise-identity.ts';

export type DropReason = ValueProblem | 'untrusted';

export interface DroppedIdentity {
  readonly key: IdentityKey;
  readonly reason: DropReason;
}

/** Why a whole record is refused: linking any of it would be a guess. */
export type RecordProblem = 'tooManyIdentities' | 'twoOfUnique' | 'twoOfTop' | 'emptyTop';

/** What one record says about who it is from, after normalising, validating and blocking. */
export interface Screened {
  /** By falling priority: the first is the primary identity. Each once. */
  readonly keys: readonly IdentityKey[];
  readonly dropped: readonly DroppedIdentity[];
  readonly problem: RecordProblem | null;
}

export interface ScreenOptions {
  readonly maxIdentities: number;
  /** A proof or a server key stands behind the record. */
  readonly verified: boolean;
  /** False for a request to merge, which may name two values of a namespace: the replay answers it. */
  readonly oneOfUnique: boolean;
}

/**
 * Which identities of a record count. A value that names nobody is dropped and the rest of the record lives; a record
 * that names two people is refused whole. Sources: Adobe Identity Service guardrails (identity value validation, namespace
 * ingestion) and implementation guide; where Adobe skips the record for a bad value, we keep the device's event.
 */
export function screenIdentities(
  identities: readonly Identity[],
  namespaces: CompiledNamespaces,
  options: ScreenOptions,
): Screened {
  if (identities.length > options.maxIdentities) return { keys: [], dropped: [], problem: 'tooManyIdentities' };
  const keys = new Map<IdentityKey, number>();
  const dropped: DroppedIdentity[] = [];
  let emptyPriority = Number.POSITIVE_INFINITY;
  for (const identity of identities) {
    const found = screenOne(identity, namespaces, options.verified);
    if (typeof found === 'string') {
      dropped.push({ key: identityKey(identity), reason: found });
      if (found === 'invalid' && identity.value.trim() === '') {
        emptyPriority = Math.min(emptyPriority, namespaces.byCode.get(identity.namespace)?.priority ?? emptyPriority);
      }
    } else keys.set(found.key, found.priority);
  }
  const sorted = [...keys].sort((a, b) => a[1] - b[1]).map(([key]) => key);
  const problem = emptyPriority < (keys.get(sorted[0] as IdentityKey) ?? Number.POSITIVE_INFINITY) ? 'emptyTop' : null;
  return { keys: sorted, dropped, problem: problem ?? (options.oneOfUnique ? twoOfOne(sorted, namespaces) : null) };
}

function screenOne(
  identity: Identity,
  namespaces: CompiledNamespaces,
  verified: boolean,
): DropReason | { readonly key: IdentityKey; readonly priority: number } {
  const read = readIdentity(identity, namespaces);
  if (typeof read === 'string') return read;
  const namespace = namespaces.byCode.get(read.namespace);
  if (!namespace || (namespace.linkTrust === 'verified' && !verified)) return 'untrusted';
  return { key: identityKey(read), priority: namespace.priority };
}

function twoOfOne(sorted: readonly IdentityKey[], namespaces: CompiledNamespaces): RecordProblem | null {
  const [first, second] = sorted;
  const seen = new Set<string>();
  for (const key of sorted) {
    const code = namespaceOf(key);
    if (seen.has(code) && namespaces.byCode.get(code)?.unique) return 'twoOfUnique';
    seen.add(code);
  }
  // The first two are enough: keys of one namespace stand together.
  return first && second && namespaceOf(first) === namespaceOf(second) ? 'twoOfTop' : null;
}
