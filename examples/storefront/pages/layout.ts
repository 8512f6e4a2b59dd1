import type { DecideRequest } from '../../../core/interaction/wire.ts';
import { bagCount } from '../bag.ts';
import { Html, html, jsonBlock, trusted } from '../html.ts';
import { CATEGORIES, type Category } from '../product.ts';
import { decide } from '../selvedge-client.ts';
import { type Filling, slot } from '../slot.ts';
import { STYLE_PATH } from '../style.ts';
import { finish, type Visit, visitCookie } from '../visit.ts';
import { type Ways, waysBlock, waysComment } from '../ways.ts';

declare const SELVEDGE_STUB: string;
declare const SHOP_SCRIPT_VERSION: string;

/** Placements that stand on every page. */
export const EVERYWHERE = ['offer-strip', 'greeting'] as const;

export interface PageEvent {
  readonly type: string;
  readonly data: object;
}

export interface Page {
  readonly title: string;
  /** Goes into `page.viewed`; rules use it. */
  readonly pageType: string;
  /** Sent in this order, each as soon as it is there. */
  readonly main: Html | readonly (Html | Promise<Html>)[];
  readonly filling: Filling;
  /** Parts of this page that ask otherwise than `filling` says. */
  readonly ways?: Ways;
  /** The beginning of the visit is told by the server, before it decides. */
  readonly isVisitTold?: boolean;
  /** What the browser tells Selvedge about this page, beside the page view. */
  readonly events?: readonly PageEvent[];
  readonly status?: number;
}

/** Decides this page's places by a typed call, before it is sent; in the SDK's mode nobody asks here. */
export async function fillPage(
  visit: Visit,
  { placements = [], ...more }: Pick<DecideRequest, 'placements' | 'include' | 'context'> = {},
): Promise<Filling> {
  if (visit.rendering === 'sdk') return { way: 'sdk', answer: null };
  return { way: 'rpc', answer: await decide(visit, { placements: [...EVERYWHERE, ...placements], ...more }) };
}

const NAV: readonly Category[] = ['women', 'men', 'kids', 'women-running', 'men-running'];

/** Only scripts with this request's nonce run; nothing comes from elsewhere; what HTML offers bring is text and pictures of ours. */
function securityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types selvedge',
  ].join('; ');
}

/** The SDK may have an answer before shop.js is there: what it hands over meanwhile is kept for it. */
function keepDecisions(nonce: string): Html {
  const keep = 'halden=[];for(const name of["halden:list","halden:gift-wrap"])addEventListener(name,e=>halden.push(e))';
  return html`<script nonce="${nonce}">${trusted(keep)}</script>`;
}

function head(visit: Visit, page: Page): Html {
  const { nonce, env, isNewVisit } = visit;
  const started =
    isNewVisit && !page.isVisitTold ? [{ type: 'custom.visit.started', data: { landing: visit.url.pathname } }] : [];
  return html`<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} · Halden</title>
<meta name="description" content="Halden: clothes for the weather you have. A demo shop of Selvedge.">
<meta name="theme-color" content="#faf7f1"><meta name="selvedge:page-type" content="${page.pageType}">
<link rel="icon" href="/favicon.svg" type="image/svg+xml"><link rel="stylesheet" href="${STYLE_PATH}">
${visit.rendering === 'sdk' && keepDecisions(nonce)}
<script nonce="${nonce}" data-src="/_selvedge/sdk.js?key=${encodeURIComponent(env.SELVEDGE_WRITE_KEY)}">${trusted(SELVEDGE_STUB)}</script>
<script nonce="${nonce}" src="/shop.js?v=${SHOP_SCRIPT_VERSION}" defer></script>
${jsonBlock('page-events', [...started, ...(page.events ?? [])])}
${waysBlock(waysOf(page))}
</head>`;
}

function waysOf({ filling, ways }: Page): Ways {
  const places = Object.fromEntries(EVERYWHERE.map((placement) => [placement, filling.way]));
  return { ...places, ...ways, 'page views, clicks, impressions': 'sdk', 'this panel': 'rpc' };
}

function navigation(visit: Visit): Html {
  return html`<nav class="nav" aria-label="Shop">${NAV.map((category) => {
    const path = `/shop/${category}`;
    return html`<a href="${path}"${visit.url.pathname === path ? html` aria-current="page"` : ''}>${CATEGORIES[category].name}</a>`;
  })}</nav>`;
}

function account({ session, url }: Visit): Html {
  if (session) {
    return html`<span class="who" data-testid="signed-in-as">${session.firstName}</span>
<form method="post" action="/logout" data-sign-out><button class="linkish" data-testid="sign-out">Sign out</button></form>`;
  }
  const next = url.pathname === '/login' ? '/' : url.pathname;
  return html`<a href="/login?next=${encodeURIComponent(next)}" data-testid="sign-in">Sign in</a>`;
}

function header(visit: Visit, filling: Filling): Html {
  const count = bagCount(visit.bag);
  return html`<header class="header"><div class="wrap header__row">
<a class="logo" href="/" aria-label="Halden, home">Halden</a>
${navigation(visit)}
<div class="header__me">${account(visit)}<a class="bag" href="/cart" data-testid="bag-link">Bag <span class="bag__count" data-testid="bag-count" data-bag-count>${count}</span></a></div>
</div></header>
<section class="greetline" aria-label="Greeting"><div class="wrap greetline__row">${slot(filling, 'greeting', 'greeting', html`<p>Clothes for the weather you have.</p>`)}</div></section>`;
}

function footer({ rendering, url }: Visit): Html {
  const other =
    rendering === 'edge'
      ? html`<a href="${url.pathname}?render=sdk" data-testid="render-sdk">Let the SDK fill the pages</a>`
      : html`<a href="${url.pathname}?render=edge" data-testid="render-edge">Let the edge fill the pages</a>`;
  return html`<footer class="footer"><div class="wrap footer__row">
<div><p class="logo">Halden</p><p>A shop that does not exist, to show what Selvedge does. Nothing here can be bought, and nothing is sent anywhere else.</p></div>
<ul><li><a href="/shop/women">Women</a></li><li><a href="/shop/men">Men</a></li><li><a href="/shop/kids">Kids</a></li></ul>
<ul><li><a href="/shop/women-running">Women’s running</a></li><li><a href="/shop/men-running">Men’s running</a></li><li><a href="/privacy" data-testid="privacy-link">Privacy choices</a></li><li>${other}</li></ul>
</div></footer>`;
}

function panel(): Html {
  return html`<aside class="panel" id="panel" data-testid="panel" aria-label="Selvedge, live">
<button class="panel__toggle" type="button" data-testid="panel-toggle" aria-expanded="false" aria-controls="panel-body"><span class="panel__dot"></span>Selvedge, live</button>
<div class="panel__body" id="panel-body" hidden><p class="panel__note">For the demo, uses the server key. Shows this visitor and nobody else.</p><div id="panel-data" aria-live="off"></div></div>
</aside>`;
}

/** Never stored: going back after signing out must not bring a page of hers. Streams: what waits for an answer holds back only what follows. */
export function sendPage(visit: Visit, page: Page): Response {
  const { filling } = page;
  const main = page.main instanceof Html ? [page.main] : page.main;
  const pieces = [
    html`<!doctype html><html lang="en" data-rendering="${visit.rendering}">${head(visit, page)}<body>
${waysComment(waysOf(page))}
<a class="skip" href="#main">To the content</a>
<section aria-label="Offer">${slot(filling, 'offer-strip', 'strip', html`<p>Free delivery from €80. Thirty days to change your mind.</p>`)}</section>
${header(visit, filling)}
<main id="main">`,
    ...main,
    html`</main>
${footer(visit)}${panel()}
</body></html>`,
  ];
  if (visit.isNewVisit) visit.outgoing.set('visit', visitCookie());
  return finish(
    visit,
    new Response(stream(pieces), {
      status: page.status ?? 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'private, no-store',
        'content-security-policy': securityPolicy(visit.nonce),
        'referrer-policy': 'strict-origin-when-cross-origin',
        'x-content-type-options': 'nosniff',
      },
    }),
  );
}

function stream(pieces: readonly (Html | Promise<Html>)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const left = [...pieces];
  return new ReadableStream({
    async pull(controller) {
      const next = await left.shift();
      if (next) controller.enqueue(encoder.encode(next.text));
      else controller.close();
    },
  });
}
