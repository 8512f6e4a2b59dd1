import { type FactBook, factKey } from './fact-book.ts';
import type { Answer, OperatorApi } from './operator-api.ts';

export interface ArchiveCheck {
  readonly hours: number;
  readonly files: number;
  readonly lines: number;
  /** Facts that the archive has not, by the object that has them. */
  readonly missing: ReadonlyMap<string, readonly string[]>;
  readonly missingFacts: number;
  /** Ids in the archive that no profile has: erased ones, or the second of a doubled fact's hours. Left as they are. */
  readonly extra: number;
}

/** Reads the archive of these hours and holds it against the facts that arrived in them. */
export async function checkArchive(api: OperatorApi, book: FactBook, hours: readonly string[]): Promise<ArchiveCheck> {
  const missing = new Map<string, string[]>();
  let [files, lines, missingFacts, extra] = [0, 0, 0, 0];
  for (const hour of hours) {
    const wanted = new Map(book.arrivals.get(hour));
    const unknown = new Set<string>();
    for (let after: string | null = null, first = true; first || after !== null; first = false) {
      const part: Answer<'archive'> = await api.ask('archive', { phase: 'archive', hour, after });
      files += part.files;
      lines += part.lines;
      for (const [source, ids] of Object.entries(part.ids)) {
        for (const id of ids) {
          const key = factKey(source, id);
          if (!wanted.delete(key) && !book.has(key)) unknown.add(key);
        }
      }
      after = part.next;
    }
    extra += unknown.size;
    missingFacts += wanted.size;
    for (const [key, object] of wanted) {
      const held = missing.get(object);
      if (held) held.push(key);
      else missing.set(object, [key]);
    }
  }
  return { hours: hours.length, files, lines, missing, missingFacts, extra };
}
