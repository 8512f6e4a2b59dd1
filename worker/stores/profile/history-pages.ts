import type { Fact } from '../../../core/event/event.ts';
import type { FactKey } from '../../../core/interaction/command.ts';
import type { HistoryPage } from '../../../core/interaction/fact-rows.ts';
import { type HistoryLines, packLine, unpackLines } from '../../../core/interaction/history-lines.ts';
import { factName } from '../../../core/interaction/outbox.ts';
import { fnv1a32 } from '../../../core/lib/hash.ts';
import type { Instant } from '../../../core/lib/ids.ts';

export type RunSql = <Row extends Record<string, SqlStorageValue>>(
  query: string,
  ...bindings: (SqlStorageValue | Uint8Array)[]
) => Row[];

/** Histories that came from elsewhere, up to 256 facts in a row: what would be a row for each at either end is one. */
export interface HistoryPages {
  readonly isEmpty: boolean;
  /** Some of a strand. */
  holds(strand: number): boolean;
  /** Those of these that lie in pages. */
  find(keys: readonly FactKey[]): readonly Fact[];
  /** Page after page; in one, facts are in the order of their keys. `null`: of all strands. */
  facts(strand: number | null): Iterable<Fact>;
  /** Pages with facts that were received since. */
  since(received: Instant, strands: readonly number[]): Iterable<Fact>;
  add(pages: readonly HistoryPage[]): void;
  renumber(from: number, to: number): void;
  /** They are in no page any more; those that were. */
  takeOut(keys: readonly FactKey[]): readonly Fact[];
  deleteStrand(strand: number): void;
  clear(): void;
  /** The table may not be what it was: a write was undone. */
  forget(): void;
}

interface Entry {
  readonly page: number;
  readonly strand: number;
  /** When the newest was received. */
  readonly received: number;
  /** Of each fact's name, rising. */
  readonly hashes: Uint32Array;
}

interface PageRow extends Record<string, SqlStorageValue> {
  readonly page: number;
  readonly strand: number;
  readonly received_at: number;
  readonly hashes: ArrayBuffer;
}

const HASH_BYTES = 4;

/** `isThere`: whether the table was ever made. What tells pages apart is held in memory, 4 bytes a fact, from the first question on. */
export function createHistoryPages(run: RunSql, isThere: () => boolean): HistoryPages {
  let known: readonly Entry[] | null = null;

  function entries(): readonly Entry[] {
    if (!isThere()) return [];
    known ??= run<PageRow>('SELECT page, strand, received_at, hashes FROM history ORDER BY page').map(
      ({ page, strand, received_at, hashes }) => ({ page, strand, received: received_at, hashes: numbersOf(hashes) }),
    );
    return known;
  }

  function factsOf({ page, strand }: Entry): Fact[] {
    const [row] = run<{ lines: HistoryLines }>('SELECT lines FROM history WHERE page = ?', page);
    return unpackLines(row?.lines ?? '', strand);
  }

  /** Pages in which some of these may be, with what is there. */
  function* pagesWith(keys: readonly FactKey[]): Iterable<{ readonly entry: Entry; readonly facts: Fact[] }> {
    const all = entries();
    if (all.length === 0 || keys.length === 0) return;
    const hashes = keys.map(({ source, id }) => fnv1a32(factName(source, id)));
    for (const entry of all) {
      if (hashes.some((hash) => isAmong(entry.hashes, hash))) yield { entry, facts: factsOf(entry) };
    }
  }

  const pages: HistoryPages = {
    get isEmpty() {
      return entries().length === 0;
    },

    holds: (strand) => entries().some((entry) => entry.strand === strand),

    find(keys) {
      const names = namesOf(keys);
      return Array.from(pagesWith(keys), ({ facts }) => facts.filter((fact) => names.has(nameOf(fact)))).flat();
    },

    *facts(strand) {
      for (const entry of entries()) if (strand === null || entry.strand === strand) yield* factsOf(entry);
    },

    *since(received, strands) {
      for (const entry of entries()) {
        if (entry.received <= received || !strands.includes(entry.strand)) continue;
        for (const fact of factsOf(entry)) if (fact.receivedAt > received) yield fact;
      }
    },

    add(added) {
      known = null;
      for (const { strand, lines, facts } of added) {
        const received = facts.reduce((last, { receivedAt }) => Math.max(last, receivedAt), 0);
        const hashes = Uint32Array.from(facts, (fact) => fnv1a32(nameOf(fact))).sort();
        run(
          'INSERT INTO history (strand, received_at, hashes, lines) VALUES (?, ?, ?, ?)',
          strand,
          received,
          new Uint8Array(hashes.buffer),
          lines,
        );
      }
    },

    renumber(from, to) {
      if (!pages.holds(from)) return;
      run('UPDATE history SET strand = ? WHERE strand = ?', to, from);
      known = null;
    },

    takeOut(keys) {
      const names = namesOf(keys);
      const taken: Fact[] = [];
      for (const { entry, facts } of [...pagesWith(keys)]) {
        const left = facts.filter((fact) => !names.has(nameOf(fact)));
        if (left.length === facts.length) continue;
        for (const fact of facts) if (names.has(nameOf(fact))) taken.push(fact);
        run('DELETE FROM history WHERE page = ?', entry.page);
        if (left.length > 0) pages.add([{ strand: entry.strand, lines: left.map(packLine).join('\n'), facts: left }]);
        known = null;
      }
      return taken;
    },

    deleteStrand(strand) {
      if (!pages.holds(strand)) return;
      run('DELETE FROM history WHERE strand = ?', strand);
      known = null;
    },

    clear() {
      if (isThere()) run('DELETE FROM history');
      known = null;
    },

    forget() {
      known = null;
    },
  };
  return pages;
}

function nameOf({ source, id }: FactKey): string {
  return factName(source, id);
}

function namesOf(keys: readonly FactKey[]): ReadonlySet<string> {
  return new Set(keys.map(nameOf));
}

function numbersOf(bytes: ArrayBuffer): Uint32Array {
  return new Uint32Array(bytes.slice(0, bytes.byteLength - (bytes.byteLength % HASH_BYTES)));
}

/** Whether a rising list holds a number. */
function isAmong(rising: Uint32Array, wanted: number): boolean {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return rising[low] === wanted;
}
