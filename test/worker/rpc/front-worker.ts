import { createEdge, originRequest, type SelvedgeBinding, visitorSignals } from '../../../client-edge/src/edge.ts';
import { httpBinding } from '../../../client-edge/src/http-binding.ts';

interface FrontEnv {
  readonly SELVEDGE: Fetcher;
  readonly SELVEDGE_RPC: SelvedgeBinding;
  readonly KEY: string;
  /** Origin of the page as visitors see it. */
  readonly SITE: string;
}

const ROW = `<template data-selvedge-row><a class="card" href="{{url}}" title='{{title}} "here"' onclick="{{title}}" data-id="{{id}}"><img src="{{image}}" alt=""><b>{{ title }}</b>
 {{price}}, {{attributes.colour}} {{nope}}</a><a href="/find?q={{title}}">more<br></a><script>"{{title}}"</script></template>`;
const LISTS = `<section data-selvedge="picks" hidden><h2>Picked</h2><div class="tray">${ROW}<p data-selvedge-fallback>Nothing <b>yet</b></p></div><p>stays</p></section>
<ul data-selvedge="none" hidden><template data-selvedge-row><li>{{title}}</li></template><li data-selvedge-fallback>Nothing yet</li></ul>
<table><tbody data-selvedge="picks"><template data-selvedge-row><tr><td>{{id}}</td></tr></template></tbody></table>
<div data-selvedge="pair">own pair</div></body></html>`;

const HEAD = '<!doctype html><html><head><title>Shop</title></head><body>';

/** A site with an origin of its own inside: what it saw of the request comes back in a header. */
export default {
  async fetch(given: Request, env: FrontEnv, context: ExecutionContext): Promise<Response> {
    const url = new URL(given.url);
    const request = new Request(new URL(url.pathname + url.search, env.SITE), given);
    if (url.pathname === '/calls') return calls(request, env);
    if (url.pathname.startsWith('/shell')) {
      const edge = createEdge({ key: env.KEY, selvedge: env.SELVEDGE_RPC });
      const options = { waitUntil: (work: Promise<unknown>) => context.waitUntil(work), budgetMs: 2000 };
      return edge.personalizeShell(request, async (asked) => shell(asked), ['plain', 'hero'], options);
    }
    if (url.pathname === '/gone') {
      // Of a binding that was not deployed.
      const edge = createEdge({ key: env.KEY, selvedge: {} as SelvedgeBinding });
      return edge.personalize(request, origin(request), ['plain']);
    }
    if (url.pathname.startsWith('/asked')) return asked(request, env);
    if (url.pathname === '/refused') {
      const edge = createEdge({ key: env.KEY, selvedge: env.SELVEDGE_RPC });
      return edge.selvedge.decide('sk_main.nobodyknowsthis', {}).then(
        () => new Response('accepted'),
        (error: Error) => new Response(error.message),
      );
    }
    const edge = createEdge({
      key: KEYS[url.pathname] ?? env.KEY,
      selvedge: bindingFor(url.pathname, env),
    });
    const options =
      // A machine with much else to do decides late, and what is tested is seldom that.
      ['/hurry', '/thinking'].includes(url.pathname)
        ? { budgetMs: 50 }
        : url.pathname === '/old'
          ? { redirects: ['moved'], budgetMs: 5000 }
          : url.pathname.startsWith('/away')
            ? { redirects: ['away'], budgetMs: 5000 }
            : { budgetMs: 5000 };
    const events = url.pathname.startsWith('/product') ? [viewed('p1'), viewed('p2')] : [];
    const placements = PLACEMENTS[url.pathname] ?? ['plain', 'hero', 'timed'];
    const format = (name: string, value: unknown) => (name === 'price' ? `€${Number(value).toFixed(2)}` : undefined);
    const page = url.pathname === '/thinking' ? thought(originRequest(request)) : origin(originRequest(request));
    return edge.personalize(request, page, placements, { ...options, events, format });
  },
};

function bindingFor(pathname: string, { SELVEDGE, SELVEDGE_RPC, SITE }: FrontEnv): SelvedgeBinding {
  const byHttp = (hosts?: readonly string[]) => httpBinding(SITE, (input, init) => SELVEDGE.fetch(input, init), hosts);
  if (pathname === '/away-by-http-named') return byHttp(['second.test']);
  if (['/by-http', '/away-by-http'].includes(pathname)) return byHttp();
  return ['/hurry', '/late', '/thinking'].includes(pathname) ? late(SELVEDGE_RPC) : SELVEDGE_RPC;
}

const PLACEMENTS: Readonly<Record<string, readonly string[]>> = {
  '/lists': ['picks', 'none', 'pair'],
  '/open-end': ['picks', 'plain'],
};
const KEYS: Readonly<Record<string, string>> = {
  '/bad-key': 'wk_main.nobodyknowsthis',
  '/undecided': 'wk_main.undecided1',
  '/away-wide': 'wk_main.widekey123',
};

/** An origin that takes longer than the decision. */
async function thought(request: Request): Promise<Response> {
  await new Promise((resolve) => setTimeout(resolve, 900));
  return origin(request);
}

/** Says in a header whether Selvedge was asked about this request. */
async function asked(request: Request, { SELVEDGE_RPC, KEY }: FrontEnv): Promise<Response> {
  let isAsked = false;
  const selvedge: SelvedgeBinding = {
    interact: (key, body) => SELVEDGE_RPC.interact(key, body),
    decide: (key, body) => SELVEDGE_RPC.decide(key, body),
    visitPage: (page) => {
      isAsked = true;
      return SELVEDGE_RPC.visitPage(page);
    },
  };
  const response = await createEdge({ key: KEY, selvedge }).personalize(request, origin(request), ['plain']);
  return new Response(await response.text(), { headers: { 'x-asked': String(isAsked) } });
}

/** What a server does with the request of a visitor: asks, and tells, by RPC and by HTTP. */
async function calls(request: Request, { SELVEDGE, SELVEDGE_RPC, KEY, SITE }: FrontEnv): Promise<Response> {
  const serverKey = request.headers.get('x-server-key') ?? '';
  const { searchParams } = new URL(request.url);
  const visitor = searchParams.get('visitor') ?? '';
  const isHttp = searchParams.has('http');
  const binding = isHttp ? httpBinding(SITE, (input, init) => SELVEDGE.fetch(input, init)) : SELVEDGE_RPC;
  const { selvedge } = createEdge({ key: KEY, selvedge: binding });
  const signals = visitorSignals(request);
  const placements = ['ads', 'plain'];
  const decided = await selvedge.decide(serverKey, { visitor, placements }, signals);
  const told = await selvedge.interact(serverKey, { visitor, placements, events: [viewed('p1')] }, signals);
  return Response.json({ decided, told });
}

let shells = 0;

/** A page that is everybody's; says how often it was made and what it was asked with. */
function shell(request: Request): Response {
  const { pathname } = new URL(request.url);
  const headers = new Headers({
    'content-type': 'text/html',
    'cache-control': pathname === '/shell-private' ? 'private, max-age=60' : 'public, max-age=60',
    etag: '"shell"',
    'x-made': String(++shells),
    'x-asked-with': [...request.headers.keys()].sort().join(' '),
  });
  if (pathname === '/shell-cookie') headers.set('set-cookie', 'session=1');
  if (pathname === '/shell-varies') headers.set('vary', 'Accept-Encoding, Cookie');
  return new Response(
    `${HEAD}<p>${request.headers.get('cookie') ?? 'nobody'}</p><div data-selvedge="plain">own plain</div><div data-selvedge="hero">own hero</div></body></html>`,
    { headers },
  );
}

const viewed = (productId: string) => ({
  id: `evt_${crypto.randomUUID()}`,
  type: 'product.viewed',
  occurredAt: new Date().toISOString(),
  data: { productId },
});

/** Answers when the page can wait no longer. */
function late(binding: SelvedgeBinding): SelvedgeBinding {
  return {
    interact: (key, request) => binding.interact(key, request),
    decide: (key, request) => binding.decide(key, request),
    visitPage: async (page) => {
      const visit = await binding.visitPage(page);
      return {
        setCookie: null,
        answer: async () => {
          await new Promise((resolve) => setTimeout(resolve, 400));
          return visit.answer();
        },
      };
    },
  };
}

function origin(request: Request): Response {
  const { pathname } = new URL(request.url);
  const saw = [...request.headers.keys()].filter((name) => /^(?:if-|range)/.test(name)).join(' ');
  const headers = {
    'content-type': pathname === '/data' ? 'application/json' : 'text/html; charset=utf-8',
    'cache-control': pathname === '/private' ? 'no-store' : 'public, max-age=3600',
    etag: '"abc"',
    'last-modified': 'Sun, 22 Nov 2026 10:00:00 GMT',
    'x-saw': saw,
  };
  if (pathname === '/missing') return new Response('<p data-selvedge="plain">none</p>', { status: 404, headers });
  if (pathname === '/slow') return new Response(slowly(), { headers });
  if (pathname === '/home') return new Response(null, { status: 301, headers: { ...headers, location: '/en' } });
  if (pathname === '/open-end')
    return new Response(`${HEAD}<img alt="" data-selvedge="picks"><div data-selvedge="plain">own plain</div>`, {
      headers,
    });
  if (pathname === '/lists') return new Response(HEAD + LISTS, { headers });
  return new Response(
    `${HEAD}<div data-selvedge="plain">own plain</div><div data-selvedge="hero">own hero</div><div data-selvedge="other">own other</div></body></html>`,
    { headers },
  );
}

/** The page's beginning at once, the rest after a while. */
function slowly(): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(encoder.encode(HEAD));
      await new Promise((resolve) => setTimeout(resolve, 700));
      controller.enqueue(encoder.encode('<div data-selvedge="plain">own plain</div></body></html>'));
      controller.close();
    },
  });
}
