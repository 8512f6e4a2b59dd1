/** One counter of a summary: `count - error` ≤ the truth ≤ `count`. */
export interface Counter {
  readonly item: string;
  readonly count: number;
  readonly error: number;
}

/**
 * Space-Saving (Metwally, Agrawal, El Abbadi: Efficient computation of frequent and top-k elements in data streams, ICDT 2005): at most
 * `capacity` counters; an item without one takes over the smallest. What was counted n times in all has no error above n / capacity,
 * and whatever occurred more often than that has a counter. Changes `counters`. Ties go to the item that comes last in the order of ids.
 */
export function countIn(counters: Counter[], item: string, capacity: number): void {
  let smallest = -1;
  for (let i = 0; i < counters.length; i++) {
    const counter = counters[i] as Counter;
    if (counter.item === item) {
      counters[i] = { ...counter, count: counter.count + 1 };
      return;
    }
    const least = counters[smallest];
    if (!least || counter.count < least.count || (counter.count === least.count && counter.item > least.item))
      smallest = i;
  }
  if (counters.length < capacity) {
    counters.push({ item, count: 1, error: 0 });
    return;
  }
  const least = counters[smallest];
  if (least) counters[smallest] = { item, count: least.count + 1, error: least.count };
}

/**
 * Sum of two summaries (Agarwal et al.: Mergeable summaries, PODS 2012): an item that one side has no counter for may have been counted there as often
 * as its smallest counter, if it is full. Of the sum the largest `capacity` stay.
 */
export function mergeCounters(a: readonly Counter[], b: readonly Counter[], capacity: number): readonly Counter[] {
  const floors = [a, b].map((side) => (side.length < capacity ? 0 : Math.min(...side.map(({ count }) => count)))) as [
    number,
    number,
  ];
  const sums = new Map<string, { count: number; error: number }>();
  const inA = new Map(a.map((counter) => [counter.item, counter]));
  const inB = new Map(b.map((counter) => [counter.item, counter]));
  for (const item of new Set([...inA.keys(), ...inB.keys()])) {
    const left = inA.get(item) ?? { count: floors[0], error: floors[0] };
    const right = inB.get(item) ?? { count: floors[1], error: floors[1] };
    sums.set(item, { count: left.count + right.count, error: left.error + right.error });
  }
  return [...sums]
    .map(([item, sum]) => ({ item, ...sum }))
    .sort((x, y) => y.count - x.count || (x.item < y.item ? -1 : 1))
    .slice(0, capacity);
}
