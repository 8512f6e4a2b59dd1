import type { InteractResponse, SelvedgeBinding, WireEvent } from './contract.ts';
import { fillPage } from './fill-page.ts';
import { headFirst } from './head-first.ts';
import { personalHeaders } from './origin-request.ts';
import { pageRequest } from './page-request.ts';
import type { FormatValue } from './row-template.ts';
import { within } from './within.ts';

export interface PersonalizeOptions {
  /** Told before deciding, so that the page reflects them: a product view, a campaign. */
  readonly events?: readonly WireEvent[];
  /** Placements of kind `redirect`: the page waits for the decision, because a redirect is a header. */
  readonly redirects?: readonly string[];
  /** How long marked elements wait for the decision, ms; then they keep the page's own content and the SDK asks again. Default 300. */
  readonly budgetMs?: number;
  /** How values of items are written in the rows of lists: a price, a date. */
  readonly format?: FormatValue;
}

const BUDGET_MS = 300;

/** The page, or the promise of it: the decision is made while the origin thinks. */
export type Origin = Response | Promise<Response>;

/**
 * Fills the marked elements of a page while it streams. The origin's bytes are never held back for the decision but at the first marked element; if the decision does
 * not come in time, fails, or the page is no HTML, the visitor gets the page as it was. Never throws because of Selvedge.
 */
export async function personalizePage(
  binding: SelvedgeBinding,
  key: string,
  request: Request,
  response: Origin,
  placements: readonly string[],
  options: PersonalizeOptions = {},
): Promise<Response> {
  const { redirects = [], budgetMs = BUDGET_MS, format } = options;
  if (!isForPage(request) || placements.length + redirects.length === 0) return response;
  const page = pageRequest(key, request, [...redirects, ...placements], options.events);
  // Both at once: the decision is on its way while the origin thinks.
  const begun = Promise.resolve(binding.visitPage(page));
  const visit = within(begun, budgetMs);
  const answer = within(
    begun.then(async (opened) => {
      // Deciding may keep this thread busy: the headers and the page's head, which need no answer, go first.
      if (redirects.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      return opened.answer();
    }),
    budgetMs,
  );
  const [origin, opened] = await Promise.all([response, visit]);
  if (!isPage(origin)) return origin;
  // Without an answer too: nobody shall keep a page that was to be personal, and the SDK learns that it has to ask.
  const setCookie = opened && (await within(Promise.resolve(opened.setCookie), budgetMs));
  const target = redirects.length > 0 ? redirectOf(await answer, redirects, request) : null;
  if (target)
    return new Response(null, { status: 302, headers: personalHeaders(new Headers({ location: target }), setCookie) });
  const headers = personalHeaders(origin.headers, setCookie);
  const body = origin.body && headFirst(origin.body);
  const bare = new Response(body, { status: origin.status, statusText: origin.statusText, headers });
  return fillPage(answer, new Set(placements), format).transform(bare);
}

/** A visitor who is there already is not sent there again. */
function redirectOf(answer: InteractResponse | null, redirects: readonly string[], request: Request): string | null {
  for (const { placement, kind, content } of answer?.propositions ?? []) {
    const url =
      kind === 'redirect' && redirects.includes(placement) ? (content as { readonly url?: unknown } | null)?.url : null;
    if (typeof url !== 'string') continue;
    const target = new URL(url, request.url);
    const isWeb = target.protocol === 'https:' || target.protocol === 'http:';
    const here = new URL(request.url);
    if (isWeb && (target.origin !== here.origin || target.pathname !== here.pathname)) return target.href;
  }
  return null;
}

/** Whether a browser asks for a page. */
export function isForPage(request: Request): boolean {
  const accept = request.headers.get('accept');
  const takesHtml = accept === null || accept.includes('text/html') || accept.includes('*/*');
  return request.method === 'GET' && takesHtml;
}

/** Pages only: an error page or a 304 is left alone. */
export function isPage(response: Response): boolean {
  const type = response.headers.get('content-type') ?? '';
  return (
    response.status === 200 && /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(type) && response.body !== null
  );
}
