import { addUnits } from '../calendar/add-units.ts';
import { UNIT_LENGTH } from '../calendar/unit-length.ts';
import type { ChainStepCode, Code } from '../code.ts';
import type { Reader } from '../reader.ts';
import { InstantValue, type Value } from '../value.ts';
import { meets } from './comparing.ts';
import { instantOf } from './instant-of.ts';
import { occurs } from './occurs.ts';
import { truthOf } from './truth-of.ts';

type ChainCode = Extract<Code, { op: 'chain' }>;
type Entry = ChainCode['steps'][number];
type Evaluate = (code: Code, reader: Reader, slots: Value[]) => Value;

/** What is known of a chain without a profile. */
interface Plan {
  /** For each entry: whether the labels before it matter to its conditions. */
  readonly usesLabels: readonly boolean[];
  /** For each entry and the end: the earlier steps whose choice still matters there, besides the last one. */
  readonly open: readonly (readonly number[])[];
  /** Only times bind the steps, and no gap is in months: then of two choices of a step the later one is as good for a gap bounded from above. */
  readonly isExact: boolean;
}

const FOREVER = Number.POSITIVE_INFINITY;

/** Code is immutable: each chain is planned once. */
const PLANS = new WeakMap<ChainCode, Plan>();

function planOf(chain: ChainCode): Plan {
  const known = PLANS.get(chain);
  if (known) return known;
  const { steps } = chain;
  const uses = steps.map((entry) => steps.map((step) => 'label' in step && hasSlot(entry, step.label)));
  const usesLabels = uses.map((labels) => labels.some(Boolean));
  const gapOf = (entry: Entry | undefined) => (entry && 'after' in entry ? entry.after : null);
  const isExact = !usesLabels.some(Boolean) && !steps.some((entry) => UNIT_LENGTH[gapOf(entry)?.unit ?? 'day'] < 0);
  const matters = (j: number, k: number): boolean => {
    const gap = gapOf(steps[k]);
    return uses[k]?.[j] === true || (gap?.step === j && !(isExact && gap.is[0] === '<'));
  };
  const keys = [...steps.keys()];
  const open = keys.map((from) => keys.filter((j) => j < from && keys.some((k) => k >= from && matters(j, k))));
  const plan = { usesLabels, open, isExact };
  PLANS.set(chain, plan);
  return plan;
}

function hasSlot(code: unknown, slot: number): boolean {
  if (typeof code !== 'object' || code === null) return false;
  if ('op' in code && code.op === 'slot' && 'slot' in code && code.slot === slot) return true;
  return Object.values(code).some((part) => hasSlot(part, slot));
}

/**
 * Whether some choice of elements satisfies every step. Late elements are tried first: their windows end last. Where only exact times bind
 * the steps, the latest possible choice of each is found by lowering bounds, in about steps × rows² conditions. Else, and for steps that
 * count, what has failed once from a step, with its last element and the choices that still matter, is not tried again: at most steps × rows² ×
 * rows^k, k being the most steps beside the last one that later entries refer to at one time, by labels in conditions or by AFTER.
 */
export function searchChain(chain: ChainCode, reader: Reader, slots: Value[], evaluate: Evaluate): boolean | null {
  const list = evaluate(chain.of, reader, slots);
  if (!Array.isArray(list)) return null;
  const { steps, slot } = chain;
  const { usesLabels, open, isExact } = planOf(chain);
  const items: Value[] = [];
  const times: number[] = [];
  const timed = (list as readonly Value[]).map((item) => {
    slots[slot] = item;
    return { item, at: instantOf(evaluate(chain.by, reader, slots), reader) };
  });
  // Stable: events come by time, then id.
  for (const { item, at } of timed.filter(({ at }) => at !== null).sort((a, b) => (a.at ?? 0) - (b.at ?? 0))) {
    items.push(item);
    times.push(at as number);
  }
  const known = steps.map(() => new Map<number, boolean>());
  const failed = new Set<string>();
  /** Position of the element chosen for each step. */
  const chosen: number[] = [];

  const fits = (k: number, i: number): boolean => {
    const before = usesLabels[k] ? undefined : known[k]?.get(i);
    if (before !== undefined) return before;
    const entry = steps[k] as Entry;
    slots[slot] = items[i] as Value;
    let found = truthOf(evaluate('exclude' in entry ? entry.exclude : entry.what, reader, slots)) === true;
    if (found && 'when' in entry && entry.when) {
      const inner = (part: Code) => evaluate(part, reader, slots);
      found = occurs(new InstantValue(times[i] as number), entry.when, reader, inner) === true;
    }
    known[k]?.set(i, found);
    return found;
  };
  /** The first element later than the last choice that the exclusion finds. */
  const wallAfter = (k: number, last: number): number => {
    let wall = last + 1;
    while (wall < items.length && ((times[wall] as number) <= (times[last] as number) || !fits(k, wall))) wall++;
    return wall;
  };

  /** The latest element that each step may have: what lies later contradicts another step. Null: some step has none. */
  const latest = (): readonly number[] | null => {
    const high = steps.map(() => items.length - 1);
    let isSettled = false;
    const lower = (k: number, bound: number) => {
      let i = high[k] as number;
      while (i >= 0 && ((times[i] as number) > bound || !fits(k, i))) i--;
      if (i !== high[k]) isSettled = false;
      high[k] = i;
    };
    const timeOf = (k: number) => times[high[k] as number] as number;
    while (!isSettled) {
      isSettled = true;
      for (const [k, step] of steps.entries()) {
        const isWall = 'exclude' in step;
        if (isWall && k + 1 < steps.length) continue;
        if (isWall && wallAfter(k, high[k - 1] as number) < items.length) return null;
        if (isWall || (step.count && step.count.is !== '>=')) continue;
        lower(k, FOREVER);
        const isSplit = 'exclude' in (steps[k - 1] ?? {});
        const before = isSplit ? k - 2 : k - 1;
        if (before >= 0) lower(before, timeOf(k) - 1);
        // Gaps and exclusions end at the first counted element.
        const isOne = (step.count?.n ?? 1) === 1;
        if (isSplit && isOne) lower(k, times[wallAfter(k - 1, high[before] as number)] ?? FOREVER);
        if (step.after) {
          const { is, amount, unit, step: start } = step.after;
          const gap = amount * UNIT_LENGTH[unit] + (is === '<' ? -1 : is === '>' ? 1 : 0);
          if (is[0] === '>') lower(start, timeOf(k) - gap);
          else if (isOne) lower(k, timeOf(start) + gap);
        }
        if (high.some((i) => i < 0)) return null;
      }
    }
    return high;
  };
  const gapFits = ({ after }: ChainStepCode, i: number): boolean => {
    if (!after) return true;
    const start = times[chosen[after.step] as number] as number;
    return meets((times[i] as number) - addUnits(start, after.amount, after.unit, reader.zone), after.is);
  };

  const search = (k: number, last: number): boolean => {
    const key = [k, last, ...(open[k] ?? []).map((j) => chosen[j])].join();
    const found = !failed.has(key) && choose(k, last);
    if (!found) failed.add(key);
    return found;
  };
  const choose = (from: number, last: number): boolean => {
    const previous = times[last] ?? -FOREVER;
    let next = last + 1;
    while ((times[next] as number) <= previous) next++;
    const excluding = 'exclude' in (steps[from] ?? {});
    // The first element that may not lie between the last choice and the next one.
    const wall = excluding ? wallAfter(from, last) : items.length;
    const limit = times[wall] ?? FOREVER;
    const k = excluding ? from + 1 : from;
    const step = steps[k] as ChainStepCode | undefined;
    if (!step) return wall === items.length;
    const { is, n } = step.count ?? { is: '>=', n: 1 };
    const isFirst = (i: number) => (times[i] as number) <= limit && gapFits(step, i);
    const goOn = (i: number): boolean => {
      chosen[k] = i;
      slots[step.label] = items[i] as Value;
      return search(k + 1, i);
    };
    if (is === '>=' && n === 1) {
      for (let i = high?.[k] ?? items.length - 1; i >= next; i--) if (isFirst(i) && fits(k, i) && goOn(i)) return true;
      return false;
    }
    const candidates: number[] = [];
    for (let i = next; i < items.length; i++) if (fits(k, i)) candidates.push(i);
    const [first] = candidates;
    if (is !== '>=')
      return meets(candidates.length - n, is) && (first === undefined ? wall === items.length : isFirst(first));
    const start = candidates.findIndex(isFirst);
    if (start >= 0)
      for (let c = candidates.length - 1; c >= start + n - 1; c--) if (goOn(candidates[c] as number)) return true;
    return false;
  };
  const high = isExact ? latest() : [];
  return high !== null && search(0, -1);
}
