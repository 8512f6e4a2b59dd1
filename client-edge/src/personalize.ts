import {
  FORWARDED_COOKIES,
  FORWARDED_HEADERS,
  type InteractResponse,
  type PageRequest,
  type Proposition,
  type SelvedgeBinding,
  type WireEvent,
} from './contract.ts';
import { personalHeaders } from './origin-request.ts';
import { type PageState, stateBlock } from './page-state.ts';

export interface PersonalizeOptions {
  /** Told before deciding, so that the page reflects them: a product view, a campaign. */
  readonly events?: readonly WireEvent[];
  /** Placements of kind `redirect`: the page waits for the decision, because a redirect is a header. */
  readonly redirects?: readonly string[];
  /** How long marked elements wait for the decision, ms; then they keep the page's own content and the SDK asks again. Default 300. */
  readonly budgetMs?: number;
}

const BUDGET_MS = 300;
/** Elements that are filled in: `data-selvedge="<placement>"`, as the browser SDK knows them. */
const ATTRIBUTE = 'data-selvedge';
const PREVIEW_PARAMETER = 'selvedge_preview';

/**
 * Fills the marked elements of a page while it streams. The origin's bytes are never held back for the decision but at the first marked element; if the decision does
 * not come in time, fails, or the page is no HTML, the visitor gets the page as it was. Never throws because of Selvedge.
 */
export async function personalizePage(
  binding: SelvedgeBinding,
  key: string,
  request: Request,
  response: Response | Promise<Response>,
  placements: readonly string[],
  options: PersonalizeOptions = {},
): Promise<Response> {
  const { redirects = [], budgetMs = BUDGET_MS } = options;
  const isPage = request.method === 'GET' && wantsHtml(request);
  if (!isPage || placements.length + redirects.length === 0) return response;
  const page = pageRequest(key, request, [...redirects, ...placements], options.events);
  // Both at once: the decision is on its way while the origin thinks.
  const begun = Promise.resolve(binding.visitPage(page));
  const visit = within(begun, budgetMs);
  const answer = within(
    begun.then((opened) => opened.answer()),
    budgetMs,
  );
  const [origin, opened] = await Promise.all([response, visit]);
  if (!isHtml(origin) || opened === null) return origin;
  const setCookie = await within(Promise.resolve(opened.setCookie), budgetMs);
  const target = redirects.length > 0 ? redirectOf(await answer, redirects, request) : null;
  if (target)
    return new Response(null, { status: 302, headers: personalHeaders(new Headers({ location: target }), setCookie) });
  const headers = personalHeaders(origin.headers, setCookie);
  const bare = new Response(origin.body, { status: origin.status, statusText: origin.statusText, headers });
  return rewriter(answer, new Set(placements)).transform(bare);
}

function pageRequest(
  key: string,
  request: Request,
  placements: readonly string[],
  events: readonly WireEvent[] | undefined,
): PageRequest {
  const headers: Record<string, string> = {};
  for (const name of FORWARDED_HEADERS) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  const cookies = ownCookies(request.headers.get('cookie') ?? '');
  if (cookies !== '') headers.cookie = cookies;
  const url = new URL(request.url);
  const preview = url.searchParams.get(PREVIEW_PARAMETER);
  const { country, regionCode, timezone } = (request.cf ?? {}) as NonNullable<PageRequest['cf']>;
  const cf = { ...(country && { country }), ...(regionCode && { regionCode }), ...(timezone && { timezone }) };
  return { key, url: request.url, headers, cf, placements, ...(events && { events }), ...(preview && { preview }) };
}

function ownCookies(header: string): string {
  const names: readonly string[] = FORWARDED_COOKIES;
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => names.includes(pair.slice(0, pair.indexOf('='))))
    .join('; ');
}

function rewriter(answer: Promise<InteractResponse | null>, wanted: ReadonlySet<string>): HTMLRewriter {
  /** A second element of the same placement shows the same. */
  const held = answer.then((given) => new Map(given?.propositions.map((one) => [one.placement, one]) ?? []));
  return new HTMLRewriter()
    .on(`[${ATTRIBUTE}]`, {
      async element(element) {
        const placement = element.getAttribute(ATTRIBUTE) ?? '';
        if (!wanted.has(placement)) return;
        const proposition = (await held).get(placement);
        if (proposition) fill(element, proposition);
      },
    })
    .on('body', {
      element(element) {
        element.onEndTag(async (end) => {
          end.before(stateBlock(stateOf(await answer)), { html: true });
        });
      },
    });
}

function fill(element: Element, { id, kind, offer, content }: Proposition): void {
  if (kind !== 'html' || typeof content !== 'string') return;
  element.setInnerContent(content, { html: true });
  element.setAttribute('data-selvedge-rendered', offer ?? 'fallback');
  element.setAttribute('data-selvedge-proposition', id);
}

function stateOf(answer: InteractResponse | null): PageState {
  if (!answer) return { v: 1, sequence: 0, propositions: [], degraded: true };
  const { sequence, propositions, degraded } = answer;
  return { v: 1, sequence, propositions, ...(degraded && { degraded }) };
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

function wantsHtml(request: Request): boolean {
  const accept = request.headers.get('accept');
  return accept === null || accept.includes('text/html') || accept.includes('*/*');
}

/** Pages only: an error page or a 304 is left alone. */
function isHtml(response: Response): boolean {
  const type = response.headers.get('content-type') ?? '';
  return (
    response.status === 200 && /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(type) && response.body !== null
  );
}

/** Null when it takes longer or fails: a page is never broken by its personalization. */
async function within<T>(work: Promise<T>, budgetMs: number): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), budgetMs);
  });
  try {
    return await Promise.race([work, late]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
