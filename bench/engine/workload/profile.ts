import type { Profile } from './descriptor.ts';
import type { Random } from './random.ts';

export type AttributeShape =
  | { readonly name: string; readonly kind: 'choice'; readonly values: readonly string[] }
  | {
      readonly name: string;
      readonly kind: 'number';
      readonly from: number;
      readonly to: number;
      readonly decimals: number;
    }
  /** Words joined by a separator; rules look for some of them. */
  | {
      readonly name: string;
      readonly kind: 'text';
      readonly prefixes: readonly string[];
      readonly words: readonly string[];
      readonly separator: string;
      readonly count: number;
      readonly ending: string;
    }
  | { readonly name: string; readonly kind: 'flag' };

const numbered = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${name}-${String(i + 1).padStart(2, '0')}`);
const list = (words: string): readonly string[] => words.split(' ');
const choice = (name: string, values: readonly string[]): AttributeShape => ({ name, kind: 'choice', values });
const number = (name: string, from: number, to: number, decimals = 0): AttributeShape => ({
  name,
  kind: 'number',
  from,
  to,
  decimals,
});
const text = (name: string, prefixes: string, words: string, separator: string, count: number, ending = '') =>
  ({ name, kind: 'text', prefixes: list(prefixes), words: list(words), separator, count, ending }) as const;
const flag = (name: string): AttributeShape => ({ name, kind: 'flag' });

const WARES = 'shoes boots sandals shirts jackets jeans dresses hats bags belts socks coats';

/** The 40 attributes of every profile of the workload. */
export const ATTRIBUTES: readonly AttributeShape[] = [
  choice('country', list('DE AT CH FR IT ES NL BE PL CZ DK SE NO FI GB IE PT GR HU RO US CA JP AU')),
  choice('language', list('de en fr it es nl pl cs da sv nb fi pt el hu ro')),
  choice('city', numbered('city', 60)),
  choice('region', numbered('region', 16)),
  choice('tier', list('none bronze silver gold platinum')),
  choice('deviceClass', list('mobile desktop tablet television')),
  choice('system', list('android ios windows macos linux other')),
  choice('browser', list('chrome safari firefox edge samsung opera duckduckgo other')),
  choice('preferredCategory', list(WARES)),
  choice('preferredBrand', numbered('brand', 30)),
  choice('preferredSize', list('XS S M L XL XXL')),
  choice('homeStore', numbered('store', 40)),
  choice('channel', list('direct search social email affiliate display referral app partner print')),
  choice('payment', list('card paypal invoice transfer sepa voucher')),
  choice('currencyCode', list('EUR CHF GBP USD PLN SEK DKK NOK')),
  choice('lifecycle', list('lead new active returning dormant lost')),
  text('email', 'ada bob cleo dan eve finn gil hana', 'shop mail work home post web', '.', 2, '@example.com'),
  text('landingPath', '/de/ /en/ /fr/ /it/ /at/', WARES, '/', 2),
  text('referrer', 'https://www. https://m. http://', 'search news blog video forum deals', '-', 2, '.example/'),
  text('campaign', 'spring summer autumn winter', 'sale launch brand retarget welcome loyalty', '_', 2),
  text('lastSearch', 'red blue green black white', WARES, ' ', 2),
  text('userAgent', 'Mozilla/5.0 Opera/9.8 Lynx/2.9', 'Android iPhone Windows Macintosh Linux Chrome Safari', '; ', 3),
  text('productPath', '/p/ /c/ /s/', `${WARES} new sale outlet`, '/', 3, '.html'),
  number('age', 16, 90),
  number('orderCount', 0, 60),
  number('lifetimeValue', 0, 5000, 2),
  number('averageOrder', 0, 300, 2),
  number('signupDays', 0, 3000),
  number('visitCount', 1, 500),
  number('sessionCount', 0, 40),
  number('points', 0, 20_000),
  number('returnRate', 0, 1, 2),
  number('mailOpens', 0, 100),
  number('cartValue', 0, 400, 2),
  number('storeDistance', 0, 200, 1),
  flag('newsletter'),
  flag('appInstalled'),
  flag('loyaltyMember'),
  flag('student'),
  flag('returningBuyer'),
];

function attributeValue(random: Random, shape: AttributeShape): string | number | boolean {
  switch (shape.kind) {
    case 'choice':
      return random.pickSkewed(shape.values);
    case 'number': {
      const scale = 10 ** shape.decimals;
      return random.whole(shape.from * scale, shape.to * scale) / scale;
    }
    case 'text':
      return random.pick(shape.prefixes) + random.sample(shape.words, shape.count).join(shape.separator) + shape.ending;
    case 'flag':
      return random.chance(0.5);
  }
}

export function createProfile(random: Random): Profile {
  return Object.fromEntries(ATTRIBUTES.map((shape) => [shape.name, attributeValue(random, shape)]));
}

/** New values for 4 of the 40 attributes, as an event or an import brings them, each other than the one before it. */
export function createChanges(random: Random, profile: Profile, count: number): readonly Profile[] {
  const current: Record<string, Profile[string] | undefined> = { ...profile };
  return Array.from({ length: count }, () => {
    const change = Object.fromEntries(
      random.sample(ATTRIBUTES, 4).map((shape) => [shape.name, otherValue(random, shape, current[shape.name])]),
    );
    Object.assign(current, change);
    return change;
  });
}

function otherValue(random: Random, shape: AttributeShape, than: Profile[string] | undefined): Profile[string] {
  for (;;) {
    const value = attributeValue(random, shape);
    if (value !== than) return value;
  }
}
