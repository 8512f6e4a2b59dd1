import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PeopleReport, reportOf, runPeople } from '../../cli/people/run-people.ts';
import { type StitchedFiles, stitchFiles } from '../../cli/people/stitch-files.ts';
import { makeSeveralIds, SEVERAL_IDS } from '../../dev/several-ids.ts';

type Row = Readonly<Record<string, string>>;
const KINDS = ['contacts', 'loyalty', 'online-purchases', 'till-purchases', 'reviews'] as const;
type Kind = (typeof KINDS)[number];

const pathOf = (kind: Kind) => join(SEVERAL_IDS, `${kind}.csv`);
/** Read without any of our own code: what the engine says is held against this. */
const rowsOf = (kind: Kind) => parse(readFileSync(pathOf(kind)), { columns: true }) as readonly Row[];
const rows = Object.fromEntries(KINDS.map((kind) => [kind, rowsOf(kind)])) as Record<Kind, readonly Row[]>;
const truth = JSON.parse(readFileSync(join(SEVERAL_IDS, 'truth.json'), 'utf8')) as readonly (readonly string[])[];
const truthOf = (id: string) => truth.find((ids) => ids.includes(id)) ?? null;
const sources = (path: (kind: Kind) => string) =>
  KINDS.map((kind) => ({ file: path(kind), mapping: `contoso-${kind}` }));

let stitched: StitchedFiles;
let report: PeopleReport;
let folder: string;
beforeAll(async () => {
  stitched = await stitchFiles(sources(pathOf));
  report = reportOf(stitched);
  folder = await mkdtemp(join(tmpdir(), 'several-ids-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const partition = ({ profiles }: StitchedFiles) =>
  profiles
    .filter(({ person }) => person !== null)
    .map(({ keys }) => keys.toSorted())
    .sort((a, b) => (String(a) < String(b) ? -1 : 1));

it('the committed sample is what its script makes', () => {
  const { files, people } = makeSeveralIds();
  for (const [name, text] of Object.entries(files)) expect(readFileSync(join(SEVERAL_IDS, name), 'utf8')).toBe(text);
  expect(truth).toEqual(people.map(({ ids }) => ids));
});

it('the sample holds what makes people hard to tell apart', () => {
  const contacts = rows.contacts;
  const repeated = contacts.length - new Set(contacts.map((row) => JSON.stringify(row))).size;
  const shared = (list: readonly Row[], by: string, other: string) => {
    const groups = new Map<string, Set<string | undefined>>();
    for (const row of list.filter((one) => one[by] !== '')) {
      const key = String(row[by]).toLowerCase();
      groups.set(key, (groups.get(key) ?? new Set()).add(row[other]));
    }
    return [...groups.values()].filter(({ size }) => size > 1).length;
  };
  expect({
    repeatedContacts: repeated,
    contactsWithoutEmail: contacts.filter(({ Email }) => Email === '').length,
    emailsOfTwoContacts: shared(contacts, 'Email', 'ContactId'),
    phonesOfSeveralContacts: shared(contacts, 'Telephone', 'ContactId'),
    cardsOfTwoEmails: shared(rows.loyalty, 'LoyaltyID', 'Email'),
    namesOfOneContact: shared(contacts, 'ContactId', 'LastName'),
    upperCaseEmails: rows.loyalty.filter(({ Email }) => Email !== Email?.toLowerCase()).length,
    guests: rows['online-purchases'].filter(({ ContactId }) => ContactId === '').length,
  }).toEqual({
    repeatedContacts: 6,
    contactsWithoutEmail: 14,
    emailsOfTwoContacts: 2,
    phonesOfSeveralContacts: 40,
    cardsOfTwoEmails: 2,
    namesOfOneContact: 9,
    upperCaseEmails: 32,
    guests: 93,
  });
});

describe('five files of one shop become people', () => {
  it('each row is one event, none is lost', () => {
    for (const kind of KINDS)
      expect(report.files[pathOf(kind)]).toEqual({ rows: rows[kind].length, events: rows[kind].length, rowsLost: 0 });
    const total = KINDS.reduce((sum, kind) => sum + rows[kind].length, 0);
    expect(stitched.profiles.reduce((sum, { facts }) => sum + facts.length, 0)).toBe(total);
    expect(report.homeless).toEqual([]);
  });

  it('the people are those that the sample was made of', () => {
    expect(partition(stitched)).toEqual(truth);
    expect(report.people).toBe(truth.length);
  });

  it('every id of the files is one of exactly one person', () => {
    const named = new Set([
      ...rows.contacts.flatMap(({ ContactId, Email }) => [
        `crm:${ContactId}`,
        ...(Email ? [`email:${Email.toLowerCase()}`] : []),
      ]),
      ...rows.loyalty.flatMap(({ LoyaltyID, Email }) => [`loyalty:${LoyaltyID}`, `email:${Email?.toLowerCase()}`]),
      ...rows.reviews.flatMap(({ Email }) => (Email ? [`email:${Email.toLowerCase()}`] : [])),
    ]);
    const held = partition(stitched).flat();
    expect(new Set(held)).toEqual(named);
    expect(held.length).toBe(named.size);
  });

  it.each([
    ['online-purchases', 'contoso:online:', 'PurchaseId', ({ ContactId }: Row) => ContactId && `crm:${ContactId}`],
    ['till-purchases', 'contoso:till:', 'PurchaseId', ({ LoyaltyID }: Row) => LoyaltyID && `loyalty:${LoyaltyID}`],
    ['reviews', 'contoso:review:', 'ReviewId', ({ Email }: Row) => Email && `email:${Email.toLowerCase()}`],
  ] as const)('every row of %s is at exactly one profile, the right one', (kind, prefix, idColumn, ownerOf) => {
    for (const row of rows[kind]) {
      const id = `${prefix}${row[idColumn]}`;
      const holders = stitched.profiles.filter(({ facts }) => facts.some((fact) => fact.id === id));
      expect(holders).toHaveLength(1);
      const owner = ownerOf(row);
      if (owner) expect(holders[0]?.keys.toSorted()).toEqual(truthOf(owner));
      else expect(holders[0]?.person).toBeNull();
    }
  });

  it('money is divided and not changed', () => {
    const total = (list: readonly Row[]) =>
      list.reduce((sum, { TotalPrice }) => sum + Math.round(Number(TotalPrice) * 100), 0);
    const held = stitched.profiles.flatMap(({ facts }) =>
      facts.flatMap(({ id }) => Math.round(Number(stitched.events.get(id)?.event.data.total ?? 0) * 100)),
    );
    expect(held.reduce((sum, cents) => sum + cents, 0)).toBe(
      total(rows['online-purchases']) + total(rows['till-purchases']),
    );
  });

  it('contradicting values are listed with who said them, and the newest holds', () => {
    const said = [
      ...rows.contacts.map((row) => ({ row, owner: `crm:${row.ContactId}` })),
      ...rows.loyalty.map((row) => ({ row, owner: `loyalty:${row.LoyaltyID}` })),
    ];
    const check = (column: string, attribute: string) => {
      const expected = truth.flatMap((ids) => {
        const values = said
          .filter(({ owner }) => ids.includes(owner))
          .sort((a, b) => (String(a.row.CreatedOn) < String(b.row.CreatedOn) ? -1 : 1))
          .flatMap(({ row }) => row[column] || []);
        const plain = new Set(values.map((value) => value.toLowerCase()));
        return plain.size > 1 ? [{ person: ids, kept: values.at(-1), different: plain.size }] : [];
      });
      const listed = report.contradictions
        .filter((one) => one.attribute === attribute)
        .map(({ person, kept, values }) => ({
          person,
          kept: String(kept).slice(0, column === 'DateOfBirth' ? 10 : 99),
          different: values.length,
        }))
        .sort((a, b) => (String(a.person) < String(b.person) ? -1 : 1));
      expect(listed).toEqual(expected);
      return listed.length;
    };
    expect(check('LastName', 'lastName')).toBeGreaterThan(3);
    expect(check('DateOfBirth', 'dateOfBirth')).toBeGreaterThan(10);
    expect(check('FirstName', 'firstName')).toBeGreaterThan(5);
  });

  it('names the links that did not hold', () => {
    expect(report.displaced.map(({ a, b }) => `${a} ${b}`).sort()).toEqual([
      'crm:CNTID_1010 email:person10@example.com',
      'crm:CNTID_1030 email:person30@example.com',
      'email:person1@example.com loyalty:LOYID_1001',
      'email:person21@example.com loyalty:LOYID_1021',
    ]);
  });
});

it('columns may come in any order and spelling, and the optional ones may be missing', async () => {
  const spelled = (name: string) => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
  const keep: Readonly<Record<Kind, readonly string[]>> = {
    contacts: ['CreatedOn', 'Email', 'ContactId'],
    loyalty: ['Email', 'CreatedOn', 'LoyaltyID'],
    'online-purchases': ['TotalPrice', 'PurchasedOn', 'ContactId', 'PurchaseId'],
    'till-purchases': ['TotalPrice', 'LoyaltyID', 'PurchasedOn', 'PurchaseId'],
    reviews: ['ReviewDate', 'Email', 'ReviewId'],
  };
  for (const kind of KINDS) {
    const lines = [keep[kind].map(spelled), ...rows[kind].map((row) => keep[kind].map((name) => row[name]))];
    await writeFile(join(folder, `${kind}.csv`), `${lines.map((cells) => cells.join(',')).join('\n')}\n`);
  }
  const again = await stitchFiles(sources((kind) => join(folder, `${kind}.csv`)));
  expect(partition(again)).toEqual(truth);
  expect(again.profiles.length - truth.length).toBeGreaterThan(0);
});

it('the command prints the figures and writes the report', async () => {
  const printed: string[] = [];
  const file = join(folder, 'report.json');
  expect(await runPeople({ sources: sources(pathOf), report: file }, (line) => void printed.push(line))).toBe(0);
  expect(printed.find((line) => line.includes(' people '))).toMatch(new RegExp(`^${truth.length} people`));
  expect(printed.some((line) => /"Newname" .*, then "\w+" .*: the last one holds/.test(line))).toBe(true);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(report);
});
