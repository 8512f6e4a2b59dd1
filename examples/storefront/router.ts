import { type IRequest, Router } from 'itty-router';
import { garmentSvg } from './art/garment-svg.ts';
import { heroSvg, isHeroName } from './art/hero-svg.ts';
import { findProduct } from './catalogue.ts';
import { cart, changeCart } from './pages/cart.ts';
import { category } from './pages/category.ts';
import { checkout, placeOrder } from './pages/checkout.ts';
import { home } from './pages/home.ts';
import { login, signIn, signOut } from './pages/login.ts';
import { missing } from './pages/missing.ts';
import { order } from './pages/order.ts';
import { keepChoice, privacy } from './pages/privacy.ts';
import { product } from './pages/product.ts';
import { panelData } from './panel.ts';
import { STYLE, STYLE_PATH } from './style.ts';
import type { Visit } from './visit.ts';

declare const SHOP_SCRIPT: string;

const FAVICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#24453a"/><path d="M10 8v16M22 8v16M10 16h12" stroke="#f6efe0" stroke-width="3" stroke-linecap="round"/></svg>';

function file(body: string, type: string, maxAge: string): Response {
  return new Response(body, {
    headers: { 'content-type': type, 'cache-control': maxAge, 'x-content-type-options': 'nosniff' },
  });
}

const param = (request: IRequest, name: string): string => String(request.params[name] ?? '');

/** Cookies with SameSite=Lax already stay away from foreign forms; the origin is the second lock. */
function refuseForeignForm(request: IRequest, visit: Visit): Response | undefined {
  const origin = visit.request.headers.get('origin');
  if (request.method !== 'POST' || origin === null || origin === visit.url.origin) return undefined;
  return new Response('This form came from another site.', { status: 403 });
}

/** A form that is none, or a bug. The log has the reason, the visitor has not. */
function broken(error: unknown): Response {
  console.error(error);
  return new Response('Something went wrong here.', { status: 500, headers: { 'cache-control': 'no-store' } });
}

/** Every address of the shop. `/_selvedge/*` never gets here: see `worker.ts`. */
export const router = Router<IRequest, [Visit]>({ before: [refuseForeignForm], catch: broken });

router
  .get('/', (_request, visit: Visit) => home(visit))
  .get('/shop/:category', (request: IRequest, visit: Visit) => category(visit, param(request, 'category')))
  .get('/product/:id', (request: IRequest, visit: Visit) => product(visit, param(request, 'id')))
  .get('/cart', (_request, visit: Visit) => cart(visit))
  .post('/cart/add', (_request, visit: Visit) => changeCart(visit, 'add'))
  .post('/cart/remove', (_request, visit: Visit) => changeCart(visit, 'remove'))
  .get('/checkout', (_request, visit: Visit) => checkout(visit))
  .post('/checkout', (_request, visit: Visit) => placeOrder(visit))
  .get('/order/:id', (request: IRequest, visit: Visit) => order(visit, param(request, 'id')))
  .get('/login', (_request, visit: Visit) => login(visit))
  .post('/login', (_request, visit: Visit) => signIn(visit))
  .post('/logout', (_request, visit: Visit) => signOut(visit))
  .get('/privacy', (_request, visit: Visit) => privacy(visit))
  .post('/privacy', (_request, visit: Visit) => keepChoice(visit))
  .get('/panel.json', (_request, visit: Visit) => panelData(visit))
  .get(STYLE_PATH.split('?')[0] ?? '', () =>
    file(STYLE, 'text/css; charset=utf-8', 'public, max-age=31536000, immutable'),
  )
  .get('/shop.js', () => file(SHOP_SCRIPT, 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'))
  .get('/favicon.svg', () => file(FAVICON, 'image/svg+xml', 'public, max-age=86400'))
  .get('/art/product-:file', (request: IRequest, visit: Visit) => {
    const product = findProduct(param(request, 'file').replace(/\.svg$/, ''));
    if (!product) return missing(visit);
    const picture = garmentSvg(product, null).replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ');
    return file(picture, 'image/svg+xml', 'public, max-age=86400');
  })
  .get('/art/:file', (request: IRequest, visit: Visit) => {
    const name = /^hero-([a-z-]+)\.svg$/.exec(param(request, 'file'))?.[1] ?? '';
    return isHeroName(name) ? file(heroSvg(name), 'image/svg+xml', 'public, max-age=86400') : missing(visit);
  })
  .all('*', (_request, visit: Visit) => missing(visit));
