import { createEdge, originRequest, type SelvedgeBinding } from '../../client-edge/src/edge.ts';
import { ORIGIN, PLACEMENTS, WRITE_KEY } from '../configuration.ts';

const HEAD = `<!doctype html><html><head><title>Shop</title><style>${'.card{margin:0}'.repeat(200)}</style></head><body><header>Shop</header>`;
const REST = `<main>${'<article class="card"><h2>A product</h2><p>Its text.</p></article>'.repeat(200)}</main></body></html>`;
const PAGE = `${HEAD}${PLACEMENTS.map((id) => `<div data-selvedge="${id}">own</div>`).join('')}${REST}`;

/** A site with its origin inside: `/origin` is the page as it is, every other address the same page behind `personalize`. */
// biome-ignore lint/style/noDefaultExport: the module that workerd runs
export default {
  async fetch(given, { SELVEDGE_RPC }): Promise<Response> {
    const { pathname, search } = new URL(given.url);
    const request = new Request(ORIGIN + pathname + search, given);
    if (pathname === '/origin') return origin(request);
    const edge = createEdge({ key: WRITE_KEY, selvedge: SELVEDGE_RPC });
    return edge.personalize(request, origin(originRequest(request)), PLACEMENTS, {
      events: [
        {
          id: crypto.randomUUID(),
          type: 'page.viewed',
          occurredAt: new Date().toISOString(),
          data: { url: request.url },
        },
      ],
      // A busy machine is no reason for a page without its offers: here that would be another measurement.
      budgetMs: 5000,
    });
  },
} satisfies ExportedHandler<{ readonly SELVEDGE_RPC: SelvedgeBinding }>;

function origin(_request: Request): Response {
  return new Response(PAGE, { headers: { 'content-type': 'text/html; charset=utf-8' } });
}
