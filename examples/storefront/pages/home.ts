import { createEdge, type PersonalizeOptions } from '../../../client-edge/src/edge.ts';
import type { HeroName } from '../art/hero-svg.ts';
import { findProduct, isCategory, parseSize, productsOf } from '../catalogue.ts';
import { type Html, html } from '../html.ts';
import { CATEGORIES, type Category } from '../product.ts';
import { decide } from '../selvedge-client.ts';
import { type Filling, slot } from '../slot.ts';
import type { Visit } from '../visit.ts';
import { EVERYWHERE, sendPage } from './layout.ts';
import { boughtIds, listedProducts, productCard, recentTray } from './product-card.ts';
import { spotlight } from './spotlight.ts';

const FAVOURITES = ['wo-1', 'sw-1', 'me-2', 'wo-2', 'wr-4', 'ki-1', 'me-1', 'mr-4'];

/** The hero when Selvedge does not answer in time. Same build as the offers' HTML. */
const OWN_HERO = html`<div class="hero__text"><p class="eyebrow">Autumn</p><h1>Clothes for the weather you have.</h1>
<p>Knitted, cut and sewn to be worn outdoors, and mended rather than replaced.</p><a class="button" href="/shop/women">Look around</a></div>
<img class="hero__art" src="/art/hero-home.svg" alt="" width="1200" height="800">`;

/**
 * Her own taste, which one gift for somebody else does not bend: from attributes that only a server key may read. Everybody else sees a list of Selvedge's.
 * What was bought is in neither.
 */
function featured({ way, answer }: Filling): Html {
  const category = answer?.profile?.attributes.preferredCategory;
  const size = parseSize(answer?.profile?.attributes.preferredSize);
  const own = typeof category === 'string' && isCategory(category) ? category : null;
  const title = own ? `Picked for you in ${CATEGORIES[own].wear}` : 'This week’s favourites';
  const usual = FAVOURITES.flatMap((id) => findProduct(id) ?? []);
  const bought = boughtIds(answer);
  const products = own
    ? productsOf(own)
        .filter((product) => !bought.has(product.id))
        .slice(0, 4)
    : (listedProducts(answer, 'favourites') ?? usual);
  const place = way === 'sdk' ? html` data-selvedge="favourites" data-selvedge-json="halden:list"` : html``;
  return html`<section class="wrap section" data-testid="featured"><div class="section__head"><h2>${title}</h2>${
    own && size
      ? html`<p>All of these are in stock in your size, ${size}; what you have already is left out.</p>`
      : html`<p>What other people put into their bags.</p>`
  }</div><div class="grid" data-way="${way}"${place}>${products.map(productCard)}</div></section>`;
}

const TILES: readonly (readonly [Category, HeroName])[] = [
  ['women', 'women'],
  ['men', 'men'],
  ['kids', 'kids'],
];

const PLACES = [...EVERYWHERE, 'hero', 'gift-message', 'spotlight', 'promises'];

/**
 * The page goes out with marked places, and `personalize()` fills them while it streams: one call by RPC tells what this request is and decides.
 * What is no placement, the tray and her own category, comes by another call beside it, and holds back only what stands below it.
 */
export async function home(visit: Visit): Promise<Response> {
  if (visit.rendering === 'sdk')
    return homePage(visit, { way: 'sdk', answer: null }, Promise.resolve({ way: 'sdk', answer: null }));
  const known = decide(visit, { placements: ['recently-viewed', 'favourites'], include: ['profile'] });
  const beside = known.then((answer): Filling => ({ way: 'rpc', answer }));
  const page = homePage(visit, { way: 'personalize', answer: null }, beside);
  const { SELVEDGE_RPC, SELVEDGE_WRITE_KEY } = visit.env;
  const edge = createEdge({ key: SELVEDGE_WRITE_KEY, selvedge: SELVEDGE_RPC });
  return edge.personalize(visit.request, page, PLACES, { events: happenings(visit) });
}

/** What this request is, told before deciding: so the first page greets a first visit, and the page after the bag knows that she left it. */
function happenings({ isNewVisit, nowMs, url }: Visit): NonNullable<PersonalizeOptions['events']> {
  const event = (type: string, data: Readonly<Record<string, string>>) => ({
    id: `evt_${crypto.randomUUID()}`,
    type,
    occurredAt: new Date(nowMs).toISOString(),
    data,
  });
  return [
    ...(isNewVisit ? [event('custom.visit.started', { landing: url.pathname })] : []),
    event('custom.page.served', { pageType: 'home' }),
  ];
}

function homePage(visit: Visit, filling: Filling, beside: Promise<Filling>): Response {
  const main = [
    html`<h1 class="hidden">Halden</h1><div class="wrap">${slot(filling, 'hero', 'hero', OWN_HERO)}${slot(filling, 'gift-message', 'message', html``)}</div>${spotlight(filling)}`,
    beside.then((own) => html`${featured(own)}${recentTray(own)}`),
    html`<section class="wrap section"><h2>Shop by</h2><div class="tiles">${TILES.map(
      ([category, art]) =>
        html`<a class="tile" href="/shop/${category}"><img src="/art/hero-${art}.svg" alt="" width="1200" height="800" loading="lazy"><span>${CATEGORIES[category].name}</span></a>`,
    )}</div></section>
<section class="promises"><h2 class="hidden">What you can count on</h2><div class="wrap promises__row">
<div><h3>Free delivery from €80</h3><p>Otherwise €4.90. Two to three days, in a box without plastic.</p></div>
<div><h3>Thirty days</h3><p>Try it on with your own shoes. Send it back if it is not right.</p></div>
<div id="promise-mended" data-way="sdk"><h3>Mended for life</h3><p>A hole is not the end. Send it in and we will darn it.</p></div>
</div></section>`,
  ];
  const ways = {
    hero: filling.way,
    'gift-message': filling.way,
    spotlight: filling.way,
    'promises (DOM actions)': 'sdk',
    'featured, recently-viewed': filling.way === 'sdk' ? 'sdk' : 'rpc',
  } as const;
  const isVisitTold = filling.way === 'personalize';
  return sendPage(visit, {
    title: 'Clothes for the weather you have',
    pageType: 'home',
    main,
    filling,
    ways,
    isVisitTold,
  });
}
