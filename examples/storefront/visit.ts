import { type Bag, readBag } from './bag.ts';
import { readCookies } from './cookies.ts';
import type { ShopEnv } from './env.ts';
import { readSession, type Session, sessionCookie } from './session.ts';

/** The visitor's token at Selvedge. The browser carries it and no script can read it. */
export const VISITOR_COOKIE = '__Host-sv';
const VISIT_COOKIE = '__Host-visit';
const RENDER_COOKIE = '__Host-render';

/** Who fills the places of the pages: the edge before they are sent, or the SDK in the browser. `?render=sdk` and `?render=edge` switch. */
const RENDERINGS = ['edge', 'sdk'] as const;
export type Rendering = (typeof RENDERINGS)[number];

/** One request of one person: what came in, and the cookies that will go out with whatever answers it. */
export interface Visit {
  readonly request: Request;
  readonly url: URL;
  readonly env: ShopEnv;
  readonly context: ExecutionContext;
  readonly nowMs: number;
  readonly nonce: string;
  readonly cookies: ReadonlyMap<string, string>;
  readonly session: Session | null;
  readonly bag: Bag;
  /** The browser was not here in this session: shop.js tells Selvedge that a visit began. */
  readonly isNewVisit: boolean;
  readonly rendering: Rendering;
  /** Changes when Selvedge answers with a new one. */
  visitorToken: string | null;
  readonly outgoing: Map<string, string>;
}

export async function openVisit(request: Request, env: ShopEnv, context: ExecutionContext): Promise<Visit> {
  const nowMs = Date.now();
  const cookies = readCookies(request.headers.get('cookie'));
  const [session, bag] = await Promise.all([readSession(cookies, env, nowMs), readBag(cookies, env, nowMs)]);
  const outgoing = new Map<string, string>();
  if (session) outgoing.set('session', await sessionCookie(session, env, nowMs));
  const isNewVisit = !cookies.has(VISIT_COOKIE);
  const url = new URL(request.url);
  const asked = parseRendering(url.searchParams.get('render'));
  if (asked) outgoing.set('render', `${RENDER_COOKIE}=${asked}; Path=/; HttpOnly; Secure; SameSite=Lax`);
  return {
    request,
    url,
    env,
    context,
    nowMs,
    nonce: crypto.randomUUID(),
    cookies,
    session,
    bag,
    isNewVisit,
    rendering: asked ?? parseRendering(cookies.get(RENDER_COOKIE)) ?? 'edge',
    visitorToken: cookies.get(VISITOR_COOKIE) || null,
    outgoing,
  };
}

function parseRendering(text: string | null | undefined): Rendering | null {
  return RENDERINGS.find((rendering) => rendering === text) ?? null;
}

/** Written when a page is sent, so that an order or a sign-in alone never counts as the first page. */
export function visitCookie(): string {
  return `${VISIT_COOKIE}=1; Path=/; HttpOnly; Secure; SameSite=Lax`;
}

/** Answers with the cookies of this visit. */
export function finish(visit: Visit, response: Response): Response {
  for (const cookie of visit.outgoing.values()) response.headers.append('set-cookie', cookie);
  return response;
}

/** After a form: the browser asks for the next page with GET. */
export function redirect(visit: Visit, path: string): Response {
  return finish(visit, new Response(null, { status: 303, headers: { location: path, 'cache-control': 'no-store' } }));
}

/** A path of this shop to go on to, or the home page: never another site. */
export function nextPath(value: unknown): string {
  return typeof value === 'string' && /^\/(?![/\\])[\w\-./?=&%]*$/.test(value) ? value : '/';
}
