/** Most orders of one vector that are tried; 7 concurrent steps have 5,040. */
const MAX_ORDERS = 5040;

/** Every order in which steps can arrive when those that share a tag are concurrent: they trade places among themselves. */
export function arrivalOrders<T extends { readonly concurrent?: string | undefined }>(
  steps: readonly T[],
): readonly (readonly T[])[] {
  const tags = new Set(steps.flatMap(({ concurrent }) => (concurrent === undefined ? [] : [concurrent])));
  let orders: readonly (readonly T[])[] = [steps];
  for (const tag of tags) {
    const places = steps.flatMap((step, place) => (step.concurrent === tag ? [place] : []));
    orders = orders.flatMap((order) =>
      permutations(places).map((permutation) => {
        const next = [...order];
        places.forEach((place, index) => {
          next[place] = order[permutation[index] as number] as T;
        });
        return next;
      }),
    );
    if (orders.length > MAX_ORDERS) throw new Error(`${orders.length} arrival orders are too many to try`);
  }
  return orders;
}

function permutations(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length > 7) throw new Error(`${items.length} concurrent steps have too many arrival orders to try`);
  if (items.length < 2) return [items];
  return items.flatMap((first, index) => permutations(items.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}
