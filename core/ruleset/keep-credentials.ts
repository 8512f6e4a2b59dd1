import type { SourcesPart } from './manifest.ts';
import type { Source } from './resources.ts';

/**
 * Old sources as a rollback may bring them back: a server key or proof key that the newest stored source does not have any more was
 * taken away on purpose, perhaps because it leaked, and stays away; so do visitor tokens that were revoked. `newest` answers null for a source that is not stored.
 */
export function keepCredentials(part: SourcesPart, newest: (id: string) => Source | null): SourcesPart {
  const sources = part.sources.map((source): Source => {
    const now = newest(source.id);
    const hashes = new Set(now?.serverKeyHashes);
    const proofs = new Set(now?.proofKeys.map((key) => JSON.stringify(key)));
    return {
      ...source,
      ...revocationOf(source, now),
      serverKeyHashes: source.serverKeyHashes.filter((hash) => hashes.has(hash)),
      proofKeys: source.proofKeys.filter((key) => proofs.has(JSON.stringify(key))),
    };
  });
  return { ...part, sources };
}

function revocationOf(old: Source, now: Source | null): Pick<Source, 'revokedBefore'> {
  const latest = Math.max(old.revokedBefore ?? 0, now?.revokedBefore ?? 0);
  return latest > 0 ? { revokedBefore: latest } : {};
}
