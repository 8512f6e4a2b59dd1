import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { parseLink } from '../../cli/import/parse-link.ts';
import { type LinksOptions, runLinks } from '../../cli/import/run-links.ts';
import { SEND_SETTINGS } from '../../cli/replay/send-batch.ts';
import { limit } from '../../core/lib/limits.ts';
import { SERVER_KEY } from './collect-endpoint.ts';
import { ReplayRig } from './replay-run.ts';

let rig: ReplayRig;
beforeEach(async () => {
  rig = new ReplayRig();
  await rig.start();
});
afterEach(() => rig.stop());

const printed: string[] = [];
function run(file: string, options: Partial<LinksOptions> = {}, stop = new AbortController().signal): Promise<number> {
  printed.length = 0;
  const all: LinksOptions = {
    file,
    endpoint: rig.url,
    key: SERVER_KEY,
    encoding: undefined,
    concurrency: 4,
    atMs: null,
    refusedFile: null,
    dryRun: false,
    ...options,
  };
  const around = { env: {}, stateDir: rig.path('.selvedge'), isTerminal: false, stop, nowMs: Date.now };
  const print = (line: string) => void printed.push(line);
  return runLinks(all, { ...around, print }, { ...SEND_SETTINGS, baseDelayMs: 2, maxDelayMs: 10 });
}
/** The summary as a record: label to figure. */
const figures = () =>
  Object.fromEntries(
    printed.flatMap((line) => {
      const found = /^ *(\w+) {2,}([\d,]+)$/.exec(line);
      return found ? [[found[1], Number(String(found[2]).replaceAll(',', ''))]] : [];
    }),
  );

function pairs(count: number): string {
  const lines = ['namespace_a,value_a,namespace_b,value_b,at,source'];
  for (let n = 0; n < count; n++) lines.push(`crm,C${n},loyalty,L${n},2026-01-01T00:00:00Z,crm-export`);
  return `${lines.join('\n')}\n`;
}

describe('import links', () => {
  it('sends each pair as one event of a server, and changes nothing when it runs again', async () => {
    const file = await rig.write('links.csv', pairs(1_200));
    expect(await run(file)).toBe(0);
    expect(figures()).toMatchObject({ rows: 1200, pairs: 1200, sent: 1200, accepted: 1200, duplicates: 0, refused: 0 });
    expect(rig.endpoint.violations).toEqual([]);
    expect([...rig.endpoint.stored.values()][0]).toEqual({
      id: expect.stringMatching(/^link:[0-9a-f]{40}$/),
      type: 'identity.linked',
      occurredAt: '2026-01-01T00:00:00.000Z',
      identities: [
        { namespace: 'crm', value: 'C0' },
        { namespace: 'loyalty', value: 'L0' },
      ],
      data: { source: 'crm-export' },
    });
    expect(await run(file)).toBe(0);
    expect(figures()).toMatchObject({ sent: 1200, accepted: 0, duplicates: 1200 });
    expect(rig.endpoint.stored.size).toBe(1_200);
  });

  it('goes on after an interruption without losing or doubling a pair', async () => {
    const file = await rig.write('links.csv', pairs(3_000));
    const stop = new AbortController();
    rig.endpoint.faultOf = (request) => {
      if (request === 3) stop.abort();
      return null;
    };
    expect(await run(file, { concurrency: 1 }, stop.signal)).toBe(130);
    expect(printed.at(-1)).toMatch(/^Interrupted/);
    const before = rig.endpoint.stored.size;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(3_000);
    expect(await run(file)).toBe(0);
    expect(figures()).toMatchObject({ accepted: 3_000 - before, duplicates: before });
    expect(rig.endpoint.stored.size).toBe(3_000);
  });

  it('lists what is refused with its row and reason, and sends the rest', async () => {
    const text = [
      'namespace_a,value_a,namespace_b,value_b,at',
      'crm,1,loyalty,2,',
      'crm,,loyalty,2,',
      'crm,1,crm,1,',
      'crm,1,"no code!",2,',
      'crm,1,loyalty,2,yesterday',
      'crm,1,loyalty',
      `crm,${'x'.repeat(limit('identityValue') + 1)},loyalty,2,`,
      'crm,refused,loyalty,9,',
      'crm,Undefined,loyalty,9,',
    ];
    const file = await rig.write('links.csv', `${text.join('\n')}\n`);
    rig.endpoint.faultOf = () => ({
      kind: 'refuse',
      code: 'invalid',
      where: (event) => event.identities?.[0]?.value === 'refused',
    });
    const list = rig.path('refused.ndjson');
    expect(await run(file, { refusedFile: list, atMs: Date.UTC(2026, 0, 1) })).toBe(1);
    expect(figures()).toMatchObject({ rows: 9, pairs: 2, accepted: 1, refused: 8, notAPair: 7, invalid: 1 });
    const refused = (await readFile(list, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly row: number; readonly code: string; readonly reason: string });
    expect(refused.map(({ row, reason }) => `${row}: ${reason}`)).toEqual([
      '3: a: the value is empty',
      '4: both sides are the same identity',
      '5: b: "no code!" is no code of a namespace',
      '6: at: "yesterday" is no instant: write 2026-11-22 or 2026-11-22T10:00:00Z',
      '7: 3 cells, but the header has 5: check quotes and delimiters',
      `8: a: the value has more than ${limit('identityValue')} characters`,
      '10: a: "Undefined" names nobody',
      '9: as the test wants',
    ]);
    expect(printed).toContain('row 3 refused: a: the value is empty');
    expect([...rig.endpoint.stored.values()][0]?.occurredAt).toBe('2026-01-01T00:00:00.000Z');
  });

  it('sends nothing in a dry run', async () => {
    expect(await run(await rig.write('links.csv', pairs(5)), { dryRun: true, key: undefined })).toBe(0);
    expect(figures()).toMatchObject({ rows: 5, pairs: 5, refused: 0 });
    expect(printed.at(-1)).toBe('Dry run: nothing was sent.');
    expect(rig.endpoint.requests).toBe(0);
  });

  it('says which columns a header lacks, and that only a server may do this', async () => {
    const file = await rig.write('links.csv', 'namespace_a,value_a,who\ncrm,1,x\n');
    await expect(run(file, { dryRun: true })).rejects.toThrow('no column namespace_b and value_b');
    await expect(run(await rig.write('ok.csv', pairs(1)), { key: 'wk_main.page' })).rejects.toThrow('no server key');
  });

  it('reads NDJSON, and a pair is the same event whichever side comes first', async () => {
    const lines = [
      { a: { namespace: 'crm', value: 1 }, b: { namespace: 'email', value: 'x@x.org' }, source: 'crm' },
      { a: 'email:x@x.org', b: 'crm:1', source: 'crm' },
      { namespaceA: 'crm', valueA: '1', namespaceB: 'email', valueB: 'x@x.org', at: '2026-01-01', source: 'crm' },
    ];
    const file = await rig.write('links.ndjson', `${lines.map((line) => JSON.stringify(line)).join('\n')}\nnot json\n`);
    expect(await run(file)).toBe(1);
    expect(figures()).toMatchObject({ rows: 4, pairs: 3, accepted: 2, duplicates: 1, refused: 1 });
  });
});

test.each([
  [{ 'Namespace A': 'crm', 'Value A': ' 1 ', ns_b: 'email', 'id-b': 'x@x.org' }],
  [{ from_namespace: 'crm', from_id: '1', to_namespace: 'email', to_id: 'x@x.org' }],
  [{ identity1: 'crm:1', identity2: 'email:x@x.org' }],
  [{ left: 'crm:1', right: 'email:x@x.org', extra: 'ignored' }],
])('other names for the columns: %j', (raw) => {
  expect(parseLink(raw)).toEqual({
    ok: true,
    value: {
      a: { namespace: 'crm', value: '1' },
      b: { namespace: 'email', value: 'x@x.org' },
      at: null,
      source: null,
    },
  });
});

test.each([
  ['2026-11-22', Date.UTC(2026, 10, 22)],
  ['2026-11-22T10:00:00+01:00', Date.UTC(2026, 10, 22, 9)],
  ['1763805600', 1_763_805_600_000],
  [1_763_805_600_000, 1_763_805_600_000],
])('a time may be written as %j', (at, expected) => {
  expect(parseLink({ a: 'crm:1', b: 'crm:2', linked_at: at })).toMatchObject({ ok: true, value: { at: expected } });
});
