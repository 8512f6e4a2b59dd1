import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes `test/data/several-ids`: five files in the layout of Microsoft's Contoso lab (contacts, loyalty, online purchases, till
 * purchases, reviews), from invented people, and `truth.json`: which ids are one person, known because we made them.
 * Run `node dev/bootstrap.mjs dev/several-ids.ts` after a change here; a test compares what is committed.
 */
type Row = Readonly<Record<string, string>>;

/** Ids that must end in one profile. */
export interface TruePerson {
  readonly ids: readonly string[];
}

export interface SeveralIds {
  /** File name → text. */
  readonly files: Readonly<Record<string, string>>;
  readonly people: readonly TruePerson[];
}

const PEOPLE = 120;
const DAY_MS = 86_400_000;
const FIRST_NAMES = [
  'Anna',
  'Ben',
  'Chloé',
  'Dmitri',
  'Elif',
  'Farid',
  'Grace',
  'Hanna',
  'Igor',
  'Jomo',
  'Karin',
  'Liang',
];
const LAST_NAMES = ['Abara', 'Berg', 'Costa', 'Dubois', 'Eriksson', 'Fuchs', 'García', 'Horvat', 'Ito', "O'Brien"];
const CITIES = ['Austin', 'Boise', 'Denver', 'Salem'];

/** Marsaglia's xorshift32: the same numbers on every machine. */
function createDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % sides;
  };
}

interface Person {
  readonly n: number;
  readonly first: string;
  readonly last: string;
  readonly born: string;
  readonly email: string;
  readonly phone: string;
  readonly contact: string | null;
  readonly loyalty: string | null;
  /** Whether the two files agree on an e-mail, so that they can be joined at all. */
  readonly joined: boolean;
}

export function makeSeveralIds(): SeveralIds {
  const dice = createDice(20_261_122);
  const people = Array.from({ length: PEOPLE }, (_, n) => makePerson(n, dice));
  const contacts: Row[] = [];
  const loyalty: Row[] = [];
  const online: Row[] = [];
  const till: Row[] = [];
  const reviews: Row[] = [];
  const truth: string[][] = [];
  let clock = Date.UTC(2019, 0, 1);
  const tick = () => {
    clock += 3_600_000 * (1 + dice(9));
    return new Date(clock).toISOString().replace('T', ' ').slice(0, 19);
  };

  const contactRow = (person: Person, changes: Row = {}): Row => ({
    ContactId: person.contact ?? '',
    FirstName: person.first,
    LastName: person.last,
    FullName: `${person.first} ${person.last}`,
    DateOfBirth: person.born,
    Email: person.joined || person.loyalty === null ? person.email : '',
    Telephone: person.phone,
    City: CITIES[person.n % CITIES.length] ?? '',
    Country: 'United States',
    CreatedOn: tick(),
    ...changes,
  });
  const loyaltyRow = (person: Person, changes: Row = {}): Row => ({
    LoyaltyID: person.loyalty ?? '',
    FirstName: person.first,
    LastName: person.last,
    FullName: `${person.first} ${person.last}`,
    DateOfBirth: person.born,
    Email: person.n % 3 === 0 ? person.email.toUpperCase() : person.email,
    Telephone: person.phone,
    RewardsPoints: String(dice(5_000)),
    CreatedOn: tick(),
    ...changes,
  });

  for (const person of people) {
    if (person.contact !== null) {
      const row = contactRow(person);
      contacts.push(row);
      // Listed twice, word for word; and listed again later with another name and date of birth.
      if (person.n % 17 === 3) contacts.push(row);
      if (person.n % 11 === 5)
        contacts.push(
          contactRow(person, { LastName: 'Newname', FullName: `${person.first} Newname`, DateOfBirth: '1990-12-24' }),
        );
    }
    if (person.loyalty !== null)
      loyalty.push(
        loyaltyRow(
          person,
          person.n % 7 === 2 ? { FirstName: `${person.first.charAt(0)}.`, DateOfBirth: '1970-01-01' } : {},
        ),
      );
    const email = `email:${person.email}`;
    const crm = person.contact === null ? [] : [`crm:${person.contact}`];
    const card = person.loyalty === null ? [] : [`loyalty:${person.loyalty}`];
    if (person.joined || crm.length + card.length < 2) truth.push([...crm, ...card, email]);
    // The contact has no e-mail, so nothing in the files says that the card is the same person's.
    else truth.push([...crm], [...card, email]);
  }
  shareOneCard(people, loyaltyRow, loyalty, truth);
  listUnderTwoContacts(people, contactRow, contacts, truth);

  for (let n = 0; n < 400; n++) {
    const person = people[dice(PEOPLE)] as Person;
    const guest = dice(20) === 0;
    online.push({
      PurchaseId: `ON${1000 + n}`,
      ContactId: guest ? '' : (person.contact ?? ''),
      PurchasedOn: tick(),
      TotalPrice: `${dice(30_000) / 100}`,
    });
    till.push({
      PurchaseId: `TI${1000 + n}`,
      LoyaltyID: guest ? '' : (person.loyalty ?? ''),
      PurchasedOn: tick(),
      TotalPrice: `${dice(30_000) / 100}`,
    });
  }
  for (let n = 0; n < 150; n++) {
    const person = people[dice(PEOPLE)] as Person;
    const kind = dice(10);
    const email =
      kind === 0 ? '' : kind === 1 ? `stranger${n}@example.org` : kind < 4 ? titled(person.email) : person.email;
    if (kind === 1) truth.push([`email:${email}`]);
    reviews.push({
      ReviewId: `RE${1000 + n}`,
      UserName: `reader${n % 40}`,
      Email: email,
      ReviewText: n % 9 === 0 ? 'Good, "really" good,\nwould buy again' : 'As described',
      ReviewRating: String(1 + dice(5)),
      ReviewDate: tick().slice(0, 10),
    });
  }
  return {
    files: {
      'contacts.csv': csv(contacts),
      'loyalty.csv': csv(loyalty),
      'online-purchases.csv': csv(online),
      'till-purchases.csv': csv(till),
      'reviews.csv': csv(reviews),
    },
    people: truth.map((ids) => ({ ids: ids.toSorted() })).sort((a, b) => (String(a.ids) < String(b.ids) ? -1 : 1)),
  };
}

function makePerson(n: number, dice: (sides: number) => number): Person {
  const first = FIRST_NAMES[n % FIRST_NAMES.length] ?? '';
  const last = LAST_NAMES[Math.floor(n / FIRST_NAMES.length)] ?? '';
  const kind = n % 5;
  return {
    n,
    first,
    last,
    born: new Date(Date.UTC(1950, 0, 1) + dice(18_000) * DAY_MS).toISOString().slice(0, 10),
    email: `person${n}@example.com`,
    // Three of a family behind one number.
    phone: `+1 570-555-0${String(Math.floor(n / 3)).padStart(3, '0')}`,
    contact: kind === 4 ? null : `CNTID_${1000 + n}`,
    loyalty: kind === 0 ? null : `LOYID_${1000 + n}`,
    joined: kind === 1 || kind === 2 || (kind === 3 && n % 2 === 0),
  };
}

/** The card of the first of two people is registered again, later, under the e-mail of the second: the last one holds it. */
function shareOneCard(
  people: readonly Person[],
  loyaltyRow: (person: Person, changes: Row) => Row,
  loyalty: Row[],
  truth: string[][],
): void {
  const couples = [
    [people[1], people[5]],
    [people[21], people[25]],
  ] as readonly (readonly [Person, Person])[];
  for (const [first, second] of couples) {
    loyalty.push(loyaltyRow(second, { LoyaltyID: first.loyalty ?? '' }));
    const id = `loyalty:${first.loyalty}`;
    const from = truth.find((ids) => ids.includes(id));
    from?.splice(from.indexOf(id), 1);
    truth.find((ids) => ids.includes(`email:${second.email}`))?.push(id);
  }
}

/** One e-mail under two contact ids: two customers of the CRM stay two, and the e-mail is with the later. */
function listUnderTwoContacts(
  people: readonly Person[],
  contactRow: (person: Person, changes: Row) => Row,
  contacts: Row[],
  truth: string[][],
): void {
  for (const person of [people[10], people[30]] as readonly Person[]) {
    const again = `CNTID_${9000 + person.n}`;
    contacts.push(contactRow(person, { ContactId: again }));
    const first = truth.find((ids) => ids.includes(`crm:${person.contact}`));
    first?.splice(first.indexOf(`email:${person.email}`), 1);
    truth.push([`crm:${again}`, `email:${person.email}`]);
  }
}

function titled(email: string): string {
  return email.charAt(0).toUpperCase() + email.slice(1);
}

function csv(rows: readonly Row[]): string {
  const header = Object.keys(rows[0] ?? {});
  const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return `${[header, ...rows.map((row) => header.map((name) => row[name] ?? ''))].map((cells) => cells.map(cell).join(',')).join('\n')}\n`;
}

export const SEVERAL_IDS = join(import.meta.dirname, '../test/data/several-ids');

if (import.meta.main) {
  const { files, people } = makeSeveralIds();
  await mkdir(SEVERAL_IDS, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(SEVERAL_IDS, name), text);
  await writeFile(
    join(SEVERAL_IDS, 'truth.json'),
    `[\n${people.map(({ ids }) => `  ${JSON.stringify(ids)}`).join(',\n')}\n]\n`,
  );
}
