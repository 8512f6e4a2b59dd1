import {
  type Chain,
  type ChainExclusion,
  type ChainStep,
  type Expression,
  isExclusion,
  type Moment,
} from '../../core/segment/language/expression.ts';
import { addUnits, instantOf } from './calendar.ts';
import { meets } from './comparing.ts';
import { fields, type Value } from './value.ts';

export type Labels = ReadonlyMap<string, Value>;

interface Timed {
  readonly item: Value;
  readonly at: number;
}

export interface ChainContext {
  readonly zone: string;
  readonly matches: (what: Expression, item: Value, labels: Labels) => boolean;
  readonly happens: (at: number, when: Moment, labels: Labels) => boolean;
}

/** Whether some choice of elements satisfies every step: tries all of them. */
export function searchChain(chain: Chain, list: readonly Value[], context: ChainContext): boolean {
  const items: Timed[] = list
    .map((item) => ({ item, at: instantOf(fields(item, chain.by), context.zone) }))
    .filter((timed): timed is Timed => timed.at !== null)
    // Stable: events come by time, then id.
    .sort((a, b) => a.at - b.at);
  const times = new Map<string, number>();

  const isFree = (exclusion: ChainExclusion | null, from: number, to: number, labels: Labels): boolean =>
    exclusion === null ||
    !items.some(({ item, at }) => at > from && at < to && context.matches(exclusion.exclude, item, labels));

  const gapFits = (step: ChainStep, at: number): boolean => {
    if (!step.after) return true;
    const { label, is, amount, unit } = step.after;
    const start = times.get(label) as number;
    const far = addUnits(start, amount, unit, context.zone);
    return meets(at, is, far);
  };

  const search = (i: number, previous: number, labels: Labels, pending: ChainExclusion | null): boolean => {
    const step = chain.steps[i];
    if (step === undefined) return isFree(pending, previous, Number.POSITIVE_INFINITY, labels);
    if (isExclusion(step)) return search(i + 1, previous, labels, step);
    const candidates = items.filter(
      ({ item, at }) =>
        at > previous &&
        context.matches(step.what, item, labels) &&
        (!step.when || context.happens(at, step.when, labels)),
    );
    const count = step.count ?? { is: '>=', n: 1 };
    if (count.is !== '>=') {
      const [first] = candidates;
      if (!meets(candidates.length, count.is, count.n)) return false;
      if (!first) return isFree(pending, previous, Number.POSITIVE_INFINITY, labels);
      return gapFits(step, first.at) && isFree(pending, previous, first.at, labels);
    }
    return candidates.some((first, a) => {
      if (!gapFits(step, first.at) || !isFree(pending, previous, first.at, labels)) return false;
      const lasts = count.n === 1 ? [first] : candidates.slice(a + count.n - 1);
      return lasts.some((last) => {
        times.set(step.label, last.at);
        return search(i + 1, last.at, new Map([...labels, [step.label, last.item]]), null);
      });
    });
  };
  return search(0, Number.NEGATIVE_INFINITY, new Map(), null);
}
