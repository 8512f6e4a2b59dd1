import { createEdge, originRequest, type SelvedgeBinding } from '../../../client-edge/src/edge.ts';

interface FrontEnv {
  readonly SELVEDGE: Fetcher;
  readonly SELVEDGE_RPC: SelvedgeBinding;
  readonly KEY: string;
  readonly SERVER_KEY: string;
  /** Origin of the page as visitors see it. */
  readonly SITE: string;
}

const HEAD = '<!doctype html><html><head><title>Shop</title></head><body>';

/** A site with an origin of its own inside: what it saw of the request comes back in a header. */
export default {
  async fetch(given: Request, env: FrontEnv): Promise<Response> {
    const url = new URL(given.url);
    const request = new Request(new URL(url.pathname + url.search, env.SITE), given);
    if (url.pathname === '/decide') {
      const edge = createEdge({ key: env.KEY, selvedge: env.SELVEDGE_RPC });
      return Response.json(await edge.selvedge.decide(env.SERVER_KEY, { placements: ['plain'] }));
    }
    if (url.pathname === '/refused') {
      const edge = createEdge({ key: env.KEY, selvedge: env.SELVEDGE_RPC });
      return edge.selvedge.decide('sk_main.nobodyknowsthis', {}).then(
        () => new Response('accepted'),
        (error: Error) => new Response(error.message),
      );
    }
    const edge = createEdge({
      key: url.pathname === '/bad-key' ? 'wk_main.nobodyknowsthis' : env.KEY,
      selvedge: url.pathname === '/hurry' ? late(env.SELVEDGE_RPC) : env.SELVEDGE_RPC,
    });
    const options =
      url.pathname === '/hurry' ? { budgetMs: 50 } : url.pathname === '/old' ? { redirects: ['moved'] } : {};
    const events = url.pathname.startsWith('/product') ? [viewed('p1'), viewed('p2')] : [];
    return edge.personalize(request, origin(originRequest(request)), ['plain', 'hero', 'timed'], {
      ...options,
      events,
    });
  },
};

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
