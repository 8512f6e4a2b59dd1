import type { Offer } from '../../core/decision/offer.ts';
import type { Placement } from '../../core/decision/placement.ts';
import type { Written } from '../../core/ruleset/resources.ts';
import { DEMO_CATEGORIES, type DemoCategory } from './demo-rules.ts';

/** HTML as the shop's style sheet knows it. Pictures are the shop's own files, as photographs would be. */
interface HeroCopy {
  readonly eyebrow: string;
  readonly title: string;
  readonly text: string;
  readonly button: string;
  readonly href: string;
  readonly art: string;
}

function hero({ eyebrow, title, text, button, href, art }: HeroCopy): string {
  return `<div class="hero__text"><p class="eyebrow">${eyebrow}</p><h1>${title}</h1><p>${text}</p><a class="button" href="${href}">${button}</a></div><img class="hero__art" src="/art/hero-${art}.svg" alt="" width="1200" height="800">`;
}

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

export const DEMO_PLACEMENTS: readonly Placement[] = [
  {
    id: 'hero',
    name: 'Home page, top',
    kind: 'html',
    fallback: hero({
      eyebrow: 'Autumn',
      title: 'Clothes for the weather you have.',
      text: 'Knitted, cut and sewn to be worn outdoors, and mended rather than replaced.',
      button: 'Look around',
      href: '/shop/women',
      art: 'home',
    }),
  },
  {
    id: 'offer-strip',
    name: 'Strip above every page',
    kind: 'html',
    fallback: '<p>Free delivery from €80. Thirty days to change your mind.</p>',
  },
  { id: 'greeting', name: 'Line under the header', kind: 'html', fallback: '<p>Clothes for the weather you have.</p>' },
  { id: 'gift-wrap', name: 'Price of gift wrapping', kind: 'json', fallback: null },
];

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
    content: hero({ ...INTEREST[category], href: `/shop/${category}`, art: category }),
  }),
  offer({
    id: `hero-yours-${category}`,
    name: `Hero: usually buys ${category}`,
    placements: ['hero'],
    priority: 20,
    requires: 'recognised',
    eligibility: `ownCategory = "${category}"`,
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
    content: { priceCents: 0, note: 'Gift wrapping is free for you on this order.' },
  }),
];

const tier = (id: string, name: string, text: string): Written<Offer> =>
  offer({
    id: `greeting-${id}`,
    name: `Greeting: ${name}`,
    placements: ['greeting'],
    priority: 50,
    requires: 'authenticated',
    eligibility: `loyaltyTier = "${id}"`,
    content: `<p><span class="tier tier--${id}">${name} member</span>${text}</p>`,
  });

const greetings: readonly Written<Offer>[] = [
  tier(
    'bronze',
    'Bronze',
    'Good to see you. Silver begins at 500 points, and with it we collect returns from your door.',
  ),
  tier('silver', 'Silver', 'Good to see you. Gold begins at 1,500 points, and with it new pieces a week early.'),
  tier('gold', 'Gold', 'Good to see you. New pieces are yours a week before everybody else.'),
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

export const DEMO_OFFERS: readonly Written<Offer>[] = [...heroes, ...strips, ...wraps, ...greetings];
