import { Agent } from 'node:http';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { startPlatform } from '../../dev/platform.ts';
import { configure, ORIGIN, PLACEMENTS, WRITE_KEY } from '../configuration.ts';
import { bundleProduct } from '../servers.ts';
import { digits, median, quantile, renderTable } from '../stats.ts';
import { type Asked, type Timed, timedRequest } from './timed-request.ts';

/** Added to the first byte of the page, in interacts, at most. */
const MOST = 1.1;
const VISITORS = 32;
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const SIDES = ['origin', 'personalize', 'interact'] as const;
type SideName = (typeof SIDES)[number];

const CASES = { returning: 'returning visitor', first: 'first visit' } as const;
type CaseName = keyof typeof CASES;

/** `npm run bench -- ttfb [--quick] [--strict]`: a page alone, the same behind `personalize`, and one interact. The exit code: with `--strict` 1 when the target is missed. */
export async function runTtfbBench(args: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean', default: false }, strict: { type: 'boolean', default: false } },
  });
  const rounds = flags.quick ? 60 : 400;
  const load = loadavg()[0] ?? 0;
  const bundle = await bundleProduct();
  const scriptPath = join(dirname(bundle.path), 'front.js');
  await build({
    entryPoints: [join(import.meta.dirname, 'front-worker.ts')],
    outfile: scriptPath,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
  });
  const platform = await startPlatform({
    persist: null,
    bundles: { selvedge: bundle.path },
    mintsPerMinute: 1_000_000,
    beside: [{ name: 'front', scriptPath, bindings: {} }],
  });
  // One connection for each side, kept open: what is measured is the answer.
  const agents = new Map(SIDES.map((side) => [side, new Agent({ keepAlive: true, maxSockets: 1 })]));
  try {
    await configure(platform);
    const urls = { front: await platform.urlOf('front'), selvedge: platform.url };
    const ask = (side: SideName, cookie: string | null) =>
      timedRequest(agents.get(side) as Agent, requestOf(side, urls, cookie)).then((timed) => checked(side, timed));
    const cookies: string[] = [];
    for (let i = 0; i < VISITORS; i++) {
      const { cookie } = await ask('personalize', null);
      if (cookie === null) throw new Error('a new visitor got no cookie');
      cookies.push(cookie);
    }
    const measured: Record<CaseName, Map<SideName, Timed[]>> = { returning: emptySides(), first: emptySides() };
    for (let round = 0; round < rounds; round++) {
      if (round % 100 === 0) process.stderr.write(`round ${round} of ${rounds}\n`);
      for (const name of ['returning', 'first'] as const) {
        // Each round begins with another side.
        for (let i = 0; i < SIDES.length; i++) {
          const side = SIDES[(i + round) % SIDES.length] as SideName;
          const cookie = name === 'first' ? null : (cookies[round % VISITORS] ?? null);
          measured[name].get(side)?.push(await ask(side, cookie));
        }
      }
    }
    return report(measured, rounds, load, flags.strict);
  } finally {
    for (const agent of agents.values()) agent.destroy();
    await platform.stop();
    await bundle.remove();
  }
}

function emptySides(): Map<SideName, Timed[]> {
  return new Map(SIDES.map((side) => [side, []]));
}

function requestOf(
  side: SideName,
  { front, selvedge }: { readonly front: string; readonly selvedge: string },
  cookie: string | null,
): Asked {
  const own = { 'user-agent': AGENT, 'cf-connecting-ip': '10.0.0.1', ...(cookie !== null && { cookie }) };
  if (side !== 'interact')
    return { url: side === 'origin' ? `${front}/origin` : `${front}/`, headers: { ...own, accept: 'text/html' } };
  const page = { url: `${ORIGIN}/` };
  const event = {
    id: crypto.randomUUID(),
    type: 'page.viewed',
    occurredAt: new Date().toISOString(),
    data: { url: page.url },
  };
  const body = JSON.stringify({ placements: PLACEMENTS, events: [event], context: { page } });
  return {
    url: `${selvedge}/v1/interact?key=${WRITE_KEY}`,
    headers: { ...own, origin: ORIGIN, 'content-type': 'text/plain' },
    body,
  };
}

/** What is fast because it did not do its work is no measurement. */
function checked(side: SideName, timed: Timed): Timed {
  const { text } = timed;
  const isRight =
    side === 'origin'
      ? text.includes('>own</div>')
      : !text.includes('"degraded"') && PLACEMENTS.every((id) => text.includes(`"placement":"${id}"`));
  if (!isRight) throw new Error(`${side}: not the answer that is measured: ${text.slice(-400)}`);
  if (side === 'personalize' && text.includes('>own</div>')) throw new Error('a marked element was not filled');
  return timed;
}

function report(
  measured: Readonly<Record<CaseName, ReadonlyMap<SideName, readonly Timed[]>>>,
  rounds: number,
  load: number,
  strict: boolean,
): number {
  const rows: string[][] = [];
  const lines: string[] = [];
  let isMet = true;
  for (const name of ['returning', 'first'] as const) {
    const of = (side: SideName, read: (timed: Timed) => number) => (measured[name].get(side) ?? []).map(read);
    const first = (side: SideName) => median(of(side, ({ firstMs }) => firstMs));
    const last = (side: SideName) => median(of(side, ({ lastMs }) => lastMs));
    for (const side of SIDES) {
      const p90 = quantile(
        of(side, ({ firstMs }) => firstMs),
        0.9,
      );
      rows.push([CASES[name], side, digits(first(side)), digits(p90), digits(last(side))]);
    }
    const one = last('interact');
    const added = first('personalize') - first('origin');
    const whole = last('personalize') - last('origin');
    isMet &&= added <= MOST * one;
    lines.push(
      `${CASES[name]}: ${digits(added)} ms added to the first byte, ${digits(added / one)} × one interact (target ≤ ${MOST}: ${added <= MOST * one ? 'met' : 'MISSED'}); ${digits(whole)} ms, ${digits(whole / one)} ×, to the whole page.`,
    );
  }
  console.log(
    `${rounds} rounds, the sides in turns, one request at a time. Load average at the start ${load.toFixed(1)}.\n`,
  );
  console.log(renderTable(['case', 'side', 'first byte p50, ms', 'p90', 'last byte p50'], rows));
  console.log('');
  for (const line of lines) console.log(line);
  return strict && !isMet ? 1 : 0;
}
