import type { InteractResponse, PageRequest, Proposition, SelvedgeBinding } from './contract.ts';
import { personalHeaders } from './origin-request.ts';
import { within } from './within.ts';

/** A visitor who was led on. As long as it is there nobody is led on again: offers that point at each other would never end. */
const LED_COOKIE = '__Host-sv-led';
const LED_SECONDS = 5;

interface Led {
  readonly proposition: Proposition;
  /** Absolute. */
  readonly target: string;
}

/** Where the decision leads: to the page's own host, or one of `hosts`. Nowhere: who is there already, or was led on just now. */
export function ledBy(
  answer: InteractResponse | null,
  redirects: readonly string[],
  request: Request,
  hosts: readonly string[],
): Led | null {
  if ((request.headers.get('cookie') ?? '').split(/;\s*/).some((pair) => pair.startsWith(`${LED_COOKIE}=`)))
    return null;
  const here = new URL(request.url);
  for (const proposition of answer?.propositions ?? []) {
    const { placement, kind, content } = proposition;
    const url =
      kind === 'redirect' && redirects.includes(placement) ? (content as { readonly url?: unknown } | null)?.url : null;
    const target = typeof url === 'string' ? URL.parse(url, here.href) : null;
    if (!target || !/^https?:$/.test(target.protocol) || ![here.host, ...hosts].includes(target.host)) continue;
    if (target.origin !== here.origin || target.pathname !== here.pathname) return { proposition, target: target.href };
  }
  return null;
}

/** Leads on, and tells that the proposition was seen: no page will be there to say so. */
export async function leadOn(
  binding: SelvedgeBinding,
  page: PageRequest,
  { proposition: { id, placement, offer }, target }: Led,
  setCookie: string | null,
  budgetMs: number,
): Promise<Response> {
  const data = { proposition: id, placement, offer };
  const seen = { id: crypto.randomUUID(), type: 'proposition.displayed', occurredAt: new Date().toISOString(), data };
  // A new visitor has the cookie from here on; the first one counts.
  const cookies = [setCookie?.split(';', 1)[0], page.headers.cookie].filter((pair) => pair !== undefined);
  const headers = cookies.length > 0 ? { ...page.headers, cookie: cookies.join('; ') } : page.headers;
  const told = binding.visitPage({ ...page, headers, placements: [], events: [seen] }).then((visit) => visit.answer());
  await within(told, budgetMs);
  const led = personalHeaders(new Headers({ location: target }), setCookie);
  led.append('set-cookie', `${LED_COOKIE}=1; Path=/; Max-Age=${LED_SECONDS}; Secure; HttpOnly; SameSite=Lax`);
  return new Response(null, { status: 302, headers: led });
}
