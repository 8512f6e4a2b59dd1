/** Most orders of one vector that are tried: 8 concurrent steps have 40,320. */
const MAX_ORDERS = 40_320;

interface Concurrent {
  readonly concurrent?: string | undefined;
}

/**
 * Walks through every order in which steps can arrive when those that share a tag trade places among themselves. `play` is asked
 * once for each common beginning; `end` hears of each complete order and ends the walk by answering false.
 */
export function walkArrivals<T extends Concurrent, S>(
  steps: readonly T[],
  start: S,
  play: (state: S, step: T) => S,
  end: (state: S, order: readonly T[]) => boolean,
): void {
  const orders = countOrders(steps);
  if (orders > MAX_ORDERS) throw new Error(`${orders} arrival orders are too many to try`);
  const visit = (state: S, order: readonly T[]): boolean => {
    const place = steps[order.length];
    if (place === undefined) return end(state, order);
    const tag = place.concurrent;
    const next = tag === undefined ? [place] : steps.filter((step) => step.concurrent === tag && !order.includes(step));
    return next.every((step) => visit(play(state, step), [...order, step]));
  };
  visit(start, []);
}

function countOrders(steps: readonly Concurrent[]): number {
  const members = new Map<string, number>();
  let orders = 1;
  for (const { concurrent } of steps) {
    if (concurrent === undefined) continue;
    const count = (members.get(concurrent) ?? 0) + 1;
    members.set(concurrent, count);
    orders *= count;
  }
  return orders;
}
