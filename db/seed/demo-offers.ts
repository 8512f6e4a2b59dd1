import type { Offer } from '../../core/decision/offer.ts';
import type { Written } from '../../core/ruleset/resources.ts';
import { DEMO_CATEGORIES, type DemoCategory } from './demo-rules.ts';
import { type HeroCopy, hero } from './hero-html.ts';

const INTEREST: Readonly<Record<DemoCategory, Omit<HeroCopy, 'href' | 'art'>>> = {
  women: {
    eyebrow: 'Women',
    title: 'Knitted in, not printed on.',
    text: 'Lambswool yokes, wrap dresses and pleats: the autumn pieces you were looking at, and what goes with them.',
    button: 'See women’s wear',
  },
  men: {
    eyebrow: 'Men',
    title: 'Plain things, made properly.',
    text: 'Moss-stitch knits, washed oxfords and trousers with room to kneel.',
    button: 'See men’s wear',
  },
  kids: {
    eyebrow: 'Kids',
    title: 'Made to be handed down.',
    text: 'Soft where it touches, double where it wears out. Pompoms sewn on twice.',
    button: 'See kids’ wear',
  },
  'women-running': {
    eyebrow: 'Women’s running',
    title: 'Early miles, long evenings.',
    text: 'Light layers that open far enough to matter, and a pocket that takes a phone.',
    button: 'See women’s running',
  },
  'men-running': {
    eyebrow: 'Men’s running',
    title: 'Warm when you start, dry when you finish.',
    text: 'Merino outside, quick to dry inside: sweaters and shells for cold kilometres.',
    button: 'See men’s running',
  },
};

const YOURS: Readonly<Record<DemoCategory, string>> = {
  women: 'New pieces in women’s wear, kept in your size.',
  men: 'New pieces in men’s wear, kept in your size.',
  kids: 'New things for small people who grow.',
  'women-running': 'New layers for your runs, kept in your size.',
  'men-running': 'New layers for your runs, kept in your size.',
};

type Copy = Omit<Written<Offer>, 'purpose' | 'schedule'>;
const offer = (copy: Copy): Written<Offer> => ({ purpose: 'personalization', ...copy });

const heroes: readonly Written<Offer>[] = DEMO_CATEGORIES.flatMap((category) => [
  offer({
    id: `hero-${category}`,
    name: `Hero: interested in ${category}`,
    placements: ['hero'],
    priority: 50,
    requires: 'anonymous',
    eligibility: `inSegment("interested-in-${category}")`,
    tags: [category],
    content: hero({ ...INTEREST[category], href: `/shop/${category}`, art: category }),
  }),
  offer({
    id: `hero-yours-${category}`,
    name: `Hero: usually buys ${category}`,
    placements: ['hero'],
    priority: 20,
    requires: 'recognised',
    eligibility: `ownCategory = "${category}"`,
    // No tags: what she always buys stands behind what she looks at, and returns when that is over.
    content: hero({
      eyebrow: 'Put aside for you',
      title: 'Just in, and just like you.',
      text: YOURS[category],
      button: 'See what is new',
      href: `/shop/${category}`,
      art: category,
    }),
  }),
]);

const strips: readonly Written<Offer>[] = [
  offer({
    id: 'strip-gift-wrap',
    name: 'Free gift wrapping',
    placements: ['offer-strip'],
    priority: 100,
    requires: 'recognised',
    eligibility: 'inSegment("gift-cart-abandoner")',
    content:
      '<p><strong>A gift for somebody?</strong> We wrap it for free, because you are a member. <a href="/cart">Go to your bag</a></p>',
  }),
  offer({
    id: 'strip-remind',
    name: 'Remind me next year',
    placements: ['offer-strip'],
    priority: 90,
    requires: 'recognised',
    eligibility: 'inSegment("gift-reminder")',
    content:
      '<p><strong>A year ago today</strong> you wrapped a gift here, and asked us to remind you. <a href="/shop/men">Find the next one</a></p>',
  }),
  offer({
    id: 'strip-bag',
    name: 'Your bag is waiting',
    placements: ['offer-strip'],
    priority: 60,
    requires: 'anonymous',
    eligibility: 'inSegment("cart-abandoner")',
    content: '<p>Still in two minds? Your bag keeps for seven days. <a href="/cart">See your bag</a></p>',
  }),
  offer({
    id: 'strip-welcome',
    name: 'First visit',
    placements: ['offer-strip'],
    priority: 20,
    requires: 'anonymous',
    eligibility: 'inSegment("new-visitor")',
    // Three times a day is enough of it.
    caps: [{ count: 3, of: 'impression', within: { this: 'day' } }],
    content:
      '<p><strong>New here?</strong> Free delivery from €80, and thirty days to change your mind. Returns are on us.</p>',
  }),
];

const wraps: readonly Written<Offer>[] = [
  offer({
    id: 'free-gift-wrap',
    name: 'Gift wrapping costs nothing',
    placements: ['gift-wrap'],
    priority: 100,
    requires: 'recognised',
    eligibility: 'inSegment("gift-cart-abandoner")',
    content: {
      priceCents: 0,
      note: 'Gift wrapping is free for you on this order, because you are a {{attribute.loyaltyTier}} member.',
    },
  }),
];

/** Her points where they are known, and what the tier means where they are not. */
const tier = (id: string, name: string, perk: string, next: string): Written<Offer> =>
  offer({
    id: `greeting-${id}`,
    name: `Greeting: ${name}`,
    placements: ['greeting'],
    priority: 50,
    requires: 'authenticated',
    eligibility: `loyaltyTier = "${id}"`,
    content: `<p><span class="tier tier--${id}">{{attribute.loyaltyTier}} member</span>{{#attribute.loyaltyPoints}}<span class="loyalty" data-testid="loyalty">{{attribute.loyaltyPoints}} points</span>{{/attribute.loyaltyPoints}}{{^attribute.loyaltyPoints}}Your points are on their way.{{/attribute.loyaltyPoints}} ${perk}${next}</p>`,
  });

/** How to climb: the number is hers. */
const climb = (to: string): string =>
  `{{#measure.pointsToNextTier}} {{measure.pointsToNextTier}} more and you are ${to}.{{/measure.pointsToNextTier}}`;

const greetings: readonly Written<Offer>[] = [
  tier('bronze', 'Bronze', 'Good to see you.', climb('Silver')),
  tier('silver', 'Silver', 'We collect returns from your door.', climb('Gold')),
  tier('gold', 'Gold', 'New pieces are yours a week before everybody else.', ''),
  offer({
    id: 'greeting-new-member',
    name: 'Greeting: new account',
    placements: ['greeting'],
    priority: 40,
    requires: 'authenticated',
    eligibility: 'isNull(loyaltyTier)',
    content: '<p><strong>Your account is open.</strong> Your first order makes you a Bronze member.</p>',
  }),
  offer({
    id: 'greeting-recognised',
    name: 'Greeting: known device, not signed in',
    placements: ['greeting'],
    priority: 30,
    requires: 'recognised',
    content: '<p>Welcome back. <a href="/login">Sign in</a> to see your points.</p>',
  }),
  offer({
    id: 'greeting-returning',
    name: 'Greeting: came back',
    placements: ['greeting'],
    priority: 20,
    requires: 'anonymous',
    eligibility: 'inSegment("returning")',
    content: '<p>Good to see you again. What you looked at last is further down.</p>',
  }),
  offer({
    id: 'greeting-first-visit',
    name: 'Greeting: first visit',
    placements: ['greeting'],
    priority: 10,
    requires: 'anonymous',
    eligibility: 'inSegment("new-visitor")',
    content: '<p>First time here? We make few things, and we mend them for life.</p>',
  }),
];

/** For whom: the message and the free wrapping are two offers in two places of one page. */
const messages: readonly Written<Offer>[] = [
  offer({
    id: 'gift-message',
    name: 'Is it for somebody?',
    placements: ['gift-message'],
    priority: 50,
    requires: 'recognised',
    eligibility: 'inSegment("gift-cart-abandoner")',
    content:
      '<p><strong>For somebody you like?</strong> Write the card at the checkout: we put it in by hand, without the price. <a href="/cart">To your bag</a></p>',
  }),
  offer({
    id: 'promise-members',
    name: 'Mended first',
    placements: ['promises'],
    priority: 50,
    requires: 'recognised',
    eligibility: 'inSegment("loyalty-member")',
    content: {
      actions: [
        {
          action: 'setText',
          selector: '#promise-mended p',
          value: 'A hole is not the end. Send it in: members’ pieces are darned first.',
        },
      ],
    },
  }),
];

/** Things that may stand in the spotlight, once they were looked at: id, name, category. */
const SPOTLIGHT: readonly (readonly [id: string, name: string, category: DemoCategory])[] = [
  ['sw-1', 'Tempo sweater', 'men-running'],
  ['sw-2', 'Long Run sweater', 'men-running'],
  ['wr-1', 'Swift half-zip', 'women-running'],
  ['wo-1', 'Isla yoke sweater', 'women'],
  ['me-1', 'Alder crew sweater', 'men'],
  ['ki-1', 'Puddle hoodie', 'kids'],
];

/** Looked at, and neither bought nor waved away: bought is over for ever, on every page. */
const spotlights: readonly Written<Offer>[] = SPOTLIGHT.map(([id, name, category]) =>
  offer({
    id: `spot-${id}`,
    name: `Still there: ${name}`,
    placements: ['spotlight'],
    priority: 50,
    requires: 'anonymous',
    eligibility: `xEvent[eventType = "product.viewed" and productId = "${id}" and timestamp occurs <= 30 days before now]`,
    item: id,
    tags: [category],
    suppressAfter: [{ event: 'order.placed', ownItem: true }],
    coolDown: 'P30D',
    content: `<p>The <a href="/product/${id}">${name}</a> you looked at is still here.</p><button class="linkish" type="button" data-selvedge-dismiss data-testid="dismiss">Not for me</button>`,
  }),
);

const lists: readonly Written<Offer>[] = ['recently-viewed', 'favourites'].map((strategy) =>
  offer({
    id: `list-${strategy}`,
    name: `List: ${strategy}`,
    placements: [strategy],
    priority: 50,
    requires: 'anonymous',
    content: { strategy },
  }),
);

export const DEMO_OFFERS: readonly Written<Offer>[] = [
  ...heroes,
  ...strips,
  ...wraps,
  ...greetings,
  ...messages,
  ...spotlights,
  ...lists,
];
