import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { DEFAULT_STITCH_RULES } from '../../core/identity/identity-config.ts';
import { bundleProduct, type Product, startProduct } from '../servers.ts';
import { digits, median, quantile, renderTable } from '../stats.ts';
import { replayMs } from './replay.ts';
import { countRows, type RowCount } from './rows.ts';
import { Device, makePeople, publishIdentity } from './world.ts';

/** Facts that a device brings along when it first signs in. */
const HISTORIES = [1, 40, 256] as const;
const CONNECTIONS = 16;
/** What a login does behind its answer takes less. */
const BEHIND_MS = 60;
/** Effects of a visit are sent 15 s after it. */
const DRAINED_MS = 18_000;

interface Pair {
  readonly facts: number;
  readonly loginMs: readonly number[];
  readonly visitMs: readonly number[];
  readonly whole: number;
}

/** `npm run bench -- identity`. The exit code: with `--strict` 1 when a target is missed. */
export async function runIdentityBench(args: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean', default: false }, strict: { type: 'boolean', default: false } },
  });
  const logins = flags.quick ? 40 : 150;
  const load = loadavg()[0] ?? 0;
  const bundle = await bundleProduct();
  const product = await startProduct(bundle, 'all', publishIdentity, { inspectObjects: true });
  try {
    const objects = await visitorsCost(product);
    const pairs: Pair[] = [];
    for (const facts of HISTORIES) {
      progress(`${logins} logins of devices with ${facts} events, between plain visits`);
      pairs.push(await interleave(product, facts, logins));
    }
    progress('rows of a login, when everything before it is drained');
    const rows: RowCount[] = [];
    for (const facts of HISTORIES) {
      // What was counted last drains, too, and would be counted again.
      await new Promise((resolve) => setTimeout(resolve, DRAINED_MS));
      rows.push(await countRows(product, facts));
    }
    progress('saturation, and half of it');
    const half = await atHalfLoad(product, flags.quick ? 4000 : 10_000);
    progress('replay of 50 identities');
    const replay = replayMs(DEFAULT_STITCH_RULES);
    return report({ objects, pairs, rows, half, replay, load, strict: flags.strict });
  } finally {
    await product.platform.stop();
    await bundle.remove();
  }
}

interface Objects {
  readonly profiles: number;
  readonly directories: number;
  readonly hops: number;
}

/** What ten unlinked visitors who come three times leave behind. */
async function visitorsCost(product: Product): Promise<Objects> {
  const count = async (kind: string) =>
    (await product.platform.miniflare.listDurableObjectIds(kind, 'selvedge')).length;
  const before = [await count('PROFILE'), await count('DIRECTORY')] as const;
  product.takeLog();
  for (let i = 0; i < 10; i++) {
    const device = new Device(product.url);
    for (let visit = 0; visit < 3; visit++) await device.visit();
  }
  const hops = product.takeLog().flatMap(({ route, hops: held }) => (route === '/v1/interact' ? [Number(held)] : []));
  return {
    profiles: ((await count('PROFILE')) - before[0]) / 10,
    directories: ((await count('DIRECTORY')) - before[1]) / 10,
    hops: Math.max(...hops),
  };
}

let serial = 0;
const people = (count: number) => Array.from({ length: count }, () => `person-${++serial}`);

/** One login, one plain visit of somebody else with as long a history, and so on; neither pays for what the other has left to do behind its answer. */
async function interleave(product: Product, facts: number, count: number): Promise<Pair> {
  const names = people(count);
  await makePeople(product.url, product.serverKey, names);
  const [fresh, others] = [0, 1].map(() => names.map(() => new Device(product.url))) as [Device[], Device[]];
  for (const device of [...fresh, ...others]) await device.browse(facts);
  const [loginMs, visitMs]: [number[], number[]] = [[], []];
  let whole = 0;
  for (const [i, name] of names.entries()) {
    const login = await (fresh[i] as Device).login(name);
    await new Promise((resolve) => setTimeout(resolve, BEHIND_MS));
    const visit = await (others[i] as Device).visit();
    await new Promise((resolve) => setTimeout(resolve, BEHIND_MS));
    loginMs.push(login.ms);
    visitMs.push(visit.ms);
    if (login.whole) whole++;
  }
  return { facts, loginMs, visitMs, whole: whole / count };
}

interface HalfLoad {
  readonly saturated: number;
  readonly offered: number;
  readonly logins: number;
  readonly whole: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** First as much as goes, then half of that, evenly spaced, every tenth a first login of a device with 40 events. */
async function atHalfLoad(product: Product, forMs: number): Promise<HalfLoad> {
  const devices = Array.from({ length: 64 }, () => new Device(product.url));
  for (const device of devices) await device.visit();
  let done = 0;
  const end = Date.now() + forMs / 2;
  const from = Date.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, lane) => {
      for (let i = lane; Date.now() < end; i += CONNECTIONS) {
        await (devices[i % devices.length] as Device).visit();
        done++;
      }
    }),
  );
  const saturated = (done * 1000) / (Date.now() - from);
  const offered = saturated / 2;
  const total = Math.floor((offered * forMs) / 1000);
  const names = people(Math.ceil(total / 10));
  await makePeople(product.url, product.serverKey, names);
  const fresh = names.map(() => new Device(product.url));
  for (const device of fresh) await device.browse(40);
  const times: number[] = [];
  let whole = 0;
  const sent: Promise<void>[] = [];
  const start = performance.now();
  for (let i = 0; i < total; i++) {
    const due = start + (i * 1000) / offered;
    const wait = due - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
    const login = i % 10 === 0;
    const device = login ? fresh[i / 10] : devices[i % devices.length];
    const name = names[i / 10] ?? '';
    if (!device) continue;
    sent.push(
      (login ? device.login(name) : device.visit()).then((told) => {
        if (!login) return;
        times.push(told.ms);
        if (told.whole) whole++;
      }),
    );
  }
  await Promise.all(sent);
  return {
    saturated,
    offered,
    logins: times.length,
    whole: whole / times.length,
    p50Ms: median(times),
    p99Ms: quantile(times, 0.99),
  };
}

interface Found {
  readonly objects: Objects;
  readonly pairs: readonly Pair[];
  readonly rows: readonly RowCount[];
  readonly half: HalfLoad;
  readonly replay: number;
  readonly load: number;
  readonly strict: boolean;
}

function report({ objects, pairs, rows, half, replay, load, strict }: Found): number {
  const crowd = load > 1 ? ': OTHERS ARE WORKING HERE, the ratios are rough' : '';
  console.log(
    `\nLogins and plain visits in turn, one connection. Load average at the start ${load.toFixed(1)}${crowd}.\n`,
  );
  console.log(
    renderTable(
      ['history', 'login p50 ms', 'p99 ms', 'plain visit p50 ms', 'login ÷ visit', 'whole at once'],
      pairs.map(({ facts, loginMs, visitMs, whole }) => [
        `${facts} events`,
        digits(median(loginMs)),
        digits(quantile(loginMs, 0.99)),
        digits(median(visitMs)),
        digits(median(loginMs) / median(visitMs)),
        `${(whole * 100).toFixed(1)} %`,
      ]),
    ),
  );
  console.log(
    `\n${renderTable(
      ['rows written by a login', 'profiles', 'directories', 'all', 'allowed'],
      rows.map(({ facts, profiles, directories, history }) => [
        `${facts} events`,
        digits(profiles),
        digits(directories),
        digits(profiles + directories),
        `14 + ${history} for the history`,
      ]),
    )}`,
  );
  console.log(
    `\nSaturated by plain visits at ${digits(half.saturated)} requests/s (${CONNECTIONS} connections). At half of it, every tenth a login: ${half.logins} logins, p50 ${digits(half.p50Ms)} ms, p99 ${digits(half.p99Ms)} ms, ${(half.whole * 100).toFixed(1)} % whole in the same response.`,
  );
  const visitMs = median(pairs.flatMap(({ visitMs: held }) => held));
  console.log(
    `Replay of 50 identities: ${digits(replay)} ms CPU, ${digits(replay / visitMs)} × the time of a warm visit.`,
  );
  const worst = Math.max(...pairs.map((pair) => median(pair.loginMs) / median(pair.visitMs)));
  const beyond = rows.map(({ profiles, directories, history }) => profiles + directories - history);
  const targets: readonly (readonly [string, boolean, string])[] = [
    ['steady state: 1 object call', objects.hops <= 1, digits(objects.hops)],
    [
      'unlinked visitor: 1 object, no directory',
      objects.profiles <= 1 && objects.directories === 0,
      `${objects.profiles}, ${objects.directories}`,
    ],
    ['login p50 ≤ 4 × a plain visit, up to 256 events', worst <= 4, digits(worst)],
    ['whole in the same response ≥ 99 %, half of saturation', half.whole >= 0.99, `${(half.whole * 100).toFixed(1)} %`],
    ['rows written ≤ 14 beside the history', Math.max(...beyond) <= 14, digits(Math.max(...beyond))],
    ['replay of 50 identities ≤ 0.2 × a warm visit', replay / visitMs <= 0.2, digits(replay / visitMs)],
  ];
  console.log(
    `\n${renderTable(
      ['target', 'measured', ''],
      targets.map(([title, met, got]) => [title, got, met ? 'PASS' : 'MISS']),
    )}`,
  );
  return strict && targets.some(([, met]) => !met) ? 1 : 0;
}

function progress(text: string): void {
  console.error(`… ${text}`);
}
