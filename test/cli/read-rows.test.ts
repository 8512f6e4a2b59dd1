import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ReplayRig } from './replay-run.ts';

let rig: ReplayRig;
beforeEach(async () => {
  rig = new ReplayRig();
  await rig.start();
});
afterEach(() => rig.stop());

const AT = '2011-01-01T00:00:00Z';
function people(): readonly string[] {
  return [...rig.endpoint.stored.values()].map((event) => event.identities?.[0]?.value ?? '');
}

describe('reading files', () => {
  it('reads a byte-order mark, CRLF, quotes, line breaks in quotes and empty lines', async () => {
    const file = await rig.write(
      'v.csv',
      `\uFEFFn,who,at\r\n1,"Ada, the ""first""",${AT}\r\n\r\n2,"two\r\n",${AT}\r\n`,
    );
    expect(await rig.run({ file })).toBe(0);
    expect(people()).toEqual(['Ada, the "first"', 'two']);
  });

  it('refuses bytes that are not UTF-8 before anything is sent, and reads them as latin1', async () => {
    const file = await rig.write('v.csv', Buffer.from(`n,who,at\n1,caf\u00e9,${AT}\n`, 'latin1'));
    await expect(rig.run({ file })).rejects.toThrow(/is not UTF-8 .*--encoding latin1/);
    expect(rig.endpoint.requests).toBe(0);
    expect(await rig.run({ file, encoding: 'latin1' })).toBe(0);
    expect(people()).toEqual(['café']);
  });

  it('keeps characters whole that lie across the chunks of a read', async () => {
    const rows = Array.from({ length: 30_000 }, (_, n) => `${n},${'é€😀'.slice(n % 2)}-${n % 50},${AT}`);
    const file = await rig.write('v.csv', ['n,who,at', ...rows].join('\n'));
    expect(await rig.run({ file })).toBe(0);
    expect(new Set(people()).size).toBe(50);
    expect(people().join('')).not.toContain('\uFFFD');
  });

  it('reports ragged rows with their row and reads on; a stray quote is part of the text', async () => {
    const file = await rig.write('v.csv', `n,who,at\n1,ada,${AT}\n\n2,bob\n3,"c"x,${AT}\n4,d"an,${AT}\n`);
    expect(await rig.run({ file })).toBe(1);
    expect(people()).toEqual(['ada', '"c"x', 'd"an']);
    expect(rig.output).toMatch(/row 4: 2 cells, but the header has 3/);
  });

  it.each([3, 60_000])('stops where a quote is never closed, %i rows before the end', async (count) => {
    const rest = Array.from({ length: count }, (_, n) => `${n},ada,${AT}`).join('\n');
    const file = await rig.write('v.csv', `n,who,at\n1,ada,${AT}\n2,"ada,${AT}\n${rest}`);
    expect(await rig.run({ file })).toBe(1);
    expect(rig.output).toMatch(/after row 2: a quote is opened and never closed/);
    expect(people()).toEqual(['ada']);
  });

  it('takes the delimiter and other names from the mapping', async () => {
    const mapping = await rig.write(
      'semi.yaml',
      `name: semi
delimiter: ';'
columns:
  who: { type: text, names: [Kunde, Kundin] }
  at: { type: date, formats: ['d.M.yyyy H:mm'], timeZone: Europe/Berlin }
  sum: { type: number, decimal: ',', thousands: '.' }
events:
  - type: custom.sale
    id: 's-{row}'
    at: at
    identities: { first: [{ namespace: customer, value: '{who}' }] }
    data: { sum: '{sum}' }
`,
    );
    const file = await rig.write('v.csv', 'Kundin;at;sum\nada;1.7.2011 8:26;1.234,50\n');
    expect(await rig.run({ file, mapping })).toBe(0);
    expect([...rig.endpoint.stored.values()]).toEqual([
      {
        id: 's-2',
        type: 'custom.sale',
        occurredAt: '2011-07-01T06:26:00.000Z',
        identities: [{ namespace: 'customer', value: 'ada' }],
        data: { sum: 1234.5 },
      },
    ]);
  });

  it('reads NDJSON line by line and names the lines that are none', async () => {
    const lines = [
      JSON.stringify({ n: 1, who: 'ada', at: AT }),
      '',
      '{"n": 2,',
      '[1]',
      JSON.stringify({ n: 3, who: { id: 1 }, at: AT }),
      JSON.stringify({ n: 4, who: 'bob', at: AT, mail: 'bob@x.org' }),
    ];
    const file = await rig.write('v.ndjson', `${lines.join('\n')}\n`);
    expect(await rig.run({ file })).toBe(1);
    expect(people()).toEqual(['ada', 'bob']);
    expect(rig.output).toMatch(
      /row 3: not JSON\nrow 4: not a JSON object\nrow 5: column who: .* is not text, but nested/,
    );
  });

  it('says when a file is empty or of no known kind', async () => {
    expect(await rig.run({ file: await rig.write('v.csv', '') })).toBe(1);
    expect(rig.output).toMatch(/is empty: it has no header line/);
    await expect(rig.run({ file: await rig.write('v.bin', 'x') })).rejects.toThrow(/Name it \.csv/);
  });
});
