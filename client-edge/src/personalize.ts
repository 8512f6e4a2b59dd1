import type { PageRequest, PageVisit, SelvedgeBinding, WireEvent } from './contract.ts';
import { fillPage } from './fill-page.ts';
import { headFirst } from './head-first.ts';
import { personalHeaders } from './origin-request.ts';
import { pageRequest } from './page-request.ts';
import { leadOn, ledBy } from './redirect.ts';
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
  const begun = begin(binding, page);
  const asked = begun.then(async (opened) => {
    // Deciding may keep this thread busy: the headers and the page's head, which need no answer, go first.
    if (redirects.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    return opened.answer();
  });
  // Nobody may be left to hear it: where the origin fails, or gives no page.
  asked.catch(() => undefined);
  const origin = await response;
  if (!isPage(origin) && !isRedirect(origin)) return origin;
  // The time that the page waits runs from here: what was decided while the origin was thinking is never too late.
  const answer = within(asked, budgetMs);
  const opened = await within(begun, budgetMs);
  // Without an answer too: nobody shall keep a page that was to be personal, and the SDK learns that it has to ask.
  const setCookie = opened && (await within(Promise.resolve(opened.setCookie), budgetMs));
  // What was told about this request is theirs who comes to the next address.
  if (!isPage(origin)) return setCookie ? withCookie(origin, setCookie) : origin;
  const led = redirects.length > 0 ? ledBy(await answer, redirects, request, opened?.redirectHosts ?? []) : null;
  if (led) return leadOn(binding, page, led, setCookie, budgetMs);
  const headers = personalHeaders(origin.headers, setCookie);
  const body = origin.body && headFirst(origin.body);
  const bare = new Response(body, { status: origin.status, statusText: origin.statusText, headers });
  return fillPage(answer, new Set(placements), format).transform(bare);
}

function isRedirect({ status, headers }: Response): boolean {
  return status >= 300 && status < 400 && headers.has('location');
}

function withCookie(origin: Response, setCookie: string): Response {
  return new Response(origin.body, { status: origin.status, headers: personalHeaders(origin.headers, setCookie) });
}

/** A binding that is not there, or throws, fails like any other. */
async function begin(binding: SelvedgeBinding, page: PageRequest): Promise<PageVisit> {
  return binding.visitPage(page);
}

/** Where a browser puts what it asks for, when that is a page. */
const PAGE_PLACES = new Set(['document', 'iframe', 'frame']);

/**
 * Whether a browser asks for a page. Pictures, styles and what scripts fetch take anything too: a decision for each of them would be counted like the page's own. Scripts that
 * fetch pages name HTML.
 */
export function isForPage(request: Request): boolean {
  const accept = request.headers.get('accept') ?? '*/*';
  const place = request.headers.get('sec-fetch-dest');
  const namesHtml = accept.includes('text/html');
  if (request.method !== 'GET') return false;
  if (place === null) return namesHtml || accept.trim() === '*/*';
  return PAGE_PLACES.has(place) || (place === 'empty' && namesHtml);
}

/** Pages only: an error page or a 304 is left alone. */
export function isPage(response: Response): boolean {
  const type = response.headers.get('content-type') ?? '';
  return (
    response.status === 200 && /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(type) && response.body !== null
  );
}
