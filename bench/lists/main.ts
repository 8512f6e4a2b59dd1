import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { startPlatform } from '../../dev/platform.ts';
import { bundleProduct } from '../servers.ts';
import { digits, median, renderTable } from '../stats.ts';
import { askFor, checkPage, type Door } from './door.ts';
import { fillSpace } from './segments.ts';

const SIZES = { few: 100, many: 10_000 } as const;
type SideName = keyof typeof SIZES;
const SIDES = Object.keys(SIZES) as SideName[];

/** A page costs at most so many times as much. */
const MOST = 2;
/** Requests of one case and side, one after the other, before the other side takes its turn. */
const TURN = 5;

/** Pages that the target is about; the last from the middle of the list. */
const PAGES = {
  'first page by id': 'segments?limit=50',
  'first page by name': 'segments?limit=50&sort=name',
  'first page, newest first': 'segments?limit=50&sort=-updatedAt',
  'a page from the middle, by name': 'segments?limit=50&sort=name',
  'first page of all kinds': 'resources?limit=50&sort=-updatedAt',
} as const;
/** What a list of 10,000 has to be looked through for. */
const SEARCHES = {
  'a word in every tenth': 'segments?limit=10&q=basket',
  'a word in one alone': 'segments?limit=10&q=needle',
  'a folder': 'segments?limit=10&folder=team-3',
  'how many there are': 'segments?limit=10&count=true',
} as const;
type CaseName = keyof typeof PAGES | keyof typeof SEARCHES;
const CASES = { ...PAGES, ...SEARCHES } as const;
const NAMES = Object.keys(CASES) as CaseName[];

/** `npm run bench -- lists [--quick] [--strict]`: pages of lists of 100 and of 10,000 segments. The exit code: with `--strict` 1 when the target is missed. */
export async function runListsBench(args: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean', default: false }, strict: { type: 'boolean', default: false } },
  });
  const rounds = flags.quick ? 6 : 40;
  const load = loadavg()[0] ?? 0;
  const bundle = await bundleProduct();
  const platform = await startPlatform({
    persist: null,
    bundles: { selvedge: bundle.path },
    operatorCallsPerMinute: 1_000_000,
    bindings: { REQUEST_LOG: 'errors' },
  });
  try {
    const doors = new Map<SideName, Door>();
    for (const side of SIDES) {
      console.error(`… ${SIZES[side]} segments`);
      const token = await fillSpace(platform, side, SIZES[side]);
      const door = { url: platform.url, token };
      await checkPage(door, SIZES[side]);
      doors.set(side, door);
    }
    const times = await measure(doors, rounds);
    return report(times, rounds, load, flags.strict);
  } finally {
    await platform.stop();
    await bundle.remove();
  }
}

/** By case and side: milliseconds of each turn, a request. */
type Times = ReadonlyMap<CaseName, ReadonlyMap<SideName, readonly number[]>>;

async function measure(doors: ReadonlyMap<SideName, Door>, rounds: number): Promise<Times> {
  const paths = new Map<CaseName, Map<SideName, string>>();
  for (const name of NAMES) {
    const bySide = new Map<SideName, string>();
    for (const [side, door] of doors) {
      const middle = name === 'a page from the middle, by name' ? await cursorOfMiddle(door, SIZES[side]) : '';
      bySide.set(side, CASES[name] + middle);
    }
    paths.set(name, bySide);
  }
  const times = new Map(NAMES.map((name) => [name, new Map(SIDES.map((side) => [side, [] as number[]]))]));
  // The first round warms what is loaded on demand, and does not count.
  for (let round = -1; round < rounds; round++) {
    for (const name of NAMES) {
      for (const side of round % 2 === 0 ? SIDES : [...SIDES].reverse()) {
        const door = doors.get(side);
        const path = paths.get(name)?.get(side);
        if (!door || path === undefined) throw new Error('a side is missing');
        const start = performance.now();
        for (let i = 0; i < TURN; i++) await askFor(door, path);
        if (round >= 0)
          times
            .get(name)
            ?.get(side)
            ?.push((performance.now() - start) / TURN);
      }
    }
  }
  return times;
}

async function cursorOfMiddle(door: Door, size: number): Promise<string> {
  let cursor = '';
  const limit = Math.min(200, size / 2);
  for (let seen = 0; seen < size / 2; seen += limit) {
    const page = await askFor(door, `segments?limit=${limit}&sort=name${cursor}`);
    cursor = `&cursor=${page.next}`;
  }
  return cursor;
}

function report(times: Times, rounds: number, load: number, strict: boolean): number {
  const crowd = load > 1 ? ': OTHERS ARE WORKING HERE, the ratios are rough' : '';
  console.log(
    `\nPages of lists of ${SIZES.few} and of ${SIZES.many} segments with a rule each, through the operator API; ${rounds} rounds of ${TURN} requests a side, the sides taking turns; medians. Load average at the start ${load.toFixed(1)}${crowd}.\n`,
  );
  const ratios = new Map<CaseName, number>();
  const rows = NAMES.map((name) => {
    const [few = [], many = []] = SIDES.map((side) => times.get(name)?.get(side));
    const ratio = median(many.map((value, i) => value / (few[i] ?? Number.NaN)));
    ratios.set(name, ratio);
    const target = name in PAGES ? (ratio <= MOST ? 'PASS' : 'MISS') : 'no target';
    return [name, digits(median(few)), digits(median(many)), digits(ratio), target];
  });
  console.log(
    renderTable(['page', `ms of ${SIZES.few}`, `ms of ${SIZES.many}`, 'ratio of a round', `≤ ${MOST}`], rows),
  );
  const isMet = NAMES.every((name) => !(name in PAGES) || (ratios.get(name) ?? Number.NaN) <= MOST);
  return strict && !isMet ? 1 : 0;
}
