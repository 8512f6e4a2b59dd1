import type { Fact } from '../../core/event/event.ts';
import type { FactKey } from '../../core/interaction/command.ts';
import type { SeenEvent } from '../../core/interaction/fact-rows.ts';
import { packLine, unpackLines } from '../../core/interaction/history-lines.ts';
import { factName } from '../../core/interaction/outbox.ts';
import type { ProfileStore } from '../../worker/stores/profile-store.ts';

const nameOf = ({ source, id }: FactKey) => factName(source, id);

/** The tables of one profile object in memory, which can be made to fail once. */
export interface MemoryTable {
  readonly store: ProfileStore;
  readonly facts: ReadonlyMap<string, Fact>;
  readonly seen: ReadonlyMap<string, SeenEvent>;
  /** Nothing was ever stored, or everything was forgotten. */
  readonly isEmpty: boolean;
  /** The next commit fails as a full disk does. */
  fails: boolean;
  readonly commits: number;
}

export function createMemoryTable(): MemoryTable {
  const facts = new Map<string, Fact>();
  const seen = new Map<string, SeenEvent>();
  let snapshot: Uint8Array | null = null;
  let commits = 0;
  const sorted = () =>
    [...facts.values()].sort((a, b) => (a.source !== b.source ? (a.source < b.source ? -1 : 1) : a.id < b.id ? -1 : 1));
  const isAfter = (fact: FactKey, after: FactKey | null) =>
    after === null || fact.source > after.source || (fact.source === after.source && fact.id > after.id);
  const put = (name: string, strand: number) => {
    const held = facts.get(name);
    if (held) facts.set(name, { ...held, strand });
  };
  const store: ProfileStore = {
    // Bytes that nobody may write to: another load gives the same.
    load: () => snapshot?.slice() ?? null,
    known: (events, elsewhereToo) => {
      const isKnown = (name: string) => facts.has(name) || (elsewhereToo && seen.has(name));
      return new Set(events.filter((event) => isKnown(nameOf(event))).map(({ id }) => id));
    },
    strandsOf: (keys) =>
      new Map(
        keys.flatMap((key) => {
          const held = facts.get(nameOf(key));
          return held ? [[nameOf(key), held.strand] as const] : [];
        }),
      ),
    ofStrand: (strand) => sorted().filter((fact) => fact.strand === strand),
    recent: (strands, since, most) => {
      const here = [...facts.values()].filter(
        ({ strand, receivedAt, sentBy }) => strands.includes(strand) && receivedAt > since && sentBy === 'browser',
      );
      const all = [...here.map(({ source, id, receivedAt }) => ({ source, id, at: receivedAt })), ...seen.values()];
      return all.filter(({ at }) => at > since).slice(0, most);
    },
    commit(changes, bytes) {
      if (table.fails) {
        table.fails = false;
        throw new Error('disk full');
      }
      if (changes.wipe) {
        facts.clear();
        seen.clear();
      }
      for (const key of changes.drop) facts.delete(nameOf(key));
      for (const [from, to] of changes.renumber)
        for (const [name, fact] of facts) if (fact.strand === from) put(name, to);
      for (const fact of changes.adopt) put(nameOf(fact), fact.strand);
      for (const event of changes.seen) if (!seen.has(nameOf(event))) seen.set(nameOf(event), event);
      for (const fact of changes.insert) if (!facts.has(nameOf(fact))) facts.set(nameOf(fact), structuredClone(fact));
      for (const { strand, lines } of changes.pages) {
        for (const fact of unpackLines(lines, strand)) {
          // A page is only stored when nothing of it is.
          if (facts.has(nameOf(fact))) throw new Error(`stored twice: ${nameOf(fact)}`);
          facts.set(nameOf(fact), fact);
        }
      }
      snapshot = bytes.slice();
      commits++;
    },
    forget() {
      facts.clear();
      seen.clear();
      snapshot = null;
    },
    factsByKey: (keys) => keys.flatMap((key) => facts.get(nameOf(key)) ?? []),
    page: (after, size) =>
      sorted()
        .filter((fact) => isAfter(fact, after))
        .slice(0, size),
    all: () => facts.values(),
    wholeStrand: () => null,
    linesOfStrand: (strand, after, size) =>
      sorted()
        .filter((fact) => fact.strand === strand && isAfter(fact, after))
        .slice(0, size)
        .map((fact) => ({ source: fact.source, id: fact.id, line: packLine(fact) })),
    oldestByType() {
      const oldest = new Map<string, Fact['at']>();
      for (const { type, at } of facts.values()) if (at < (oldest.get(type) ?? Infinity)) oldest.set(type, at);
      return oldest;
    },
    olderThan: (type, before, most) =>
      [...facts.values()].filter((fact) => fact.type === type && fact.at < before).slice(0, most),
    deleteStrand(strand) {
      for (const [name, fact] of facts) if (fact.strand === strand) facts.delete(name);
    },
    forgetSeen(before) {
      for (const [name, { at }] of seen) if (at <= before) seen.delete(name);
    },
    takeCost: () => ({ rowsRead: 0, rowsWritten: 0 }),
  };
  const table: MemoryTable = {
    store,
    facts,
    seen,
    fails: false,
    get isEmpty() {
      return snapshot === null;
    },
    get commits() {
      return commits;
    },
  };
  return table;
}
