import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../core/event/event.ts';
import { type HistoryPage, NO_CHANGES, type RowChanges } from '../../core/interaction/fact-rows.ts';
import { packLine, unpackLines } from '../../core/interaction/history-lines.ts';
import { factName } from '../../core/interaction/outbox.ts';
import { createProfileStore, type ProfileStore } from '../../worker/stores/profile-store.ts';
import { event, NOW } from '../core/interaction/visit-fixture.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { sqliteStorage } from '../support/sqlite-storage.ts';

const runs = process.env.SELVEDGE_NIGHTLY ? 5000 : 150;
const SNAPSHOT = new Uint8Array([1, 2, 3]);
const TYPES = ['product.viewed', 'cart.added', 'custom.a'];
const SOURCES = ['web', 'till'];
const nameOf = ({ source, id }: Pick<Fact, 'source' | 'id'>) => factName(source, id);

const factOf = (serial: number, strand: number): Fact => ({
  ...event(TYPES[serial % 3] as string, (NOW - serial * 1000) as never, { text: `"a"\n\t${serial}`, nested: [{}, ''] }),
  id: `e${(serial * 7919) % 1000}` as never,
  source: SOURCES[serial % 2] as never,
  receivedAt: (NOW - serial * 900) as never,
  sentBy: serial % 5 === 0 ? 'server' : 'browser',
  purposes: serial,
  strand,
  auth: serial % 2 === 0 ? 'anonymous' : 'authenticated',
});

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('insert' as const), count: fc.nat(4), strand: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('page' as const), count: fc.nat(9), strand: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop' as const), from: fc.nat(40), count: fc.nat(6) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('adopt' as const),
      from: fc.nat(40),
      count: fc.nat(6),
      strand: fc.nat(3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('renumber' as const), from: fc.nat(3), to: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deleteStrand' as const), strand: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fails' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'wipe' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'wakes' as const }) },
);

const inOrder = (facts: Iterable<Fact>) => [...facts].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));

/** Whatever readers ask, in an order of its own where none is promised. */
function seenBy(store: ProfileStore, all: readonly Fact[]) {
  const last = all.at(all.length >> 1) ?? null;
  const strands = [0, 1, 2, 3];
  const lines = strands.map((strand) => store.linesOfStrand(strand, null, 7));
  return {
    all: inOrder(store.all()),
    strands: strands.map((strand) => inOrder(store.ofStrand(strand))),
    lines: lines.map((found, strand) => unpackLines(found.map(({ line }) => line).join('\n'), strand)),
    keys: lines.map((found) => found.map(({ source, id }) => ({ source, id }))),
    rest: strands.map((strand) => store.linesOfStrand(strand, last, 500).map(({ id }) => id)),
    pages: [store.page(null, 5), store.page(last, 5)],
    known: [
      ...store.known(
        all.filter(({ source }) => source === 'web'),
        false,
      ),
    ].sort(),
    numbers: [...store.strandsOf(all)].sort(),
    byKey: inOrder(store.factsByKey(all)),
    oldest: [...store.oldestByType()].sort(),
    old: inOrder(store.olderThan('cart.added', (NOW - 9000) as never, 1000) as Fact[]).map(nameOf),
    recent: store
      .recent([0, 2], (NOW - 9000) as never, 1000)
      .map(nameOf)
      .sort(),
  };
}

describe('the tables of a profile', () => {
  it('say the same whether a history lies in rows or in pages', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
        const storage = sqliteStorage();
        let store = createProfileStore(storage);
        const table = createMemoryTable();
        let serial = 0;
        const made: Fact[] = [];
        const take = (count: number, strand: number) => Array.from({ length: count }, () => factOf(serial++, strand));
        const both = (changes: Partial<RowChanges>) => {
          for (const each of [store, table.store]) each.commit({ ...NO_CHANGES, ...changes }, SNAPSHOT);
        };
        const pageOf = (facts: readonly Fact[], strand: number): HistoryPage => {
          const sorted = inOrder(facts);
          return { strand, facts: sorted, lines: sorted.map(packLine).join('\n') };
        };
        // What an operation installs asks before anything was ever written.
        for (const strand of [0, 1])
          expect([[...store.ofStrand(strand)], store.linesOfStrand(strand, null, 5)]).toEqual([[], []]);
        expect([[...store.all()], store.strandsOf([factOf(1, 0)]).size, store.recent([0], 0 as never, 9)]).toEqual([
          [],
          0,
          [],
        ]);
        both({});
        for (const each of steps) {
          if (each.kind === 'insert' || each.kind === 'page') {
            const facts = take(each.count, each.strand);
            made.push(...facts);
            if (each.kind === 'insert') both({ insert: facts });
            else if (facts.length > 0) both({ pages: [pageOf(facts, each.strand)] });
          }
          if (each.kind === 'drop') both({ drop: made.slice(each.from, each.from + each.count) });
          if (each.kind === 'adopt') {
            const meant = made.slice(each.from, each.from + each.count).filter((fact) => table.facts.has(nameOf(fact)));
            both({ adopt: meant.map((fact) => ({ ...fact, strand: each.strand })) });
          }
          if (each.kind === 'renumber' && each.from !== each.to) both({ renumber: [[each.from, each.to]] });
          if (each.kind === 'deleteStrand') for (const one of [store, table.store]) one.deleteStrand(each.strand);
          if (each.kind === 'wipe') both({ wipe: true });
          if (each.kind === 'fails') {
            const facts = take(each.count, 0);
            const bad = { ...pageOf(facts, 0), lines: undefined as never };
            expect(() => store.commit({ ...NO_CHANGES, insert: facts, pages: [bad] }, SNAPSHOT)).toThrow();
            store.load();
          }
          if (each.kind === 'wakes') {
            store = createProfileStore(storage);
            expect(store.load()).toEqual(SNAPSHOT);
          }
          expect(seenBy(store, made)).toEqual(seenBy(table.store, made));
          for (const strand of [0, 1, 2, 3]) {
            const lines = table.store.linesOfStrand(strand, null, 500).map(({ line }) => line);
            const whole = store.wholeStrand(strand, lines.length, lines.join('').length);
            if (whole) expect(whole).toEqual({ lines: lines.join('\n'), count: lines.length });
            if (lines.length > 0) expect(store.wholeStrand(strand, lines.length - 1, 100_000)).toBeNull();
            if (lines.length > 0) expect(store.wholeStrand(strand, 500, lines.join('').length - 1)).toBeNull();
          }
        }
      }),
      { numRuns: runs },
    );
  });

  it('are read as they were before there were pages, and refused by a version that cannot read them', () => {
    const storage = sqliteStorage();
    const store = createProfileStore(storage);
    const facts = [factOf(1, 0), factOf(2, 0)];
    store.commit({ ...NO_CHANGES, insert: facts }, SNAPSHOT);
    const schemaOf = () => storage.sql.exec('SELECT schema FROM state').toArray()[0]?.schema;
    expect(schemaOf()).toBe(1);
    const woken = createProfileStore(storage);
    woken.load();
    const page = [factOf(3, 1)];
    woken.commit(
      { ...NO_CHANGES, pages: [{ strand: 1, facts: page, lines: page.map(packLine).join('\n') }] },
      SNAPSHOT,
    );
    expect(schemaOf()).toBe(2);
    expect(inOrder(woken.all())).toEqual(inOrder([...facts, ...page]));
  });
});
