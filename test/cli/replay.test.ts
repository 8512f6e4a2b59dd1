import { existsSync, readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FIRST_AT, ReplayRig, SAMPLE, visits } from './replay-run.ts';

let rig: ReplayRig;
beforeEach(async () => {
  rig = new ReplayRig();
  await rig.start();
});
afterEach(() => rig.stop());

/** Everything once, in file order per person, within the caps, never two requests for one person. */
function expectAll(count: number): void {
  expect(rig.endpoint.stored.size).toBe(count);
  expect(rig.endpoint.violations).toEqual([]);
  for (const ids of rig.endpoint.byPerson.values()) {
    const numbers = ids.map((id) => Number(id.slice(2)));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  }
}

function checkpoints(): readonly string[] {
  const folder = rig.path('.selvedge/replay');
  return existsSync(folder) ? readdirSync(folder) : [];
}

describe('replay', () => {
  it('sends everything once, side by side, within the caps', async () => {
    rig.endpoint.delayMs = 5;
    expect(await rig.run({ file: await rig.write('v.csv', visits(5000, 333)) })).toBe(0);
    expectAll(5000);
    expect(rig.endpoint.requests).toBeLessThan(60);
    expect(rig.output).toMatch(/accepted\s+5,000/);
    expect(checkpoints()).toEqual([]);
  });

  it('keeps bodies below 512 KB', async () => {
    const big = visits(2000, 50).replaceAll(/,p/g, `,${'x'.repeat(900)}`);
    expect(await rig.run({ file: await rig.write('v.csv', big) })).toBe(0);
    expectAll(2000);
    expect(rig.endpoint.requests).toBeGreaterThan(4);
  });

  it('loses and doubles nothing through 429, 503 and broken connections', async () => {
    rig.endpoint.delayMs = 1;
    rig.endpoint.faultOf = (n, attempt) => {
      // Senders side by side share the numbers: without an end one of them could meet a fault each time and give up.
      if (attempt > 5) return null;
      if (n % 7 === 1) return { kind: 'status', status: 503 };
      if (n % 7 === 2) return { kind: 'status', status: 429, retryAfter: '0' };
      if (n % 7 === 3) return { kind: 'reset' };
      if (n % 7 === 4) return { kind: 'resetStored' };
      return null;
    };
    expect(await rig.run({ file: await rig.write('v.csv', visits(4000, 500)) })).toBe(0);
    expectAll(4000);
    expect(rig.endpoint.duplicates).toBeGreaterThan(0);
    expect(rig.output).toMatch(/retries/);
  });

  it('waits as long as Retry-After says', async () => {
    rig.endpoint.faultOf = (n) => (n === 1 ? { kind: 'status', status: 429, retryAfter: '1' } : null);
    const before = Date.now();
    expect(await rig.run({ file: await rig.write('v.csv', visits(10, 3)) })).toBe(0);
    expect(Date.now() - before).toBeGreaterThanOrEqual(1000);
    expectAll(10);
  });

  it('sends unavailable events again, alone, until they are stored', async () => {
    rig.endpoint.faultOf = (n) =>
      n <= 3 ? { kind: 'refuse', code: 'unavailable', where: (e) => e.id.endsWith('3') } : null;
    expect(await rig.run({ file: await rig.write('v.csv', visits(300, 90)) })).toBe(0);
    expect(rig.endpoint.stored.size).toBe(300);
    expect(rig.endpoint.duplicates).toBe(0);
  });

  it('goes on past an event that stays unavailable, fails, and sends only it the next time', async () => {
    rig.endpoint.faultOf = () => ({ kind: 'refuse', code: 'unavailable', where: (e) => e.id === 'v:42' });
    const file = await rig.write('v.csv', visits(900, 90));
    expect(await rig.run({ file })).toBe(1);
    expect(rig.endpoint.stored.size).toBe(899);
    expect(rig.output).toMatch(/row 44: event v:42 is still unavailable/);
    rig.endpoint.faultOf = () => null;
    const requests = rig.endpoint.requests;
    expect(await rig.run({ file })).toBe(0);
    expect(rig.endpoint.stored.size).toBe(900);
    expect(rig.endpoint.duplicates).toBe(0);
    expect(rig.endpoint.requests).toBe(requests + 1);
    expect(checkpoints()).toEqual([]);
  });

  it('counts what is refused by rule, with code and row; --strict fails on it', async () => {
    rig.endpoint.faultOf = () => ({ kind: 'refuse', code: 'inFuture', where: (e) => e.id === 'v:5' || e.id === 'v:6' });
    const file = await rig.write('v.csv', visits(20, 3));
    expect(await rig.run({ file })).toBe(0);
    expect(rig.output).toMatch(/row 7: event v:5 refused: inFuture/);
    expect(rig.output).toMatch(/inFuture\s+2/);
    expect(await rig.run({ file, strict: true })).toBe(1);
    expect(rig.output).toMatch(/already there \(duplicates\)\s+18/);
  });

  it('never has two people in flight who share a second identity', async () => {
    rig.endpoint.delayMs = 2;
    const lines = ['n,who,mail,at'];
    for (let n = 0; n < 1500; n++) lines.push(`${n},p${n % 700},m${n % 9}@x.org,2011-01-01T00:00:00Z`);
    expect(await rig.run({ file: await rig.write('v.csv', lines.join('\n')) })).toBe(0);
    expect(rig.endpoint.violations).toEqual([]);
    const byMail = new Map<string, number>();
    for (const event of rig.endpoint.stored.values()) {
      const mail = event.identities?.find((identity) => identity.namespace === 'email')?.value ?? '';
      const n = Number(event.id.slice(2));
      expect(n).toBeGreaterThan(byMail.get(mail) ?? -1);
      byMail.set(mail, n);
    }
  });

  it('is a repetition, not a double, when it runs again', async () => {
    const file = await rig.write('v.csv', visits(700, 70));
    await rig.run({ file });
    expect(await rig.run({ file })).toBe(0);
    expect(rig.endpoint.stored.size).toBe(700);
    expect(rig.output).toMatch(/accepted\s+0\n/);
    expect(rig.output).toMatch(/already there \(duplicates\)\s+700/);
  });

  it('stops at a key that is not known, and says what to do', async () => {
    expect(await rig.run({ file: await rig.write('v.csv', visits(10, 3)), key: 'sk_main.other' })).toBe(1);
    expect(rig.output).toMatch(/answered 401 \(Who are you\?: unknown key\)\. The key is not known: check --key/);
    expect(rig.endpoint.requests).toBe(1);
  });

  it('gives up when the endpoint stays away, keeps its position and goes on from there', async () => {
    rig.endpoint.faultOf = (n) => (n > 4 ? { kind: 'status', status: 503 } : null);
    const file = await rig.write('v.csv', visits(3000, 300));
    expect(await rig.run({ file, concurrency: 1 })).toBe(1);
    expect(rig.output).toMatch(/Gave up after 9 attempts: the endpoint answered 503/);
    const stored = rig.endpoint.stored.size;
    expect(stored).toBeGreaterThan(0);
    rig.endpoint.faultOf = () => null;
    expect(await rig.run({ file, concurrency: 1 })).toBe(0);
    expect(rig.output).toMatch(/Going on after/);
    expectAll(3000);
    expect(rig.endpoint.duplicates).toBeLessThan(stored);
  });

  it('refuses an answer that does not add up', async () => {
    rig.endpoint.faultOf = () => ({ kind: 'status', status: 200, body: '{"accepted":3,"duplicates":[],"refused":[]}' });
    expect(await rig.run({ file: await rig.write('v.csv', visits(10, 3)) })).toBe(1);
    expect(rig.output).toMatch(/does not add up: sent 10, accepted 3/);
  });
});

describe('what is played', () => {
  it('shifts the history so that its last event is now, distances kept', async () => {
    const before = Date.now();
    await rig.run({ file: await rig.write('v.csv', visits(50, 5)), shiftToNow: true });
    const times = [...rig.endpoint.stored.values()].map((e) => Date.parse(e.occurredAt)).sort((a, b) => a - b);
    const last = times.at(-1) ?? 0;
    expect(last).toBeGreaterThanOrEqual(before);
    expect(last).toBeLessThanOrEqual(Date.now());
    expect(times.map((at) => at - (times[0] ?? 0))).toEqual(times.map((_, n) => n * 3_600_000));
  });

  it('shifts by the last event that is selected', async () => {
    const file = await rig.write('v.csv', visits(50, 5));
    await rig.run({
      file,
      shiftToNow: true,
      fromMs: FIRST_AT + 10 * 3_600_000,
      toMs: FIRST_AT + 30 * 3_600_000,
      limit: 5,
    });
    const ids = [...rig.endpoint.stored.keys()];
    expect(ids).toEqual(['v:10', 'v:11', 'v:12', 'v:13', 'v:14']);
    const last = Date.parse([...rig.endpoint.stored.values()].at(-1)?.occurredAt ?? '');
    expect(Date.now() - last).toBeLessThan(10_000);
  });

  it('keeps the shift of the interrupted run', async () => {
    const file = await rig.write('v.csv', visits(3000, 300));
    rig.endpoint.faultOf = (n) => (n > 4 ? { kind: 'status', status: 503 } : null);
    await rig.run({ file, shiftToNow: true });
    rig.endpoint.faultOf = () => null;
    await new Promise((resolve) => setTimeout(resolve, 30));
    await rig.run({ file, shiftToNow: true });
    const shifts = new Set(
      [...rig.endpoint.stored.values()].map((e) => Date.parse(e.occurredAt) - Number(e.data.n) * 3_600_000),
    );
    expect(shifts.size).toBe(1);
    expect(rig.endpoint.stored.size).toBe(3000);
  });

  it('plays at a multiple of real time', async () => {
    const before = Date.now();
    await rig.run({ file: await rig.write('v.csv', visits(11, 5)), speed: 10 * 3600 * 2 });
    // 10 hours at 72,000 times real time: half a second.
    expect(Date.now() - before).toBeGreaterThanOrEqual(490);
    expect(Date.now() - before).toBeLessThan(3000);
    expectAll(11);
  });

  it('sends nothing in a dry run, and needs no key for it', async () => {
    expect(await rig.run({ file: SAMPLE, mapping: 'online-retail', dryRun: true, key: undefined })).toBe(0);
    expect(rig.endpoint.requests).toBe(0);
    expect(rig.output).toMatch(/order\.placed\s+45\n.*order\.refunded\s+18/);
  });

  it('fails on rows that cannot be mapped, and sends the rest', async () => {
    const file = await rig.write('v.csv', visits(10, 3).replace('4,p', 'four,p'));
    expect(await rig.run({ file })).toBe(1);
    expect(rig.endpoint.stored.size).toBe(9);
    expect(rig.output).toMatch(/row 6: column n: "four" is not a whole number/);
    expect(rig.output).toMatch(/1 rows could not be mapped/);
  });
});
