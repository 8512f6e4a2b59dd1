/** A deterministic profile state of the size the design is judged by. Event ids stay in the fact table. */

export type Scalar = string | number | boolean;

export interface SampleEvent {
  readonly type: string;
  readonly source: number;
  readonly at: number;
  readonly purposes: number;
  readonly props: Readonly<Record<string, string | number>>;
}

export interface Membership {
  readonly segment: string;
  readonly since: number;
  readonly entered: boolean;
}

export interface SampleState {
  readonly events: readonly SampleEvent[];
  readonly attributes: Readonly<Record<string, Scalar>>;
  readonly memberships: readonly Membership[];
}

const types = [
  'page.viewed',
  'product.viewed',
  'product.added',
  'search.performed',
  'order.placed',
  'proposition.displayed',
];
const categories = ['shoes', 'coats', 'bags', 'hats', 'knitwear', 'denim', 'home', 'gifts'];

function generator(seed: number): (below: number) => number {
  let x = seed;
  return (below) => {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((x / 4_294_967_296) * below);
  };
}

function sampleEvent(next: (below: number) => number, at: number): SampleEvent {
  const type = types[next(types.length)] ?? 'page.viewed';
  const category = categories[next(categories.length)] ?? 'shoes';
  const props: Record<string, string | number> = { category };
  if (type.startsWith('product')) {
    props.productId = `sku-${10_000 + next(300)}`;
    props.price = 500 + next(20_000);
  }
  if (type === 'order.placed') {
    props.value = 500 + next(50_000);
    props.quantity = 1 + next(5);
  }
  if (type === 'page.viewed') props.path = `/c/${category}/${next(40)}`;
  return { type, source: 1 + next(3), at, purposes: 1 + next(31), props };
}

export function sampleState(events: number, attributes: number, memberships: number): SampleState {
  const next = generator(42);
  let at = 1_790_000_000_000;
  return {
    events: Array.from({ length: events }, () => {
      at += 1_000 + next(10_000_000);
      return sampleEvent(next, at);
    }),
    attributes: Object.fromEntries(
      Array.from({ length: attributes }, (_, i): [string, Scalar] => [
        `attribute${i}`,
        i % 3 === 0 ? `value ${next(50)}` : i % 3 === 1 ? next(10_000) / 4 : next(2) === 1,
      ]),
    ),
    memberships: Array.from({ length: memberships }, (_, i) => ({
      segment: `seg_${(i * 7919).toString(36).padStart(6, '0')}`,
      since: at - next(1_000_000) * 1_000,
      entered: next(4) > 0,
    })),
  };
}
